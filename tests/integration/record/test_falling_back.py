"""What a paused destination is owed, owed elsewhere too: once, with a remark, and by no route or least level."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from zoneinfo import ZoneInfo

from daemon.model import (
    TALK,
    Delivery,
    DeliveryKind,
    DeliveryState,
    Escalation,
    Gathering,
    Level,
    Notice,
    Plan,
    QuietHours,
    Retry,
    Route,
    Sent,
)
from daemon.ports import Parcel
from daemon.record.store import Store, open_store
from daemon.record.waking import SqlWaking
from tests.doubles.owing import HOUR, MINUTE, SECOND, due, flood, record
from tests.doubles.state_values import NOON, match, plan, rule

KINDS = (DeliveryKind.OPEN, DeliveryKind.DETAILS, *TALK)
ROUTE = Route(destinations=("security",), mentions={Level.LOW: ("S0SECURITY",), Level.CRITICAL: ("S0ONCALL00",)})
SECURITY = replace(plan("security", kinds=KINDS), routes=(ROUTE,))
PAGER = replace(plan("pager", kinds=(DeliveryKind.OPEN,), min_level=Level.CRITICAL), routes=(ROUTE,))
BOTH = [SECURITY, PAGER]


def fall_back(
    store: Store, *, to: Plan = PAGER, of: str = "security", now: datetime = NOON, until: datetime | None = None
) -> int:
    return SqlWaking(store.database).fall_back(of, to, until=until or now, now=now)


def at(store: Store, destination: str, *, now: datetime = NOON) -> list[Parcel]:
    return store.outbox.due(destination, now=now, limit=100)


def kept(store: Store, destination: str) -> list[Delivery]:
    found = [each for each in store.list_deliveries(limit=None) if each.destination == destination]
    return [each for each in found if each.kind is not DeliveryKind.DETAILS]


def test_what_opens_is_owed_to_the_fallback_too_once_and_says_why(store: Store) -> None:
    record(store, match("a"), plans=BOTH)
    assert (fall_back(store), fall_back(store, now=NOON + MINUTE)) == (1, 0)
    (parcel,) = at(store, "pager")
    assert (parcel.delivery.kind, parcel.delivery.instead_of) == (DeliveryKind.OPEN, "security")
    assert parcel.delivery.mentions == ("S0SECURITY",)
    assert [each.delivery.kind for each in due(store)] == [DeliveryKind.OPEN]


def test_the_first_gets_its_own_when_it_works_again(store: Store) -> None:
    record(store, match("a"), plans=BOTH)
    fall_back(store)
    (own,) = due(store)
    store.outbox.settle(own.delivery, Sent(remote_ref="C1/1.0"), now=NOON, due_at=None)
    assert own.delivery.instead_of is None
    assert fall_back(store, now=NOON + MINUTE) == 0


def test_an_alert_that_the_fallback_was_told_of_anyway_is_not_told_twice(store: Store) -> None:
    record(store, match("a"), plans=[replace(each, routes=(), min_level=Level.LOW) for each in BOTH])
    assert fall_back(store) == 0
    assert len(kept(store, "pager")) == 1


def test_what_comes_during_the_pause_falls_back_likewise(store: Store) -> None:
    record(store, match("a"), plans=BOTH)
    fall_back(store)
    record(store, match("b", group="bob"), plans=BOTH, now=NOON + SECOND)
    assert fall_back(store, now=NOON + SECOND) == 1
    assert len(at(store, "pager", now=NOON + SECOND)) == 2


def test_what_is_owed_for_a_short_while_waits_for_the_pause_to_last(store: Store) -> None:
    record(store, match("a"), plans=BOTH)
    assert fall_back(store, now=NOON + MINUTE, until=NOON - MINUTE) == 0
    assert fall_back(store, now=NOON + 2 * MINUTE, until=NOON) == 1


def test_what_was_tried_and_waits_for_its_next_try_falls_back(store: Store) -> None:
    record(store, match("a"), plans=BOTH)
    (own,) = due(store)
    store.outbox.settle(own.delivery, Retry(reason="server_error"), now=NOON, due_at=NOON + HOUR)
    assert fall_back(store, now=NOON + SECOND) == 1


def test_a_summary_falls_back_as_one_message(store: Store) -> None:
    flood(store, 23)
    assert fall_back(store) == 20
    assert fall_back(store, now=NOON + MINUTE) == 3
    (summary,) = (each for each in kept(store, "pager") if each.kind is DeliveryKind.SUMMARY)
    assert (summary.instead_of, summary.gathers) == ("security", Gathering.FLOOD)
    (parcel,) = (each for each in at(store, "pager", now=NOON + MINUTE) if each.delivery.kind is DeliveryKind.SUMMARY)
    assert len(parcel.alerts) == 3
    assert fall_back(store, now=NOON + HOUR) == 0


def test_what_quiet_hours_hold_waits_for_their_end(store: Store) -> None:
    hours = QuietHours(
        begins=(NOON - HOUR).time(), ends=(NOON + HOUR).time(), zone=ZoneInfo("UTC"), min_level=Level.CRITICAL
    )
    record(store, match("a"), plans=[replace(SECURITY, quiet=hours), PAGER])
    assert fall_back(store) == 0
    assert fall_back(store, now=NOON + HOUR) == 1


def test_what_rings_of_an_alert_that_was_told_before_opens_at_the_fallback(store: Store) -> None:
    rising = replace(rule(), options=replace(rule().options, escalate=(Escalation(count=2, to=Level.CRITICAL),)))
    record(store, match("a", of=rising), plans=[SECURITY])
    for parcel in due(store):
        store.outbox.settle(parcel.delivery, Sent(remote_ref="C1/1.0"), now=NOON, due_at=None)
    later = NOON + MINUTE
    record(store, match("b", of=rising), plans=[SECURITY], now=later)
    assert fall_back(store, now=later) == 1
    (parcel,) = at(store, "pager", now=later)
    assert (parcel.alerts[0].level, parcel.delivery.kind) == (Level.CRITICAL, DeliveryKind.OPEN)
    assert parcel.delivery.mentions == ("S0ONCALL00",)


def test_updates_and_replies_do_not_fall_back(store: Store) -> None:
    record(store, match("a"), plans=[SECURITY])
    for parcel in due(store):
        store.outbox.settle(parcel.delivery, Sent(remote_ref="C1/1.0"), now=NOON, due_at=None)
    record(store, match("b"), plans=[SECURITY], now=NOON + MINUTE)
    assert fall_back(store, now=NOON + HOUR) == 0


def test_an_alert_that_goes_on_goes_on_at_the_fallback_and_keeps_its_remark(store: Store) -> None:
    chat = replace(PAGER, kinds=KINDS)
    rising = replace(rule(), options=replace(rule().options, escalate=(Escalation(count=3, to=Level.CRITICAL),)))
    record(store, match("a", of=rising), plans=[SECURITY, chat])
    fall_back(store, to=chat)
    for parcel in at(store, "pager"):
        store.outbox.settle(parcel.delivery, Sent(remote_ref="C2/1.0"), now=NOON, due_at=None)
    record(store, match("b", of=rising), plans=[SECURITY, chat], now=NOON + MINUTE)
    (update,) = (each for each in at(store, "pager", now=NOON + MINUTE) if each.delivery.kind is DeliveryKind.UPDATE)
    assert update.delivery.instead_of == "security"
    record(store, match("c", of=rising), plans=[SECURITY, chat], now=NOON + 2 * MINUTE)
    rings = [each for each in kept(store, "pager") if each.kind is DeliveryKind.BROADCAST]
    assert [(each.mentions, each.instead_of) for each in rings] == [(("S0ONCALL00",), None)]


def test_a_fallback_that_is_paused_itself_passes_on_for_whom_it_was_meant(store: Store) -> None:
    record(store, match("a"), plans=BOTH)
    fall_back(store)
    assert fall_back(store, of="pager", to=plan("mail", kinds=[DeliveryKind.OPEN])) == 1
    (parcel,) = at(store, "mail")
    assert parcel.delivery.instead_of == "security"


def test_notices_fall_back_too(store: Store) -> None:
    notice = Notice(reason="destination_paused", title="Destination security is paused", text="x", about="security")
    store.recorder.notify(notice, plans=[replace(plan("security"), takes_notices=True)], now=NOON)
    assert fall_back(store) == 1


def test_what_fell_back_is_known_after_a_restart_and_to_a_second_daemon(postgres_url: str) -> None:
    with open_store(postgres_url, now=NOON) as first, open_store(postgres_url, now=NOON) as second:
        record(first, match("a"), plans=BOTH)
        assert (fall_back(first), fall_back(second)) == (1, 0)
    with open_store(postgres_url, now=NOON) as again:
        assert fall_back(again) == 0
        assert [each.state for each in kept(again, "pager")] == [DeliveryState.DUE]
