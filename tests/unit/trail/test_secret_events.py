"""Each kind of event that is known to carry a secret: nothing that leaves the masking holds it, and the rest stays."""

from __future__ import annotations

import json

import pytest

from daemon.trail.identity import resolve_actor
from daemon.trail.masking import is_whole, mask_record, mask_value
from daemon.trail.summary import default_summary, render_summary
from tests.doubles.secret_events import SECRET, SECRET_EVENTS, SecretEvent

WHOLE = "{actor} {requestParameters} {responseElements}"


@pytest.fixture(params=list(SECRET_EVENTS.values()), ids=list(SECRET_EVENTS))
def event(request: pytest.FixtureRequest) -> SecretEvent:
    assert isinstance(request.param, SecretEvent)
    return request.param


def test_the_event_does_carry_a_secret_and_its_masked_record_does_not(event: SecretEvent) -> None:
    assert SECRET in json.dumps(event.record)
    masked = mask_record(event.record, max_bytes=65_536)
    assert SECRET not in json.dumps(masked)
    assert not is_whole(masked)
    assert event.shows in json.dumps(masked, separators=(",", ":"))
    assert masked["eventName"] == event.name


@pytest.mark.parametrize("name", ["requestParameters", "responseElements"])
def test_its_parts_are_masked_too_when_a_rule_shows_them_alone(event: SecretEvent, name: str) -> None:
    assert SECRET not in json.dumps(mask_value(name, event.record[name]))


def test_a_sentence_about_the_raw_record_says_nothing_of_it(event: SecretEvent) -> None:
    record = event.record
    actor = resolve_actor(record)
    assert SECRET not in render_summary(WHOLE, record, actor) + default_summary(record, actor)


def test_a_hundred_kinds_are_known() -> None:
    assert len(SECRET_EVENTS) >= 100
    assert SECRET_EVENTS.keys() >= {
        *("iam:CreateAccessKey", "iam:CreateLoginProfile", "iam:UpdateLoginProfile", "iam:ChangePassword"),
        *("iam:CreateServiceSpecificCredential", "sts:GetSessionToken", "sts:AssumeRole", "ec2:RunInstances"),
        *("rds:CreateDBInstance", "secretsmanager:PutSecretValue", "ssm:PutParameter", "lambda:CreateFunction20150331"),
    }
