from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

import pytest

from daemon.model import (
    REFUSED_ALONE,
    Dead,
    Delivery,
    DeliveryKind,
    DeliveryState,
    Level,
    Match,
    Mode,
    Notice,
    Pause,
    Plan,
    Retry,
    SendOutcome,
    Sent,
)
from daemon.ports import Parcel, Recorded
from daemon.record.store import Store
from tests.doubles.state_values import NOON, SOURCE, listing, log_object, match, plan, result, rule

SECOND = timedelta(seconds=1)
MINUTE = timedelta(minutes=1)
HOUR = timedelta(hours=1)
OPEN_ONLY = [plan(kinds=[DeliveryKind.OPEN])]


def record(store: Store, *matches: Match, plans: Sequence[Plan] | None = None, now: datetime = NOON) -> Recorded:
    store.ledger.open_source(SOURCE, start_at=None, now=now)
    obj = log_object(f"{now:%d%H%M%S%f}{matches[0].event.id}")
    store.ledger.record_listing(SOURCE, listing(obj), is_sweep=False, now=now)
    (row,) = store.ledger.pending(SOURCE, now=now, limit=1)
    done = result(*matches, row_id=row.row_id, obj=obj)
    chosen = [plan()] if plans is None else plans
    return store.recorder.complete([done], plans=chosen, ruleset_digest="", now=now)


def due(store: Store, *, now: datetime = NOON, limit: int = 100, drain: bool = False) -> list[Parcel]:
    return store.outbox.due("security", now=now, limit=limit, drain=drain)


def kinds(parcels: list[Parcel]) -> list[str]:
    return [parcel.delivery.kind.value for parcel in parcels]


def settle(store: Store, delivery: Delivery, outcome: SendOutcome, due_at: datetime | None = None) -> None:
    store.outbox.settle(delivery, outcome, now=NOON, due_at=due_at)


def states(store: Store) -> list[tuple[str, str, str | None]]:
    told = reversed(store.list_deliveries(limit=1000))
    return [(delivery.kind.value, delivery.state.value, delivery.reason) for delivery in told]


def flood(
    store: Store, count: int, *, now: datetime = NOON, prefix: str = "flood", level: Level = Level.HIGH
) -> Recorded:
    of = rule(f"{prefix}-{level}", level=level)
    found = [match(f"{prefix}-{number:03d}", group=f"{prefix}-{number:03d}", of=of) for number in range(count)]
    return record(store, *found, now=now)


def test_a_new_alert_is_owed_to_each_destination_that_wants_it(store: Store) -> None:
    plans = [
        plan("security"),
        plan("critical", min_level=Level.CRITICAL),
        plan("terminal", kinds=[DeliveryKind.OPEN]),
    ]
    record(store, match(), plans=plans)
    owed = {(d.destination, d.kind.value) for d in store.list_deliveries()}
    assert owed == {("security", "open"), ("security", "details"), ("terminal", "open")}


def test_a_shadow_rule_is_recorded_but_told_to_nobody(store: Store) -> None:
    recorded = record(store, match(of=rule(mode=Mode.SHADOW)))
    assert recorded.suppressed == {"shadow": 1}
    assert store.list_deliveries() == []


def test_growth_is_told_to_nobody(store: Store) -> None:
    record(store, match("a"))
    record(store, match("b"), now=NOON + MINUTE)
    assert len(store.list_deliveries()) == 2


def test_a_delivery_comes_with_its_alert(store: Store) -> None:
    (alert,) = record(store, match()).opened
    (parcel,) = due(store)
    assert parcel.alerts == (alert,)
    delivery = parcel.delivery
    assert (delivery.alert_id, delivery.destination, delivery.level) == (alert.id, "security", Level.HIGH)
    assert (delivery.kind, delivery.seq, delivery.attempts, delivery.state) == (
        DeliveryKind.OPEN,
        0,
        0,
        DeliveryState.DUE,
    )


def test_the_gravest_goes_first_and_then_the_oldest(store: Store) -> None:
    for number, level in enumerate([Level.LOW, Level.CRITICAL, Level.LOW, Level.HIGH]):
        record(
            store, match(f"e{number}", of=rule(f"r{number}", level=level)), now=NOON + number * SECOND, plans=OPEN_ONLY
        )
    order = [parcel.alerts[0].rule_id for parcel in due(store, now=NOON + MINUTE)]
    assert order == ["r1", "r3", "r0", "r2"]
    assert len(due(store, now=NOON + MINUTE, limit=2)) == 2


def four_alerts(store: Store) -> None:
    """r0 to r3 open a second apart: low, critical, low, high; r1 and r2 have failed three times."""
    for number, level in enumerate([Level.LOW, Level.CRITICAL, Level.LOW, Level.HIGH]):
        found = match(f"e{number}", of=rule(f"r{number}", level=level))
        record(store, found, now=NOON + number * SECOND, plans=OPEN_ONLY)
    for _ in range(3):
        for parcel in due(store, now=NOON + MINUTE):
            rule_id = parcel.alerts[0].rule_id
            reason = {"r1": REFUSED_ALONE, "r2": "server_error"}.get(rule_id)
            if reason:
                settle(store, parcel.delivery, Retry(reason=reason), due_at=NOON)


@pytest.mark.parametrize(
    ("tried", "order"),
    [
        (None, ["r3", "r0", "r2", "r1"]),  # only what fails while others pass is last
        ((), ["r3", "r0", "r1", "r2"]),  # what failed often is
        (("r0",), ["r2", "r3", "r1", "r0"]),  # oldest first
        (("r2", "r1"), ["r3", "r0", "r2", "r1"]),  # newest first
    ],
    ids=["it works", "nothing is known", "one failed", "two failed"],
)
def test_what_fails_again_and_again_lets_others_go_first(
    store: Store, tried: tuple[str, ...] | None, order: list[str]
) -> None:
    four_alerts(store)
    numbers = {parcel.alerts[0].rule_id: parcel.delivery.id for parcel in due(store, now=NOON + MINUTE)}
    failed = None if tried is None else [numbers[name] for name in tried]
    found = store.outbox.due("security", now=NOON + MINUTE, limit=9, tried=failed)
    assert [parcel.alerts[0].rule_id for parcel in found] == order


def test_a_destination_sees_only_its_own(store: Store) -> None:
    record(store, match(), plans=[plan("other")])
    assert due(store) == []
    assert store.outbox.next_due_at("security") is None
    assert store.outbox.next_due_at("other") == NOON


def test_details_wait_for_their_open_and_follow_under_its_reference(store: Store) -> None:
    record(store, match())
    (parcel,) = due(store)
    settle(store, parcel.delivery, Sent(remote_ref="C1/1.0"))
    (details,) = due(store)
    assert (details.delivery.kind, details.delivery.parent_ref) == (DeliveryKind.DETAILS, "C1/1.0")
    settle(store, details.delivery, Sent())
    assert due(store) == []
    assert states(store) == [("open", "sent", None), ("details", "sent", None)]


def test_a_parent_without_reference_lets_its_children_go_too(store: Store) -> None:
    record(store, match())
    settle(store, due(store)[0].delivery, Sent())
    assert due(store)[0].delivery.parent_ref is None


def test_a_retry_waits_counts_and_tells_why(store: Store) -> None:
    record(store, match(), plans=OPEN_ONLY)
    settle(store, due(store)[0].delivery, Retry(reason="ratelimited"), NOON + HOUR)
    assert due(store) == []
    assert store.outbox.next_due_at("security") == NOON + HOUR
    (again,) = due(store, now=NOON + HOUR)
    assert (again.delivery.attempts, again.delivery.reason) == (1, "ratelimited")


def test_a_retry_without_a_time_is_tried_again_when_the_destination_said(store: Store) -> None:
    record(store, match(), plans=OPEN_ONLY)
    settle(store, due(store)[0].delivery, Retry(reason="ratelimited", after=30 * SECOND))
    assert store.outbox.next_due_at("security") == NOON + 30 * SECOND


def test_a_pause_uses_up_no_attempt(store: Store) -> None:
    record(store, match(), plans=OPEN_ONLY)
    settle(store, due(store)[0].delivery, Pause(reason="not_in_channel", hint="invite the bot"), NOON + HOUR)
    (again,) = due(store)
    assert (again.delivery.attempts, again.delivery.reason) == (0, "not_in_channel")


def test_what_found_the_destination_paused_is_not_the_last_to_go_after_a_restart(store: Store) -> None:
    for number, level in enumerate([Level.CRITICAL, Level.LOW]):
        record(store, match(f"e{number}", of=rule(f"r{number}", level=level)), plans=OPEN_ONLY)
    settle(store, due(store)[0].delivery, Pause(reason="invalid_auth", hint="another token"), NOON + HOUR)
    assert [parcel.alerts[0].level for parcel in due(store)] == [Level.CRITICAL, Level.LOW]


def test_a_clock_that_was_set_back_holds_no_delivery_up(store: Store) -> None:
    record(store, match(), plans=OPEN_ONLY)
    earlier = NOON - 3 * HOUR
    (parcel,) = due(store, now=earlier)
    store.outbox.settle(parcel.delivery, Retry(reason="lost_answer"), now=earlier, due_at=earlier + MINUTE)
    assert due(store, now=earlier) == []  # which waits its turn again, by the clock that counts now
    assert len(due(store, now=earlier + MINUTE)) == 1


def test_a_dead_parent_takes_its_children_with_it(store: Store) -> None:
    record(store, match())
    settle(store, due(store)[0].delivery, Dead(reason="invalid_blocks"))
    assert states(store) == [("open", "dead", "invalid_blocks"), ("details", "dead", "parent_dead")]
    assert store.outbox.next_due_at("security") is None


def test_an_odd_reference_does_not_keep_a_sent_message_from_being_settled(store: Store) -> None:
    record(store, match(), plans=OPEN_ONLY)
    settle(store, due(store)[0].delivery, Sent(remote_ref="C1/\ud800\0" + "x" * 9999))
    assert due(store) == []


def test_a_settled_delivery_stays_as_it_is(store: Store) -> None:
    record(store, match(), plans=OPEN_ONLY)
    (parcel,) = due(store)
    settle(store, parcel.delivery, Sent(remote_ref="C1/1.0"))
    settle(store, parcel.delivery, Dead(reason="too late"))
    (kept,) = store.list_deliveries()
    assert (kept.state, kept.remote_ref, kept.attempts) == (DeliveryState.SENT, "C1/1.0", 1)


def test_dead_deliveries_are_put_back_with_their_children(store: Store) -> None:
    record(store, match())
    settle(store, due(store)[0].delivery, Dead(reason="invalid_blocks"))
    assert store.retry_deliveries(None, now=NOON) == 2
    (parcel,) = due(store)
    assert parcel.delivery.reason is None
    settle(store, parcel.delivery, Sent(remote_ref="C1/1.0"))
    assert due(store)[0].delivery.parent_ref == "C1/1.0"


def test_a_child_put_back_by_its_number_brings_its_dead_parent(store: Store) -> None:
    record(store, match())
    settle(store, due(store)[0].delivery, Dead(reason="invalid_blocks"))
    (child,) = (d for d in store.list_deliveries() if d.kind is DeliveryKind.DETAILS)
    assert store.retry_deliveries([child.id], now=NOON) == 2
    assert kinds(due(store)) == ["open"]


def test_a_dead_child_of_a_sent_parent_is_put_back_alone(store: Store) -> None:
    record(store, match())
    settle(store, due(store)[0].delivery, Sent(remote_ref="C1/1.0"))
    settle(store, due(store)[0].delivery, Dead(reason="msg_too_long"))
    assert store.retry_deliveries(None, now=NOON) == 1
    (again,) = due(store)
    assert (again.delivery.kind, again.delivery.parent_ref) == (DeliveryKind.DETAILS, "C1/1.0")


def test_only_what_is_dead_can_be_put_back(store: Store) -> None:
    record(store, match())
    (parcel,) = due(store)
    assert store.retry_deliveries([parcel.delivery.id, 999], now=NOON) == 0


def test_twenty_alerts_a_minute_are_told_one_by_one_and_the_rest_in_one_summary(store: Store) -> None:
    recorded = flood(store, 25)
    assert (len(recorded.opened), recorded.suppressed) == (25, {"flood": 5})
    assert kinds(due(store)) == ["open"] * 20
    told = due(store, now=NOON + MINUTE)
    (summary,) = (parcel for parcel in told if parcel.delivery.kind is DeliveryKind.SUMMARY)
    assert len(told) == 21
    assert summary.delivery.seq == NOON.timestamp() // 60
    assert summary.delivery.due_at == NOON + MINUTE
    assert {alert.group[1][1] for alert in summary.alerts} == {f"flood-{number:03d}" for number in range(20, 25)}
    assert len(store.list_alerts(now=NOON)) == 25


def test_the_minute_is_counted_over_transactions(store: Store) -> None:
    flood(store, 15, prefix="a")
    flood(store, 15, prefix="b", now=NOON + 30 * SECOND)
    flood(store, 15, prefix="c", now=NOON + 59 * SECOND)
    told = due(store, now=NOON + MINUTE)
    assert kinds(told).count("open") == 20
    (summary,) = (parcel for parcel in told if parcel.delivery.kind is DeliveryKind.SUMMARY)
    assert len(summary.alerts) == 25


def test_the_next_minute_begins_anew(store: Store) -> None:
    flood(store, 25, prefix="a")
    flood(store, 25, prefix="b", now=NOON + MINUTE)
    assert kinds(due(store, now=NOON + 2 * MINUTE)).count("summary") == 2
    assert kinds(due(store, now=NOON + 2 * MINUTE)).count("open") == 40


def test_in_a_flood_the_gravest_are_told_one_by_one(store: Store) -> None:
    low = [match(f"low-{n}", group=f"low-{n}", of=rule("low", level=Level.LOW)) for n in range(25)]
    grave = match("grave", of=rule("grave", level=Level.CRITICAL))
    record(store, *low, grave)
    assert due(store)[0].alerts[0].rule_id == "grave"


def test_a_summary_has_the_highest_level_it_tells(store: Store) -> None:
    flood(store, 21, level=Level.MEDIUM)
    flood(store, 2, prefix="more", now=NOON + SECOND, level=Level.LOW)
    flood(store, 2, prefix="grave", now=NOON + SECOND, level=Level.CRITICAL)
    (summary,) = (d for d in store.list_deliveries(limit=99) if d.kind is DeliveryKind.SUMMARY)
    assert summary.level is Level.CRITICAL


def test_held_opens_are_sent_with_their_summary(store: Store) -> None:
    flood(store, 22)
    for parcel in due(store, now=NOON + MINUTE):
        settle(store, parcel.delivery, Sent(remote_ref=f"C1/{parcel.delivery.kind.value}"))
    opens = [d for d in store.list_deliveries(limit=99) if d.kind is DeliveryKind.OPEN]
    assert {d.state for d in opens} == {DeliveryState.SENT}
    assert [d.remote_ref for d in opens].count("C1/summary") == 2


def test_held_opens_die_with_their_summary_and_come_back_with_it(store: Store) -> None:
    flood(store, 22)
    (summary,) = (p for p in due(store, now=NOON + MINUTE) if p.delivery.kind is DeliveryKind.SUMMARY)
    settle(store, summary.delivery, Dead(reason="invalid_blocks"))
    assert states(store).count(("open", "dead", "parent_dead")) == 2
    assert store.retry_deliveries([summary.delivery.id], now=NOON) == 3
    (again,) = (p for p in due(store) if p.delivery.kind is DeliveryKind.SUMMARY)
    assert len(again.alerts) == 2
    assert states(store).count(("open", "held", None)) == 2


def test_draining_ends_the_minute_and_what_floods_in_then_has_a_summary_of_its_own(store: Store) -> None:
    flood(store, 22, prefix="a")
    (first,) = (p for p in due(store, drain=True) if p.delivery.kind is DeliveryKind.SUMMARY)
    flood(store, 3, prefix="b", now=NOON + SECOND)
    settle(store, first.delivery, Sent())
    (second,) = (p for p in due(store, now=NOON + MINUTE) if p.delivery.kind is DeliveryKind.SUMMARY)
    assert (len(first.alerts), len(second.alerts)) == (2, 3)


@pytest.mark.parametrize("outcome", [Sent(remote_ref="C1/1.0"), Dead(reason="invalid_blocks")], ids=["sent", "dead"])
def test_an_alert_held_while_its_summary_is_on_its_way_is_not_lost(store: Store, outcome: SendOutcome) -> None:
    """A clock that stepped back, or another process's, lets a summary take in more after it was handed out."""
    flood(store, 22, prefix="a")
    (on_its_way,) = (p for p in due(store, now=NOON + MINUTE) if p.delivery.kind is DeliveryKind.SUMMARY)
    flood(store, 3, prefix="b", now=NOON + 59 * SECOND)
    settle(store, on_its_way.delivery, outcome)
    (summary,) = (p for p in due(store, now=NOON + MINUTE) if p.delivery.kind is DeliveryKind.SUMMARY)
    assert len(on_its_way.alerts) == 2
    assert {alert.group[1][1] for alert in summary.alerts} == {"b-000", "b-001", "b-002"}
    settle(store, summary.delivery, Sent())
    assert [state for state in states(store) if "held" in state] == []


def test_a_summary_that_failed_takes_in_what_was_held_meanwhile(store: Store) -> None:
    flood(store, 22, prefix="a")
    (on_its_way,) = (p for p in due(store, now=NOON + MINUTE) if p.delivery.kind is DeliveryKind.SUMMARY)
    flood(store, 3, prefix="b", now=NOON + 59 * SECOND)
    settle(store, on_its_way.delivery, Retry(reason="lost_answer"), NOON + MINUTE)
    (again,) = (p for p in due(store, now=NOON + MINUTE) if p.delivery.kind is DeliveryKind.SUMMARY)
    assert len(again.alerts) == 5


def test_draining_does_not_bring_a_failed_summary_forward(store: Store) -> None:
    flood(store, 21)
    (summary,) = (p for p in due(store, drain=True) if p.delivery.kind is DeliveryKind.SUMMARY)
    settle(store, summary.delivery, Retry(reason="ratelimited"), NOON + HOUR)
    assert "summary" not in kinds(due(store, drain=True))


def test_a_flood_of_thousands_comes_with_the_samples_of_the_gravest_only(store: Store) -> None:
    flood(store, 120, level=Level.LOW)
    flood(store, 5, prefix="grave", level=Level.CRITICAL)
    (summary,) = (p for p in due(store, now=NOON + MINUTE) if p.delivery.kind is DeliveryKind.SUMMARY)
    assert len(summary.alerts) == 105
    assert sum(bool(alert.samples) for alert in summary.alerts) == 50
    assert [alert.level for alert in summary.alerts[:6]] == [Level.CRITICAL] * 5 + [Level.LOW]


def test_one_destination_in_flood_holds_nothing_back_elsewhere(store: Store) -> None:
    flood(store, 20)
    record(store, match("x", group="x"), plans=[plan("security"), plan("other")], now=NOON + SECOND)
    assert [d.state for d in store.list_deliveries(limit=99) if d.destination == "other"] == [DeliveryState.DUE] * 2


class TestNotices:
    NOTICE = Notice(reason="access_denied", title="Cannot read", text="s3:GetObject is missing", level=Level.LOW)

    def notify(self, store: Store, *, now: datetime = NOON, text: str = "s3:GetObject is missing") -> bool:
        notice = Notice(reason="access_denied", title="Cannot read", text=text, level=Level.LOW)
        plans = [plan(min_level=Level.CRITICAL), plan("other", takes_notices=False)]
        return store.recorder.notify(notice, plans=plans, now=now)

    def test_a_notice_is_an_alert_sent_whatever_its_level_to_those_who_take_notices(self, store: Store) -> None:
        assert self.notify(store)
        (alert,) = store.list_alerts(now=NOON, with_notices=True)
        assert (alert.rule_id, alert.is_notice, alert.title) == ("notice:access_denied", True, "Cannot read")
        assert alert.samples[0].summary == "s3:GetObject is missing"
        assert [(d.destination, d.kind) for d in store.list_deliveries()] == [("security", DeliveryKind.OPEN)]

    def test_a_reason_is_told_once_an_hour_and_counted_in_between(self, store: Store) -> None:
        assert self.notify(store)
        assert not self.notify(store, now=NOON + 59 * MINUTE, text="latest")
        assert self.notify(store, now=NOON + HOUR)
        newest, first = store.list_alerts(now=NOON, with_notices=True)
        assert (first.count, first.samples[-1].summary, len(first.samples)) == (2, "latest", 2)
        assert newest.count == 1

    def test_a_notice_about_an_odd_name_is_recorded(self, store: Store) -> None:
        odd = "folder \ud800\0"
        notice = Notice(reason=f"no_shards:{odd}", title=f"Nothing in {odd}", text=odd)
        assert store.recorder.notify(notice, plans=[plan()], now=NOON)
        assert not store.recorder.notify(notice, plans=[plan()], now=NOON)

    def test_two_reasons_are_two_notices(self, store: Store) -> None:
        assert self.notify(store)
        assert store.recorder.notify(Notice(reason="state_new", title="t", text="x"), plans=[plan()], now=NOON)

    def tell(self, store: Store, *abouts: str, now: datetime = NOON, reason: str = "access_denied") -> list[str]:
        """Of these sources, files or the like those that were told."""
        plans = [plan()]
        told = {
            about: store.recorder.notify(Notice(reason=reason, title="t", text="x", about=about), plans=plans, now=now)
            for about in abouts
        }
        return [about for about, was_told in told.items() if was_told]

    def test_one_source_does_not_hide_another_that_is_refused_for_the_same_reason(self, store: Store) -> None:
        assert self.tell(store, "s3://a", "s3://b") == ["s3://a", "s3://b"]
        assert self.tell(store, "s3://a", "s3://b", now=NOON + 30 * MINUTE) == []
        counts = [(alert.group, alert.count) for alert in store.list_alerts(now=NOON, with_notices=True)]
        assert sorted(counts) == [((("about", "s3://a"),), 2), ((("about", "s3://b"),), 2)]
        assert self.tell(store, "s3://a", "s3://b", now=NOON + HOUR) == ["s3://a", "s3://b"]

    def test_a_name_that_no_store_takes_is_told_once_too(self, store: Store) -> None:
        odd = "\ud800\0" + "x" * 9999
        assert self.tell(store, odd, odd + "y") == [odd, odd + "y"]
        assert self.tell(store, odd) == []

    def test_many_sources_do_not_flood_the_channel(self, store: Store) -> None:
        many = [f"s3://{number}" for number in range(40)]
        assert self.tell(store, *many) == many[:5]
        assert self.tell(store, *many, now=NOON + 59 * MINUTE) == []
        assert len(due(store)) == 5
        assert self.tell(store, "s3://0", reason="throttled") == ["s3://0"]  # each reason has room of its own

    def test_sources_that_are_told_each_hour_leave_room_for_those_that_were_not(self, store: Store) -> None:
        many = [f"s3://{number}" for number in range(12)]
        told = [self.tell(store, *many, now=NOON + number * HOUR) for number in range(8)]
        assert set(many) == {about for some in told for about in some}
        assert {len(some) for some in told} <= {3, 4, 5}
        assert self.tell(store, *many[:3], now=NOON + 9 * HOUR) == many[:3]

    def test_notices_from_a_clock_that_was_ahead_use_up_no_room(self, store: Store) -> None:
        self.tell(store, *"abcde")
        assert self.tell(store, "f", now=NOON - 3 * HOUR) == ["f"]

    def test_what_was_told_a_day_ago_is_news_again(self, store: Store) -> None:
        many = [f"s3://{number}" for number in range(5)]
        self.tell(store, *many)
        assert self.tell(store, *many, now=NOON + 23 * HOUR + 30 * MINUTE) == many[:3]
        assert self.tell(store, *many[3:], now=NOON + 24 * HOUR) == many[3:]

    def test_notices_are_listed_only_when_asked_for(self, store: Store) -> None:
        self.notify(store)
        assert store.list_alerts(now=NOON) == []

    def test_a_notice_is_never_held_back_in_a_flood(self, store: Store) -> None:
        flood(store, 30)
        self.notify(store)
        assert [p.alerts[0].title for p in due(store)].count("Cannot read") == 1

    def test_notices_use_up_no_room_of_alerts(self, store: Store) -> None:
        for number in range(5):
            store.recorder.notify(Notice(reason=f"r{number}", title="t", text="x"), plans=[plan()], now=NOON)
        assert flood(store, 20).suppressed == {}

    @pytest.mark.parametrize("clock", [NOON - HOUR, NOON - 30 * MINUTE])
    def test_a_clock_that_stepped_back_silences_no_notice(self, store: Store, clock: datetime) -> None:
        self.notify(store)
        assert self.notify(store, now=clock)
