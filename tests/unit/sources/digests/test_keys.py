"""CloudTrail's keys: asked once, remembered over restarts, and never taken for a time in which they were not in use."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from botocore.exceptions import ClientError

from daemon.errors import EnvironmentReason, SourceUnavailable
from daemon.model import PublicKey
from daemon.sources.digests.keys import PublicKeys

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)
HOUR = timedelta(hours=1)


def given(fingerprint: str = "aa", **changes: Any) -> Mapping[str, Any]:
    """A key as boto3 hands it on."""
    return {
        "Fingerprint": fingerprint,
        "Value": b"der",
        "ValidityStartTime": NOON - 9 * HOUR,
        "ValidityEndTime": NOON + 9 * HOUR,
    } | changes


class Answers:
    """A client of CloudTrail; each call takes the next answer."""

    def __init__(self, *answers: Mapping[str, Any] | Exception) -> None:
        self.answers = list(answers)
        self.asked: list[Mapping[str, Any]] = []
        self.opened: list[str] = []

    def open(self, region: str) -> Answers:
        self.opened.append(region)
        return self

    def list_public_keys(self, **query: Any) -> Mapping[str, Any]:
        self.asked.append(query)
        answer = self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]
        if isinstance(answer, Exception):
            raise answer
        return answer


class Memory:
    """Keys in a list."""

    def __init__(self) -> None:
        self.kept: list[PublicKey] = []

    def public_keys(self) -> list[PublicKey]:
        return self.kept

    def keep_public_keys(self, keys: Any) -> None:
        self.kept += keys


def find(keys: PublicKeys, at: datetime = NOON, fingerprint: str = "aa") -> PublicKey | None:
    return keys.find("eu-west-1", fingerprint, start=at - HOUR, end=at)


def test_a_key_is_asked_for_once_and_remembered_over_a_restart() -> None:
    client, memory = Answers({"PublicKeyList": [given()]}), Memory()
    keys = PublicKeys(client.open, memory=memory)
    for _ in range(2):
        found = find(keys)
        assert found is not None
        assert (found.der, found.region) == (b"der", "eu-west-1")
    assert find(PublicKeys(client.open, memory=memory)) is not None
    assert len(client.asked) == 1
    assert client.asked[0] == {"StartTime": NOON - 2 * HOUR, "EndTime": NOON + HOUR}


def test_a_key_out_of_its_time_is_asked_for_anew_and_not_taken() -> None:
    client = Answers({"PublicKeyList": [given()]})
    keys = PublicKeys(client.open)
    assert find(keys) is not None
    assert find(keys, NOON + 30 * HOUR) is None
    assert len(client.asked) == 2


def test_a_key_of_another_region_is_none() -> None:
    client = Answers({"PublicKeyList": [given()]}, {"PublicKeyList": []})
    keys = PublicKeys(client.open)
    assert find(keys) is not None
    assert keys.find("us-east-1", "aa", start=NOON, end=NOON) is None
    assert client.opened == ["eu-west-1", "us-east-1"]


def test_pages_are_followed_to_their_end() -> None:
    client = Answers({"PublicKeyList": [given("bb")], "NextToken": "more"}, {"PublicKeyList": [given()]})
    assert find(PublicKeys(client.open)) is not None
    assert client.asked[1]["NextToken"] == "more"


def test_pages_without_an_end_are_left() -> None:
    client = Answers({"PublicKeyList": [], "NextToken": "more"})
    with pytest.raises(SourceUnavailable, match="does not end"):
        find(PublicKeys(client.open))


@pytest.mark.parametrize("changes", [{"Value": None, "ValidityStartTime": None}, {"ValidityEndTime": "now"}], ids=str)
def test_an_answer_that_is_none_is_passed_over(changes: dict[str, Any]) -> None:
    client = Answers({"PublicKeyList": [given(**changes), {}, given()]})
    assert find(PublicKeys(client.open)) is not None


@pytest.mark.parametrize(
    ("code", "reason", "opened"),
    [
        ("AccessDeniedException", EnvironmentReason.ACCESS_DENIED, 1),
        ("ExpiredTokenException", EnvironmentReason.CREDENTIALS, 2),
        ("ThrottlingException", EnvironmentReason.THROTTLED, 1),
    ],
)
def test_a_refusal_is_no_answer_and_renewed_credentials_are_taken_up(
    code: str, reason: EnvironmentReason, opened: int
) -> None:
    refusal = ClientError({"Error": {"Code": code, "Message": "no"}}, "ListPublicKeys")
    client = Answers(refusal, {"PublicKeyList": [given()]})
    keys = PublicKeys(client.open)
    with pytest.raises(SourceUnavailable) as caught:
        find(keys)
    assert caught.value.reason is reason
    assert find(keys) is not None
    assert len(client.opened) == opened


@pytest.mark.parametrize("at", [datetime.min.replace(tzinfo=UTC), datetime.max.replace(tzinfo=UTC)])
def test_a_time_at_the_end_of_the_calendar_is_no_fault(at: datetime) -> None:
    assert PublicKeys(Answers({"PublicKeyList": []}).open).find("r", "aa", start=at, end=at) is None
