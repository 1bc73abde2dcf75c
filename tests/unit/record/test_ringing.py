"""What is owed of an alert that goes on, from what was told of it before."""

from __future__ import annotations

from datetime import timedelta

import pytest

from daemon.model import DeliveryKind, Trait, TraitKind
from daemon.record.ringing import BROADCAST_EVERY, MOST_REPLIES, UPDATE_EVERY, Mark, Thread, is_repeat_due, owed
from tests.doubles.alerts import NOW, an_alert

HOUR = timedelta(hours=1)
TOLD = Thread(opened=Mark(version=1, at=NOW))
BROADCAST, REPLY, UPDATE = DeliveryKind.BROADCAST, DeliveryKind.REPLY, DeliveryKind.UPDATE


def test_what_was_told_is_not_owed() -> None:
    assert owed(an_alert(), TOLD, now=NOW, repeat=HOUR) == {}


@pytest.mark.parametrize(
    ("kind", "expected"),
    [
        (TraitKind.ACTOR, {UPDATE: UPDATE_EVERY, REPLY: timedelta(seconds=30)}),
        (TraitKind.REGION, {UPDATE: UPDATE_EVERY, BROADCAST: timedelta(0)}),
        (TraitKind.LEVEL, {UPDATE: UPDATE_EVERY, BROADCAST: timedelta(0)}),
    ],
)
def test_news_is_a_reply_and_what_is_worse_a_broadcast(
    kind: TraitKind, expected: dict[DeliveryKind, timedelta]
) -> None:
    alert = an_alert(version=2, traits=(Trait(kind=kind, value="x", since=2),))
    due = owed(alert, TOLD, now=NOW, repeat=None)
    assert {of: at - NOW for of, at in due.items()} == expected


def test_a_broadcast_waits_for_the_one_before_but_for_a_rise() -> None:
    rung = Thread(opened=Mark(version=1, at=NOW), broadcast=Mark(version=2, at=NOW))
    region, level = (
        an_alert(version=3, traits=(Trait(kind=kind, value="x", since=3),))
        for kind in (TraitKind.REGION, TraitKind.LEVEL)
    )
    assert owed(region, rung, now=NOW, repeat=None)[BROADCAST] == NOW + BROADCAST_EVERY
    assert owed(level, rung, now=NOW, repeat=None)[BROADCAST] == NOW


def test_replies_end() -> None:
    full = Thread(opened=Mark(version=1, at=NOW), replied=Mark(version=2, at=NOW), replies=MOST_REPLIES)
    alert = an_alert(version=3, traits=(Trait(kind=TraitKind.ACTOR, value="x", since=3),))
    assert REPLY not in owed(alert, full, now=NOW + 9 * HOUR, repeat=None)


def test_a_message_that_tells_many_is_neither_changed_nor_replied_to() -> None:
    summary = Thread(opened=Mark(version=1, at=NOW), has_message=False)
    alert = an_alert(version=3, traits=(Trait(kind=TraitKind.ACTOR, value="x", since=3),))
    assert owed(alert, summary, now=NOW, repeat=None) == {}


def test_time_rings_only_what_has_grown() -> None:
    later = NOW + 5 * HOUR
    assert owed(an_alert(version=2), TOLD, now=later, repeat=4 * HOUR)[BROADCAST] == later
    assert not is_repeat_due(an_alert(version=1), TOLD, later, repeat=4 * HOUR)


def test_a_clock_that_was_ahead_holds_nothing_back() -> None:
    ahead = Thread(opened=Mark(version=1, at=NOW + 365 * 24 * HOUR))
    assert owed(an_alert(version=2), ahead, now=NOW, repeat=None) == {UPDATE: NOW + UPDATE_EVERY}
