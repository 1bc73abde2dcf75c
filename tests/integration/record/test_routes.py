"""Deliveries go where routes say: a destination, a channel, mentions; and what is owed stays as it was written."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from zoneinfo import ZoneInfo

from daemon.model import (
    TALK,
    Delivery,
    DeliveryKind,
    Escalation,
    Gathering,
    Level,
    Match,
    Mode,
    Plan,
    QuietHours,
    Route,
    Rule,
    Sent,
)
from daemon.record.store import Store
from tests.doubles.owing import HOUR, MINUTE, due, record, settle
from tests.doubles.state_values import NOON, match, plan, rule

GRAVE = Route(
    destinations=("pager",),
    levels=frozenset({Level.CRITICAL}),
    mentions={Level.HIGH: ("S0ONCALL00", "here")},
    is_continued=True,
)
PAYMENTS = Route(destinations=("security",), rules=frozenset({"payments"}), channel="#payments")
REST = Route(destinations=("security",))


def plans(*routes: Route) -> list[Plan]:
    return [replace(plan(name), routes=routes) for name in ("security", "pager", "archive")]


def owed(store: Store) -> list[Delivery]:
    return [each for each in store.list_deliveries(limit=1000) if each.kind is not DeliveryKind.DETAILS]


def test_an_alert_is_owed_only_where_routes_lead(store: Store) -> None:
    record(store, match("low", of=rule("low", level=Level.LOW)), plans=plans(GRAVE, REST))
    assert [each.destination for each in owed(store)] == ["security"]
    record(store, match("worst", of=rule("worst", level=Level.CRITICAL)), plans=plans(GRAVE, REST), now=NOON + MINUTE)
    assert sorted(each.destination for each in owed(store)[:2]) == ["pager", "security"]


def test_channel_and_mentions_are_kept_with_what_is_owed(store: Store) -> None:
    record(
        store,
        match("pay", of=rule("payments")),
        match("worst", of=rule("worst", level=Level.CRITICAL)),
        plans=plans(GRAVE, PAYMENTS, REST),
    )
    found = {(each.destination, each.channel, each.mentions) for each in owed(store)}
    assert found == {
        ("security", "#payments", ()),
        ("pager", None, ("S0ONCALL00", "here")),
        ("security", None, ()),
    }
    told = {parcel.delivery.channel for parcel in due(store)}
    assert told == {"#payments", None}


def test_a_destination_has_its_own_least_level_besides(store: Store) -> None:
    strict = [replace(plan("security", min_level=Level.HIGH), routes=(REST,))]
    record(store, match("low", of=rule("low", level=Level.LOW)), plans=strict)
    assert owed(store) == []


def test_a_shadow_rule_is_told_by_no_route(store: Store) -> None:
    record(store, match("x", of=rule("x", mode=Mode.SHADOW)), plans=plans(REST))
    assert owed(store) == []


def test_each_channel_has_a_flood_guard_and_a_summary_of_its_own(store: Store) -> None:
    ping = replace(PAYMENTS, mentions={Level.LOW: ("S0PAYMENTS",)})
    many = [match(f"pay-{n:02}", group=f"pay-{n}", of=rule("payments")) for n in range(23)]
    others = [match(f"other-{n:02}", group=f"other-{n}", of=rule("other")) for n in range(5)]
    recorded = record(store, *many, *others, plans=plans(ping, REST))
    assert recorded.suppressed == {"flood": 3}
    (summary,) = (each for each in owed(store) if each.kind is DeliveryKind.SUMMARY)
    assert (summary.channel, summary.mentions, summary.gathers) == ("#payments", ("S0PAYMENTS",), Gathering.FLOOD)
    assert sum(each.channel is None for each in owed(store)) == 5


def test_a_summary_mentions_everybody_whom_its_alerts_would_have(store: Store) -> None:
    ping = replace(REST, mentions={Level.HIGH: ("S0SECURITY",), Level.CRITICAL: ("S0ONCALL00",)})
    high = [match(f"high-{n:02}", group=f"high-{n}", of=rule("high")) for n in range(21)]
    record(store, *high, plans=[replace(plan(), routes=(ping,))])
    worst = match("worst", of=rule("worst", level=Level.CRITICAL))
    record(store, worst, plans=[replace(plan(), routes=(ping,))], now=NOON + MINUTE / 2)
    (summary,) = (each for each in owed(store) if each.kind is DeliveryKind.SUMMARY)
    assert (summary.mentions, summary.level) == (("S0SECURITY", "S0ONCALL00"), Level.CRITICAL)


def test_what_was_held_after_its_summary_was_handed_out_goes_to_the_same_channel(store: Store) -> None:
    def pay(prefix: str, count: int) -> list[Match]:
        return [match(f"{prefix}{n:02}", group=f"{prefix}{n}", of=rule("payments")) for n in range(count)]

    record(store, *pay("a", 22), plans=plans(PAYMENTS))
    (on_its_way,) = (each for each in due(store, now=NOON + MINUTE) if each.delivery.kind is DeliveryKind.SUMMARY)
    record(store, *pay("b", 2), plans=plans(PAYMENTS), now=NOON + MINUTE / 2)
    settle(store, on_its_way.delivery, Sent(remote_ref="C1/1.0"))
    (own,) = (each for each in due(store, now=NOON + MINUTE) if each.delivery.kind is DeliveryKind.SUMMARY)
    assert (own.delivery.channel, own.delivery.gathers, len(own.alerts)) == ("#payments", Gathering.FLOOD, 2)


def rising(*, to: Level, count: int = 2) -> Rule:
    of = rule("rising", level=Level.LOW)
    return replace(of, options=replace(of.options, escalate=(Escalation(count=count, to=to),)))


def sent(store: Store, *, now: datetime) -> None:
    while parcels := store.outbox.due("security", now=now, limit=9):
        for parcel in parcels:
            store.outbox.settle(parcel.delivery, Sent(remote_ref="C1/1.0"), now=now, due_at=None)


def test_a_rise_mentions_whom_the_route_names_at_that_level(store: Store) -> None:
    ping = replace(REST, mentions={Level.LOW: ("S0SECURITY",), Level.CRITICAL: ("S0ONCALL00",)})
    there = [replace(plan("security", kinds=(DeliveryKind.OPEN, *TALK)), routes=(ping,))]
    of = rising(to=Level.CRITICAL)
    record(store, match("a", of=of), plans=there)
    assert [each.mentions for each in owed(store)] == [("S0SECURITY",)]
    sent(store, now=NOON)
    record(store, match("b", of=of), plans=there, now=NOON + MINUTE)
    (ring,) = (each for each in owed(store) if each.kind is DeliveryKind.BROADCAST)
    assert ring.mentions == ("S0ONCALL00",)


def test_quiet_hours_hold_back_what_rings_at_a_low_level_until_their_end(store: Store) -> None:
    night = QuietHours(
        begins=(NOON + HOUR).time(), ends=(NOON + 9 * HOUR).time(), zone=ZoneInfo("UTC"), min_level=Level.HIGH
    )
    there = [replace(plan("security", kinds=(DeliveryKind.OPEN, *TALK)), quiet=night)]
    of = replace(rule("low", level=Level.LOW, close_after=9 * HOUR))
    record(store, match("a", of=of), plans=there)
    sent(store, now=NOON)
    later = match("b", of=of)
    later = replace(later, event=replace(later.event, region="eu-west-1"))
    record(store, later, plans=there, now=NOON + 2 * HOUR)
    (ring,) = (each for each in owed(store) if each.kind is DeliveryKind.BROADCAST)
    assert ring.due_at == NOON + 9 * HOUR
    before = store.outbox.due("security", now=NOON + 9 * HOUR - MINUTE, limit=9)
    assert DeliveryKind.BROADCAST not in [each.delivery.kind for each in before]


def test_an_alert_that_an_account_joins_opens_where_a_route_names_that_account(store: Store) -> None:
    joined = Route(destinations=("pager",), accounts=frozenset({"444455556666"}), is_continued=True)
    record(store, match("a"), plans=plans(joined, REST))
    assert {each.destination for each in owed(store)} == {"security"}
    other = match("b")
    other = replace(other, event=replace(other.event, account="444455556666"))
    record(store, other, plans=plans(joined, REST), now=NOON + MINUTE)
    (told,) = (each for each in owed(store) if each.destination == "pager")
    assert told.kind is DeliveryKind.OPEN
