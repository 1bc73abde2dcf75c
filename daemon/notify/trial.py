"""A test alert, marked so that nobody takes it for a real one: what `send-test` sends."""

from __future__ import annotations

from datetime import datetime

from daemon.model import (
    Alert,
    AlertState,
    Delivery,
    DeliveryKind,
    DeliveryState,
    Level,
    Mode,
    RuleFacts,
    Sample,
)
from daemon.ports import Parcel

TEST_RULE_ID = "trailwarden-test"
TEST_ID_PREFIX = "test-"  # no state ever holds an alert of such an id
_SENTENCE = "This is a test: nothing happened. Alerts of this daemon arrive here and look like this one."


def make_test_parcel(destination: str, *, alert_id: str, now: datetime) -> Parcel:
    """A parcel for one destination that is in no outbox; hand it to its notifier and look at the outcome."""
    delivery = Delivery(
        id=0,
        alert_id=alert_id,
        destination=destination,
        kind=DeliveryKind.OPEN,
        seq=0,
        level=Level.INFORMATIONAL,
        attempts=0,
        created_at=now,
        due_at=now,
        state=DeliveryState.DUE,
    )
    return Parcel(delivery=delivery, alerts=(make_test_alert(alert_id=alert_id, now=now),))


def make_test_alert(*, alert_id: str, now: datetime) -> Alert:
    """An alert about a call that nobody made."""
    return Alert(
        id=alert_id,
        rule_id=TEST_RULE_ID,
        group=(),
        level=Level.INFORMATIONAL,
        title="TEST: please ignore",
        mode=Mode.ALERT,
        state=AlertState.CLOSED,
        first_at=now,
        last_at=now,
        opened_at=now,
        grown_at=now,
        count=1,
        is_late=False,
        samples=(_sample(now),),
        facts=RuleFacts(description=_SENTENCE),
        ruleset_digest="",
    )


def _sample(now: datetime) -> Sample:
    return Sample(
        event_id="00000000-0000-0000-0000-000000000000",
        time=f"{now:%Y-%m-%dT%H:%M:%SZ}",
        name="TestAlert",
        source="trailwarden.example.com",
        account="111122223333",
        region="us-east-1",
        actor="nobody",
        object_url="file:test",
        summary=_SENTENCE,
        fields=(("eventName", "TestAlert"),),
    )
