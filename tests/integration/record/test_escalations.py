"""An alert that nobody answers is told further up, once; one that is answered, closed or muted is not."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from daemon.model import (
    TALK,
    Answer,
    AnswerKind,
    Delivery,
    DeliveryKind,
    Escalation,
    Level,
    Mode,
    Person,
    Plan,
    QuietHours,
    Route,
    Rule,
    Sent,
)
from daemon.record.store import Store, open_store
from daemon.record.waking import SqlWaking
from tests.doubles.owing import HOUR, MINUTE, SECOND, due, flood, record
from tests.doubles.state_values import NOON, match, plan, rule

ALICE = Person(id="command:alice", name="alice")
AFTER = timedelta(minutes=30)
ROUTE = Route(
    destinations=("security",),
    mentions={Level.LOW: ("S0SECURITY",), Level.CRITICAL: ("S0ONCALL00",)},
    escalate_after=AFTER,
    escalate_to=("oncall",),
)
KINDS = (DeliveryKind.OPEN, *TALK)
PLANS = [
    replace(plan("security", kinds=KINDS), routes=(ROUTE,)),
    replace(plan("oncall", kinds=KINDS, min_level=Level.CRITICAL), routes=(ROUTE,)),
]
LATER = NOON + AFTER


def look(store: Store, *, now: datetime = LATER, plans: Sequence[Plan] = PLANS) -> dict[str, int]:
    return dict(SqlWaking(store.database).escalate(plans, now=now).told)


def at_oncall(store: Store) -> list[Delivery]:
    return [each for each in store.list_deliveries(limit=None) if each.destination == "oncall"]


def answer(store: Store, kind: AnswerKind, alert_id: str, *, plans: Sequence[Plan] = PLANS) -> None:
    store.answers.give(Answer(kind=kind, by=ALICE, alert_id=alert_id), plans=plans, now=NOON)


def test_what_nobody_answers_is_told_further_up_once_and_says_for_how_long(store: Store) -> None:
    record(store, match("a"), plans=PLANS)
    assert look(store, now=LATER - SECOND) == {}
    assert (look(store), look(store, now=LATER + HOUR)) == ({"oncall": 1}, {})
    (told,) = at_oncall(store)
    assert (told.kind, told.unanswered_s, told.mentions) == (DeliveryKind.OPEN, 1800, ("S0SECURITY",))


@pytest.mark.parametrize("kind", [AnswerKind.ACKNOWLEDGE, AnswerKind.EXPECTED, AnswerKind.NOT_EXPECTED])
def test_an_answer_in_time_wakes_nobody(store: Store, kind: AnswerKind) -> None:
    (alert,) = record(store, match("a"), plans=PLANS).opened
    answer(store, kind, alert.id)
    assert look(store) == {}
    assert at_oncall(store) == []


def test_an_alert_that_is_closed_by_then_wakes_nobody(store: Store) -> None:
    record(store, match("a", of=rule(close_after=10 * MINUTE)), plans=PLANS)
    assert look(store) == {}


def test_a_shadow_rule_and_what_no_destination_is_told_of_wake_nobody(store: Store) -> None:
    strict = [replace(each, min_level=Level.CRITICAL) for each in PLANS]
    record(store, match("a", of=rule("shadow", mode=Mode.SHADOW)), plans=PLANS)
    record(store, match("b", of=rule("low", level=Level.LOW)), plans=strict, now=NOON + SECOND)
    assert look(store, now=LATER + MINUTE) == {}


def test_an_alert_of_another_route_is_not_escalated(store: Store) -> None:
    other = replace(ROUTE, levels=frozenset({Level.CRITICAL}))
    rest = Route(destinations=("security",))
    record(store, match("a"), plans=[replace(each, routes=(other, rest)) for each in PLANS])
    assert look(store) == {}


def test_it_holds_over_a_restart_and_is_told_by_one_daemon_of_two(postgres_url: str) -> None:
    with open_store(postgres_url, now=NOON) as first:
        record(first, match("a"), plans=PLANS)
    with open_store(postgres_url, now=NOON) as first, open_store(postgres_url, now=NOON) as second:
        assert (look(first), look(second)) == ({"oncall": 1}, {})
        assert len(at_oncall(second)) == 1


def test_where_it_is_known_already_it_rings_in_its_thread(store: Store) -> None:
    both = [replace(each, min_level=Level.LOW, routes=(replace(ROUTE, is_continued=True),)) for each in PLANS]
    record(store, match("a"), plans=both)
    for parcel in store.outbox.due("oncall", now=NOON, limit=9):
        store.outbox.settle(parcel.delivery, Sent(remote_ref="C2/1.0"), now=NOON, due_at=None)
    assert look(store, plans=both) == {"oncall": 1}
    (ring,) = store.outbox.due("oncall", now=LATER, limit=9)
    assert (ring.delivery.kind, ring.delivery.unanswered_s) == (DeliveryKind.BROADCAST, 1800)
    assert ring.delivery.mentions == ("S0SECURITY",)


def test_what_is_not_sent_there_yet_says_so_when_it_is(store: Store) -> None:
    both = [replace(each, min_level=Level.LOW, routes=(replace(ROUTE, is_continued=True),)) for each in PLANS]
    record(store, match("a"), plans=both)
    assert look(store, plans=both) == {"oncall": 1}
    (told,) = at_oncall(store)
    assert told.unanswered_s == 1800


def test_a_destination_that_knows_it_and_cannot_ring_again_is_told_nothing(store: Store) -> None:
    both = [replace(each, min_level=Level.LOW, routes=(replace(ROUTE, is_continued=True),)) for each in PLANS]
    both[1] = replace(both[1], kinds=(DeliveryKind.OPEN,))
    record(store, match("a"), plans=both)
    for parcel in store.outbox.due("oncall", now=NOON, limit=9):
        store.outbox.settle(parcel.delivery, Sent(), now=NOON, due_at=None)
    assert SqlWaking(store.database).escalate(both, now=LATER).lost == {"oncall": 1}


def test_a_destination_that_is_off_by_then_is_said_to_be_lost(store: Store) -> None:
    record(store, match("a"), plans=PLANS)
    assert SqlWaking(store.database).escalate(PLANS[:1], now=LATER).lost == {"oncall": 1}
    assert look(store, now=LATER + MINUTE) == {}


def rising(of: Rule) -> Rule:
    return replace(of, options=replace(of.options, escalate=(Escalation(count=2, to=Level.CRITICAL),)))


def test_one_that_rises_mentions_whom_its_level_asks_for_and_waits_no_longer(store: Store) -> None:
    up = rising(rule())
    record(store, match("a", of=up), plans=[PLANS[0]])
    record(store, match("b", of=up), plans=[PLANS[0]], now=NOON + 20 * MINUTE)
    assert look(store) == {"oncall": 1}
    assert [each.mentions for each in at_oncall(store)] == [("S0ONCALL00",)]


def test_an_alert_that_grows_into_a_route_is_waited_for_from_then_on(store: Store) -> None:
    grave = replace(ROUTE, levels=frozenset({Level.CRITICAL}))
    plans = [replace(each, routes=(grave, Route(destinations=("security",)))) for each in PLANS]
    plans[1] = replace(plans[1], kinds=(DeliveryKind.OPEN,))
    up = rising(rule())
    record(store, match("a", of=up), plans=plans)
    record(store, match("b", of=up), plans=plans, now=NOON + 20 * MINUTE)
    assert look(store, plans=plans) == {}
    assert look(store, plans=plans, now=LATER + 20 * MINUTE) == {"oncall": 1}


def test_an_alert_that_quiet_hours_hold_is_waited_for_from_their_end_on(store: Store) -> None:
    hours = QuietHours(
        begins=(NOON - HOUR).time(), ends=(NOON + HOUR).time(), zone=ZoneInfo("UTC"), min_level=Level.CRITICAL
    )
    plans = [replace(PLANS[0], quiet=hours), PLANS[1]]
    record(store, match("a", of=rule(close_after=4 * HOUR)), plans=plans)
    assert look(store, plans=plans, now=NOON + HOUR) == {}
    assert look(store, plans=plans, now=NOON + HOUR + AFTER) == {"oncall": 1}


def test_of_many_the_rest_comes_as_one_message(store: Store) -> None:
    record(store, *(match(f"m{n}", group=f"g{n}") for n in range(25)), plans=PLANS)
    assert look(store) == {"oncall": 25}
    found = [each for each in at_oncall(store) if each.unanswered_s is not None]
    assert sum(each.kind is DeliveryKind.SUMMARY for each in found) == 1
    assert len(found) == 26


def test_without_such_a_route_nothing_is_waited_for(store: Store) -> None:
    flood(store, 3)
    assert look(store, plans=[plan()]) == {}


def test_an_acknowledged_alert_is_repeated_no_more_and_still_rings_for_what_is_new(store: Store) -> None:
    plans = [replace(PLANS[0], repeat_interval=4 * HOUR, routes=())]
    of = rule(close_after=24 * HOUR)
    (alert,) = record(store, match("a", of=of), plans=plans).opened
    for parcel in due(store):
        store.outbox.settle(parcel.delivery, Sent(remote_ref="C1/1.0"), now=NOON, due_at=None)
    answer(store, AnswerKind.ACKNOWLEDGE, alert.id, plans=plans)
    record(store, match("b", of=of), plans=plans, now=NOON + 5 * HOUR)
    assert "broadcast" not in [each.kind.value for each in store.list_deliveries()]
    elsewhere = match("c", of=of)
    elsewhere = replace(elsewhere, event=replace(elsewhere.event, region="eu-west-1"))
    record(store, elsewhere, plans=plans, now=NOON + 6 * HOUR)
    assert "broadcast" in [each.kind.value for each in store.list_deliveries()]


def test_a_look_that_comes_only_after_it_has_closed_wakes_all_the_same(store: Store) -> None:
    """The daemon or the database was away: what was open when the time was up is no less unanswered."""
    record(store, match("a"), plans=PLANS)
    assert look(store, now=NOON + 3 * HOUR) == {"oncall": 1}
    assert [each.unanswered_s for each in at_oncall(store)] == [1800]


def test_what_had_closed_when_its_time_was_up_is_counted_as_dropped(store: Store) -> None:
    record(store, match("a", of=rule(close_after=10 * MINUTE)), plans=PLANS)
    escalated = SqlWaking(store.database).escalate(PLANS, now=LATER)
    assert (escalated.told, escalated.dropped) == ({}, {"oncall": 1})
