from __future__ import annotations

import json
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from daemon.model import Level, RuleFacts, Trait, TraitKind
from daemon.notify.blocks import size
from daemon.notify.message import BUDGET, COLORS, Message
from daemon.notify.opening import alert_message
from tests.doubles.alerts import NOW, a_record, a_sample, an_alert
from tests.doubles.slack_text import refusal_of, shown_text


def told(**changes: Any) -> str:
    return shown_text(alert_message(an_alert(**changes)))


def test_an_alert_says_who_what_where_when_and_from_where() -> None:
    shown = told()
    for part in (
        "🟠 HIGH",
        "IAM group deleted",
        "alice called iam:DeleteGroup in 111122223333, us-east-1",
        "Who  alice · certain: an IAM user · arn:aws:iam::111122223333:user/alice",
        "What  iam:DeleteGroup · succeeded",
        "Where  account 111122223333 · us-east-1",
        "From  203.0.113.7 · aws-cli/2.15.0",
        "Credential  long-term key …MPLE",
        "When  2026-03-01 11:53:00 UTC · seen 7 min later",
        "eventName = DeleteGroup",
        "Somebody deleted an IAM group.",
        "Known false positives: Tidying up after a project",
        "Rule 0d5a4b7e-0000-4000-8000-000000000002",
        "Event 4f1a2b3c-0000-4000-8000-000000000001",
        "Log file s3://trail/",
        "Alert alert-1",
    ):
        assert part in shown


def test_it_links_to_the_event_the_runbook_and_the_techniques() -> None:
    text = json.dumps(alert_message(an_alert()).body)
    assert "console.aws.amazon.com/cloudtrailv2/home?region=us-east-1#/events/4f1a2b3c" in text
    assert "https://runbooks.example.com/iam" in text
    assert "https://attack.mitre.org/techniques/T1531/" in text


@pytest.mark.parametrize("level", list(Level))
def test_each_level_has_its_colour_and_its_word(level: Level) -> None:
    message = alert_message(an_alert(level=level))
    assert message.color == COLORS[level]
    assert message.text.startswith(f"{level.upper()}: ")


def test_the_alerts_id_travels_unseen() -> None:
    message = alert_message(an_alert())
    assert message.metadata == {
        "event_type": "trailwarden_alert",
        "event_payload": {"alert_id": "alert-1", "kind": "open"},
    }


def test_a_late_alert_says_so_in_its_first_line() -> None:
    shown = told(is_late=True, first_at=NOW - timedelta(days=3), last_at=NOW - timedelta(days=3))
    assert "late: the event is 3 days old" in shown.splitlines()[0]


def test_a_notification_says_that_it_is_late() -> None:
    late = an_alert(is_late=True, first_at=NOW - timedelta(days=4))
    assert alert_message(late).text.startswith("LATE (4 days old): HIGH: alice called")


def test_what_came_of_it_since_stands_below_the_sentence_and_survives_any_sentence() -> None:
    names = ("<!channel>", "Delete" * 50)
    traits = tuple(Trait(kind=TraitKind.BREAKTHROUGH, value=name, since=2) for name in names)
    sample = a_sample(summary="&" * 900)
    message = alert_message(an_alert(samples=(sample,), traits=traits, level=Level.CRITICAL, opened_level=Level.HIGH))
    assert "· since then: succeeded (&lt;!channel&gt;, DeleteDelete" in message.text
    assert message.text.endswith("risen to CRITICAL")
    assert len(message.text) <= 300
    assert shown_text(message).splitlines()[2].startswith("Since then: succeeded (")
    assert "Since then: succeeded (&lt;!channel&gt;" in message.plain


@pytest.mark.parametrize(
    ("last", "expected"),
    [(NOW, "How often  4 events within 7 min"), (NOW - timedelta(minutes=7), "How often  4 events")],
)
def test_several_events_are_counted(last: Any, expected: str) -> None:
    assert expected in told(count=4, last_at=last).splitlines()


def test_a_denied_call_says_why() -> None:
    record = a_record(errorCode="AccessDenied", errorMessage="not authorized to perform iam:DeleteGroup")
    assert "denied (AccessDenied: not authorized to perform iam:DeleteGroup)" in told(samples=(a_sample(record),))


@pytest.mark.parametrize(
    ("identity", "extra", "expected"),
    [
        (
            {"type": "Root", "accessKeyId": "ASIAEXAMPLE1234"},
            {"mfaAuthenticated": "true"},
            "temporary key …1234 · with MFA",
        ),
        ({"type": "IAMUser"}, {"mfaAuthenticated": "false"}, "Credential  without MFA"),
        ({"type": "AssumedRole", "accessKeyId": "ZZZZ9999"}, {"mfaAuthenticated": "false"}, "Credential  key …9999\n"),
        ({"type": "AssumedRole"}, {"mfaAuthenticated": "true"}, "Credential  with MFA"),
    ],
)
def test_the_credential_is_told_without_being_shown(
    identity: dict[str, str], extra: dict[str, str], expected: str
) -> None:
    record = a_record(userIdentity={**identity, "sessionContext": {"attributes": extra}})
    assert expected in told(samples=(a_sample(record),))


@pytest.mark.parametrize(("said", "expected"), [("Yes", "with MFA"), ("No", "without MFA")])
def test_a_sign_in_tells_of_its_second_factor(said: str, expected: str) -> None:
    record = a_record(userIdentity={"type": "Root"}, additionalEventData={"MFAUsed": said})
    assert f"Credential  {expected}" in told(samples=(a_sample(record),))


def test_what_an_alert_is_grouped_by_is_told_unless_who_and_where_tell_it() -> None:
    shown = told(
        group=(("recipientAccountId", "1"), ("requestParameters.bucketName", "logs"), ("x.password", "geheim"))
    )
    assert "Grouped by  requestParameters.bucketName = logs · x.password = [masked]" in shown
    assert "recipientAccountId" not in shown


def test_an_alert_without_samples_or_facts_is_still_told() -> None:
    message = alert_message(an_alert(samples=(), facts=RuleFacts(), group=()))
    assert "IAM group deleted" in shown_text(message)
    assert refusal_of(message) is None


def test_a_sample_without_a_record_is_told_by_its_header() -> None:
    shown = told(samples=(a_sample(record={}, actor="alice", name="DeleteGroup", source="iam.amazonaws.com"),))
    assert "Who  alice\n" in shown
    assert "What  iam:DeleteGroup\n" in shown


def test_a_runbook_that_is_no_web_address_is_shown_and_not_linked() -> None:
    message = alert_message(an_alert(facts=RuleFacts(runbook="javascript:alert(1)")))
    assert "Runbook: javascript:alert(1)" in shown_text(message)
    assert '"url": "javascript' not in json.dumps(message.body)


def huge(size_of_each: int) -> Message:
    big = "<&>'\"\\é" * size_of_each
    record = a_record(
        errorCode=big,
        errorMessage=big,
        userAgent=big,
        sourceIPAddress=big,
        userIdentity={"type": "IAMUser", "arn": big, "userName": big},
    )
    fields = tuple((f"requestParameters.{number}.{big}", big) for number in range(200))
    sample = a_sample(record, fields=fields, summary=big, object_url=big, event_id=big, account=big, region=big)
    facts = RuleFacts(
        description=big,
        tags=tuple(f"attack.t{number}" for number in range(1000, 1900)),
        false_positives=(big,) * 50,
        runbook=f"https://{big}",
    )
    group = tuple((f"field{number}", big) for number in range(30))
    return alert_message(an_alert(title=big, id="a" * 50, samples=(sample,), facts=facts, group=group, rule_id=big))


@pytest.mark.parametrize("size_of_each", [10, 100, 15_000])
def test_however_large_the_event_the_message_is_within_every_limit(size_of_each: int) -> None:
    message = huge(size_of_each)
    assert size(message.headline + message.body) <= BUDGET
    assert refusal_of(message) is None
    assert len(message.text) <= 300
    assert len(message.plain) <= 3_000


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=6,
)
KEYS = ["userIdentity", "sourceIPAddress", "userAgent", "errorCode", "errorMessage", "additionalEventData", "awsRegion"]
INNER = ["type", "arn", "accessKeyId", "sessionContext", "MFAUsed", "attributes", "mfaAuthenticated"]


@settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])  # shared machines are slow at times
@given(
    st.dictionaries(
        st.sampled_from(KEYS),
        JSON | st.dictionaries(st.sampled_from(INNER), JSON | st.sampled_from(["Root", "IAMUser"]), max_size=4),
    )
)
def test_whatever_json_a_record_holds_the_message_is_one_that_slack_takes(record: dict[str, Any]) -> None:
    assert refusal_of(alert_message(an_alert(samples=(a_sample(record=record),)))) is None
