"""`trailwarden check` asks AWS what the daemon will ask: digests and their keys, the organisation, queues."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import uuid4

import pytest

from daemon.commands.check import check_all
from tests.doubles.aws import (
    ACCESS_KEY,
    REGION,
    SECRET_KEY,
    Bucket,
    forget_organizations,
    log_key,
    moto_server,
    new_bucket,
)
from tests.doubles.digests import KeyList, Trail, key_server
from tests.doubles.queues import client
from tests.doubles.rule_text import rule_text
from tests.doubles.sqs_stand_in import refusal, sqs_stand_in

REFUSED = "AccessDeniedException"


@pytest.fixture(scope="module")
def aws_url() -> Iterator[str]:
    with moto_server() as url:
        yield url


@pytest.fixture
def keys(monkeypatch: pytest.MonkeyPatch, aws_url: str) -> Iterator[KeyList]:
    key_list = KeyList()
    with key_server(key_list) as url:
        for name, value in {
            "AWS_ENDPOINT_URL": aws_url,
            "AWS_ENDPOINT_URL_CLOUDTRAIL": url,
            "AWS_ACCESS_KEY_ID": ACCESS_KEY,
            "AWS_SECRET_ACCESS_KEY": SECRET_KEY,
            "AWS_CONFIG_FILE": "/dev/null",
            "AWS_SHARED_CREDENTIALS_FILE": "/dev/null",
        }.items():
            monkeypatch.setenv(name, value)
        yield key_list


@dataclass(frozen=True, slots=True, kw_only=True)
class Setting:
    """A bucket that holds a log file, and what `check` says of it."""

    folder: Path
    bucket: Bucket
    keys: KeyList
    capsys: pytest.CaptureFixture[str]

    def put_digests(self, *regions: str) -> None:
        """A digest in each of these regions."""
        for region in regions:
            made = Trail(bucket=self.bucket.name, region=region).digest(datetime.now(UTC) - timedelta(hours=1))
            self.bucket.put(made.key, body=made.data)

    def check(self, more: str = "") -> tuple[int, str]:
        """Its exit code and words."""
        source = (
            f"{{url: 's3://{self.bucket.name}', region: {REGION}, endpoint_url: '{self.bucket.endpoint_url}'{more}}}"
        )
        path = self.folder / "config.yaml"
        destination = "destinations: [{name: terminal, type: console}]\n"
        path.write_text(f"sources: [{source}]\nrules: {{paths: [rules]}}\n{destination}")
        code = check_all(path, is_offline=False, environment={})
        return code, self.capsys.readouterr().out


@pytest.fixture
def setting(tmp_path: Path, aws_url: str, keys: KeyList, capsys: pytest.CaptureFixture[str]) -> Setting:
    bucket = new_bucket(aws_url, f"trail-{uuid4().hex[:12]}", [log_key("20260301T1005Z")])
    (tmp_path / "rules").mkdir()
    (tmp_path / "rules/rule.yml").write_bytes(rule_text())
    return Setting(folder=tmp_path, bucket=bucket, keys=keys, capsys=capsys)


def lines(told: str, mark: str) -> list[str]:
    return [line.removeprefix(mark).strip() for line in told.splitlines() if line.startswith(mark)]


def test_digests_are_read_and_keys_asked_for_in_each_region_that_has_some(setting: Setting) -> None:
    setting.put_digests("eu-west-1", "us-east-1")
    code, told = setting.check()
    assert code == 0
    assert "CloudTrail-Digest_eu-west-1" in told
    assert "(cloudtrail:ListPublicKeys in eu-west-1, us-east-1)" in told
    assert {region for region, _, _ in setting.keys.asked} == {"eu-west-1", "us-east-1"}


def test_keys_that_are_denied_are_a_fault_that_names_the_permission(setting: Setting) -> None:
    setting.put_digests("eu-west-1")
    setting.keys.refusal = REFUSED
    code, told = setting.check()
    (fault,) = lines(told, "FAULT")
    assert code == 1
    assert fault.startswith(
        f"s3://{setting.bucket.name}: CloudTrail in eu-west-1: access denied: allow cloudtrail:ListPub"
    )


def test_regions_that_refuse_are_told_and_not_all_of_very_many(setting: Setting) -> None:
    setting.put_digests("eu-north-1", "eu-west-1", "eu-west-2", "eu-west-3", "us-east-1")
    setting.keys.refusal = REFUSED
    assert len(lines(setting.check()[1], "FAULT")) == 3


@pytest.mark.parametrize(("digest", "mark", "code"), [("auto", "doubt", 0), ("require", "FAULT", 1)])
def test_a_trail_without_digests_is_worth_a_word_and_a_fault_where_they_are_required(
    setting: Setting, digest: str, mark: str, code: int
) -> None:
    found, told = setting.check(f", digest: {digest}")
    (line,) = lines(told, mark)
    assert found == code
    assert "no digest files come" in line
    assert "log file validation" in line
    assert setting.keys.asked == []


def test_nobody_is_asked_where_digests_are_off(setting: Setting) -> None:
    setting.put_digests("eu-west-1")
    code, told = setting.check(", digest: 'off'")
    assert (code, "digest" in told) == (0, False)
    assert setting.keys.asked == []


def test_a_bucket_that_cannot_be_listed_is_told_once(setting: Setting) -> None:
    setting.bucket.client.delete_object(Bucket=setting.bucket.name, Key=log_key("20260301T1005Z"))
    setting.bucket.client.delete_bucket(Bucket=setting.bucket.name)
    _, told = setting.check()
    assert len(lines(told, "FAULT")) == 1


def test_the_organisation_is_asked_where_its_accounts_are_wanted(setting: Setting, aws_url: str) -> None:
    forget_organizations()
    client("organizations", aws_url).create_organization(FeatureSet="ALL")
    code, told = setting.check(", digest: 'off', silence: {organization: true}")
    assert code == 0
    assert "its organisation has 1 active account" in told


def test_an_organisation_that_may_not_be_asked_is_a_fault_with_the_way_out(
    setting: Setting, monkeypatch: pytest.MonkeyPatch
) -> None:
    with sqs_stand_in() as organizations:  # it speaks the same protocol
        monkeypatch.setenv(
            "AWS_ENDPOINT_URL_ORGANIZATIONS", organizations.url.removesuffix("/111122223333/trail-events")
        )
        organizations.answers["ListAccounts"] = refusal(REFUSED, "You don't have permissions")
        code, told = setting.check(", digest: 'off', silence: {organization: true}")
    (fault,) = lines(told, "FAULT")
    assert code == 1
    assert "allow organizations:ListAccounts" in fault
    assert "list them in silence.accounts" in fault


def test_a_queue_that_lets_in_everybody_is_a_fault(setting: Setting, aws_url: str) -> None:
    policy = (
        '{"Version": "2012-10-17", "Statement": [{"Sid": "All", "Effect": "Allow", "Principal": "*", "Action": "*"}]}'
    )
    made = client("sqs", aws_url).create_queue(QueueName=f"q-{uuid4().hex[:8]}", Attributes={"Policy": policy})
    code, told = setting.check(f", digest: 'off', poll_every: 1h, queue_url: '{made['QueueUrl']}'")
    assert code == 1
    assert "statement All of its policy lets in everybody" in lines(told, "FAULT")[0]
    assert [word for word in ("redrive policy", "visibility time-out") if word not in told] == []
