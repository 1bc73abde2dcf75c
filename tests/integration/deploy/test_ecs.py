"""The Fargate template and the IAM policy: valid, least privilege, and telling the same story."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from cfnlint.decode import cfn_yaml  # type: ignore[import-untyped] # it ships no types

from tests.e2e.harness import REPOSITORY

TEMPLATE = REPOSITORY / "deploy" / "ecs" / "trailwarden.yaml"
POLICY = json.loads((REPOSITORY / "deploy" / "iam" / "policy.json").read_text(encoding="utf-8"))
EXAMPLES = {
    "AWS::Partition": "aws",
    "TrailBucket": "example-trail-bucket",
    "TrailPrefix": "logs",
    "TrailKeyArn": "arn:aws:kms:eu-west-1:111122223333:key/00000000-0000-0000-0000-000000000000",
}


@pytest.fixture(scope="module")
def resources() -> dict[str, Any]:
    found: dict[str, Any] = cfn_yaml.load(str(TEMPLATE))["Resources"]
    return found


def _resolve(value: Any, conditions: dict[str, bool]) -> Any:
    """What CloudFormation makes of Ref, Fn::Sub and Fn::If with the example parameters."""
    match value:
        case {"Fn::If": [condition, yes, no]}:
            return _resolve(yes if conditions[condition] else no, conditions)
        case {"Fn::Sub": str(text)}:
            for name, example in EXAMPLES.items():
                text = text.replace(f"${{{name}}}", example)
            return text
        case {"Ref": name}:
            return EXAMPLES.get(name)
        case dict():
            return {key: _resolve(item, conditions) for key, item in value.items()}
        case list():
            items = (_resolve(item, conditions) for item in value)
            return [item for item in items if item is not None]
    return value


def _task_policy(resources: dict[str, Any], **conditions: bool) -> Any:
    (policy,) = resources["TaskRole"]["Properties"]["Policies"]
    return _resolve(policy["PolicyDocument"], conditions)


def _container(resources: dict[str, Any]) -> dict[str, Any]:
    (container,) = resources["TaskDefinition"]["Properties"]["ContainerDefinitions"]
    found: dict[str, Any] = container
    return found


def test_cfn_lint_has_nothing_to_say() -> None:
    command = [str(Path(sys.executable).with_name("cfn-lint")), "--include-checks", "I", "--", str(TEMPLATE)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout) == (0, "")


def test_the_task_may_do_what_the_published_policy_says_and_nothing_else(resources: dict[str, Any]) -> None:
    assert _task_policy(resources, HasPrefix=False, HasKey=True) == POLICY


def test_without_a_key_there_is_no_right_to_decrypt(resources: dict[str, Any]) -> None:
    sids = [statement["Sid"] for statement in _task_policy(resources, HasPrefix=False, HasKey=False)["Statement"]]
    assert sids == ["ListTrail", "ReadTrail", "VerifyDigests"]


def test_a_prefix_in_the_bucket_narrows_both_rights(resources: dict[str, Any]) -> None:
    listing, reading, _ = _task_policy(resources, HasPrefix=True, HasKey=False)["Statement"]
    assert listing["Condition"] == {"StringLike": {"s3:prefix": "logs/AWSLogs/*"}}
    assert reading["Resource"] == "arn:aws:s3:::example-trail-bucket/logs/AWSLogs/*"


def test_two_tasks_never_run_at_once(resources: dict[str, Any]) -> None:
    service = resources["Service"]["Properties"]
    deployment = service["DeploymentConfiguration"]
    assert service["DesiredCount"] == 1
    assert (deployment["MinimumHealthyPercent"], deployment["MaximumPercent"]) == (0, 100)


def test_the_container_is_closed_and_takes_the_token_from_secrets_manager(resources: dict[str, Any]) -> None:
    container = _container(resources)
    assert container["ReadonlyRootFilesystem"] is True
    assert container["LinuxParameters"] == {"Capabilities": {"Drop": ["ALL"]}}
    assert [secret["Name"] for secret in container["Secrets"]] == ["SLACK_BOT_TOKEN"]
    assert "SLACK_BOT_TOKEN" not in [variable["Name"] for variable in container["Environment"]]


def test_the_variables_are_ones_the_image_s_configuration_asks_for(resources: dict[str, Any]) -> None:
    example = (REPOSITORY / "config.example.yaml").read_text(encoding="utf-8")
    for variable in _container(resources)["Environment"]:
        assert f"${{{variable['Name']}:-" in example


def test_the_state_stays_off_network_file_systems(resources: dict[str, Any]) -> None:
    assert resources["TaskDefinition"]["Properties"]["Volumes"] == [{"Name": "data"}]
