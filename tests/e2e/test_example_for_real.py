"""The example as it stands, pointed at a bucket and at Slack by three variables: what the README promises."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.doubles.aws import Bucket
from tests.doubles.slack import TOKEN, SlackServer
from tests.e2e.harness import REPOSITORY, trailwarden
from tests.e2e.trail import Trail, deleted_group, looked_around

GOV_SLACK = "# api_url: https://slack-gov.com/api/"
CONFIG = "config.example.yaml"


@pytest.fixture
def slack() -> Iterator[SlackServer]:
    with SlackServer() as server:
        yield server


@pytest.fixture
def clone(tmp_path: Path, slack: SlackServer) -> Path:
    """A folder with the example, in which nothing is changed but that Slack is the double's."""
    text = (REPOSITORY / CONFIG).read_text(encoding="utf-8")
    assert text.count(GOV_SLACK) == 1
    (tmp_path / CONFIG).write_text(text.replace(GOV_SLACK, f"api_url: {slack.api_url}"), encoding="utf-8")
    return tmp_path


@pytest.fixture
def variables(bucket: Bucket) -> dict[str, str]:
    """What a person sets, and where the double of AWS is."""
    return {
        "TRAIL_URL": f"s3://{bucket.name}/audit",
        "SLACK_BOT_TOKEN": TOKEN,
        "SLACK_CHANNEL": "C0SECURITY",
        "AWS_ENDPOINT_URL": bucket.endpoint_url,
    }


def test_three_variables_make_the_example_watch_a_bucket_and_post_to_slack_once(
    clone: Path, slack: SlackServer, bucket: Bucket, variables: dict[str, str]
) -> None:
    trail = Trail(s3=bucket.client, bucket=bucket.name, prefix="audit/")
    trail.deliver(deleted_group("payments-admins"), looked_around(1))

    checked = trailwarden("check", "-c", CONFIG, cwd=clone, extra=variables)
    assert checked.returncode == 0, checked.stdout + checked.stderr
    assert "can be read" in checked.stdout
    assert "posts as trailwarden" in checked.stdout
    assert slack.posts == []

    first = trailwarden("run", "--once", "-c", CONFIG, cwd=clone, extra=variables)
    assert first.returncode == 0, first.stderr
    (alert,) = [post for post in slack.opens() if "payments-admins" in post.text]
    assert alert.channel == "C0SECURITY"
    (thread,) = [post for post in slack.replies() if post.thread_ts == alert.ts]
    assert "DeleteGroup" in str(thread.payload)
    assert "payments-admins" in first.stdout

    told = len(slack.posts)
    second = trailwarden("run", "--once", "-c", CONFIG, cwd=clone, extra=variables)
    assert second.returncode == 0, second.stderr
    assert second.stdout == ""
    assert len(slack.posts) == told


def test_without_the_token_the_example_does_not_start_on_a_bucket_and_says_what_to_set(
    clone: Path, slack: SlackServer, variables: dict[str, str]
) -> None:
    del variables["SLACK_BOT_TOKEN"]

    for command in (("run", "--once"), ("run",), ("check",), ("send-test",)):
        done = trailwarden(*command, "-c", CONFIG, cwd=clone, extra=variables)
        assert done.returncode == 2, done.stdout + done.stderr
        assert "set SLACK_BOT_TOKEN" in done.stdout + done.stderr
    assert slack.calls == []
    assert not (clone / "data").exists()


def test_a_token_from_a_file_will_do(clone: Path, slack: SlackServer, variables: dict[str, str]) -> None:
    del variables["SLACK_BOT_TOKEN"]
    token = clone / "token"
    token.write_text(f"{TOKEN}\n", encoding="utf-8")

    done = trailwarden("send-test", "-c", CONFIG, cwd=clone, extra=variables | {"SLACK_BOT_TOKEN_FILE": str(token)})

    assert done.returncode == 0, done.stderr
    assert len(slack.posts) == 1
