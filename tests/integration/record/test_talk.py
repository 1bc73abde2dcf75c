"""An alert that goes on, as its destinations are told of it: updates, replies, broadcasts, on both databases."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest

from daemon.model import (
    TALK,
    Answer,
    AnswerKind,
    Dead,
    DeliveryKind,
    DeliveryState,
    Escalation,
    Level,
    Match,
    Person,
    Plan,
    Retry,
    Rule,
    Sent,
    TraitKind,
)
from daemon.ports import Parcel
from daemon.record.store import Store, open_store
from tests.doubles.owing import HOUR, MINUTE, SECOND, due, kinds, record
from tests.doubles.state_values import NOON, log_object, match, plan, rule

PLAN = [replace(plan(kinds=(DeliveryKind.OPEN, *TALK)), repeat_interval=4 * HOUR)]
BOB = Person(id="command:bob", name="bob")
ALICE = {"eventName": "DeleteGroup", "sourceIPAddress": "203.0.113.7"}
RISING = replace(rule(), options=replace(rule().options, escalate=(Escalation(count=3, to=Level.CRITICAL),)))


def a_match(number: int, *, of: Rule | None = None, region: str = "us-east-1", **fields: Any) -> Match:
    found = match(f"event-{number}", of=of, record=ALICE | fields)
    return replace(found, event=replace(found.event, region=region))


def told(store: Store, parcel: Parcel, *, now: datetime, ref: str = "C1/1.0") -> None:
    store.outbox.settle(parcel.delivery, Sent(remote_ref=ref), now=now, due_at=None)


def opened(store: Store, *matches: Match, plans: Sequence[Plan] = PLAN) -> None:
    """An alert whose message is sent at noon."""
    record(store, *(matches or (a_match(0),)), plans=plans)
    (parcel,) = due(store)
    told(store, parcel, now=NOON)


def grow(store: Store, *matches: Match, now: datetime, plans: Sequence[Plan] = PLAN) -> None:
    record(store, *matches, plans=plans, now=now)


def send_all(store: Store, *, now: datetime) -> list[str]:
    """What is due then, sent."""
    sent = []
    while parcels := due(store, now=now, limit=1):
        sent += kinds(parcels)
        told(store, parcels[0], now=now)
    return sent


def test_growth_changes_the_message_thirty_seconds_after_it_was_sent(store: Store) -> None:
    opened(store)
    grow(store, a_match(1), now=NOON + SECOND)
    assert due(store, now=NOON + 29 * SECOND) == []
    assert store.outbox.next_due_at("security") == NOON + 30 * SECOND
    (update,) = due(store, now=NOON + 30 * SECOND)
    assert (update.delivery.kind, update.delivery.parent_ref) == (DeliveryKind.UPDATE, "C1/1.0")
    assert update.alerts[0].count == 2


def test_a_thousand_matches_owe_one_update_that_says_what_the_alert_is_then(store: Store) -> None:
    opened(store)
    for number in range(1, 30):
        grow(store, a_match(number), now=NOON + number * SECOND)
    (update,) = due(store, now=NOON + HOUR)
    assert update.alerts[0].count == 30
    assert len(store.list_deliveries()) == 2


def test_what_grows_again_is_updated_again_thirty_seconds_later_in_the_same_row(store: Store) -> None:
    opened(store)
    grow(store, a_match(1), now=NOON + MINUTE)
    assert send_all(store, now=NOON + MINUTE) == ["update"]
    grow(store, a_match(2), now=NOON + MINUTE + SECOND)
    assert due(store, now=NOON + MINUTE + 29 * SECOND) == []
    assert send_all(store, now=NOON + MINUTE + 30 * SECOND) == ["update"]
    assert len(store.list_deliveries()) == 2
    assert store.outbox.next_due_at("security") is None


@pytest.mark.parametrize("is_first", [True, False], ids=["its open", "an update"])
def test_what_comes_while_a_message_is_on_its_way_is_told_afterwards(store: Store, is_first: bool) -> None:
    record(store, a_match(0), plans=PLAN)
    if not is_first:
        assert send_all(store, now=NOON) == ["open"]
        grow(store, a_match(1), now=NOON + MINUTE)
    (on_its_way,) = due(store, now=NOON + MINUTE)
    grow(store, a_match(2, region="eu-west-1"), now=NOON + MINUTE)
    if not is_first:
        assert [d.kind.value for d in store.list_deliveries()] == ["broadcast", "update", "open"]
    told(store, on_its_way, now=NOON + MINUTE)
    assert send_all(store, now=NOON + MINUTE) == ["broadcast"]
    assert send_all(store, now=NOON + 2 * MINUTE) == ["update"]


def test_an_open_that_tells_all_leaves_nothing_to_be_told(store: Store) -> None:
    record(store, a_match(0), plans=PLAN)
    grow(store, a_match(1, region="eu-west-1"), now=NOON + SECOND)
    assert send_all(store, now=NOON + MINUTE) == ["open"]
    assert store.outbox.next_due_at("security") is None


def test_a_late_answer_to_an_earlier_update_does_not_settle_the_next(store: Store) -> None:
    opened(store)
    grow(store, a_match(1), now=NOON + MINUTE)
    (first,) = due(store, now=NOON + MINUTE)
    told(store, first, now=NOON + MINUTE)
    grow(store, a_match(2), now=NOON + 2 * MINUTE)
    told(store, first, now=NOON + 2 * MINUTE)
    assert kinds(due(store, now=NOON + 3 * MINUTE)) == ["update"]


def test_a_reply_says_what_is_new_since_the_thread_last_spoke(store: Store) -> None:
    opened(store)
    grow(store, a_match(1, sourceIPAddress="198.51.100.9"), now=NOON + SECOND)
    parcels = due(store, now=NOON + MINUTE)
    (reply,) = (parcel for parcel in parcels if parcel.delivery.kind is DeliveryKind.REPLY)
    assert reply.delivery.since is not None
    (news,) = reply.alerts[0].news(since=reply.delivery.since.version)
    assert (news.kind, news.value) == (TraitKind.ADDRESS, "198.51.100.9")


def test_more_of_the_same_adds_no_reply(store: Store) -> None:
    opened(store)
    for number in range(1, 5):
        grow(store, a_match(number), now=NOON + number * HOUR / 2)
        assert send_all(store, now=NOON + number * HOUR / 2) == ["update"]


def test_cheap_noise_does_not_fill_a_thread(store: Store) -> None:
    opened(store)
    sent: list[str] = []
    for number in range(1, 120):
        now = NOON + number * MINUTE
        grow(store, a_match(number, sourceIPAddress=f"198.51.100.{number}"), now=now)
        sent += send_all(store, now=now)
    assert sent.count("reply") <= 8
    assert sent.count("update") == 119
    assert "broadcast" not in sent


def test_a_rise_is_broadcast_at_once_and_again_whenever_it_rises(store: Store) -> None:
    opened(store, a_match(0, of=RISING))
    grow(store, a_match(1, of=RISING, region="eu-west-1"), now=NOON + SECOND)
    assert send_all(store, now=NOON + SECOND) == ["broadcast"]
    grow(store, a_match(2, of=RISING), now=NOON + 2 * SECOND)
    (broadcast,) = due(store, now=NOON + 2 * SECOND)
    assert (broadcast.delivery.kind, broadcast.delivery.level) == (DeliveryKind.BROADCAST, Level.CRITICAL)
    (alert,) = store.list_alerts(now=NOON)
    assert (alert.level, alert.rule_level, alert.count) == (Level.CRITICAL, Level.HIGH, 3)


def test_a_risen_alert_still_takes_matches_in(store: Store) -> None:
    opened(store, a_match(0, of=RISING))
    for number in range(1, 6):
        grow(store, a_match(number, of=RISING), now=NOON + number * MINUTE)
    assert [alert.count for alert in store.list_alerts(now=NOON)] == [6]


def test_an_alert_that_rises_to_a_destinations_level_opens_there(store: Store) -> None:
    grave = [replace(plan(min_level=Level.CRITICAL, kinds=(DeliveryKind.OPEN, *TALK)))]
    record(store, a_match(0, of=RISING), a_match(1, of=RISING), plans=grave)
    assert due(store) == []
    grow(store, a_match(2, of=RISING), now=NOON + MINUTE, plans=grave)
    assert kinds(due(store, now=NOON + MINUTE)) == ["open"]


def test_a_call_that_succeeds_after_denials_is_broadcast(store: Store) -> None:
    opened(store, a_match(0, errorCode="AccessDenied"))
    grow(store, a_match(1, errorCode="AccessDenied"), now=NOON + SECOND)
    assert due(store, now=NOON + SECOND) == []
    grow(store, a_match(2), now=NOON + 2 * SECOND)
    assert kinds(due(store, now=NOON + 2 * SECOND)) == ["broadcast"]


def test_broadcasts_of_one_alert_are_minutes_apart(store: Store) -> None:
    opened(store)
    rung = []
    for number in range(1, 41):
        now = NOON + number * 15 * SECOND
        grow(store, a_match(number, region=f"region-{number}"), now=now)
        rung += [now - NOON for kind in send_all(store, now=now) if kind == "broadcast"]
    assert rung == [15 * SECOND, 15 * SECOND + 5 * MINUTE]


def test_an_alert_that_goes_on_is_broadcast_every_repeat_interval(store: Store) -> None:
    opened(store)
    rung = []
    for number in range(1, 20):
        now = NOON + number * HOUR / 2
        grow(store, a_match(number), now=now)
        rung += [number / 2 for kind in send_all(store, now=now) if kind == "broadcast"]
    assert rung == [4.0, 8.0]


def test_without_a_repeat_interval_time_alone_rings_nobody(store: Store) -> None:
    quiet = [replace(PLAN[0], repeat_interval=None)]
    opened(store, plans=quiet)
    for number in range(1, 20):
        grow(store, a_match(number), now=NOON + number * HOUR / 2, plans=quiet)
        assert send_all(store, now=NOON + number * HOUR / 2) == ["update"]


def test_many_alerts_that_go_on_do_not_ring_all_at_once(store: Store) -> None:
    rules = [rule(f"r{number}", close_after=9 * HOUR) for number in range(25)]
    for number, of in enumerate(rules):
        now = NOON + number * MINUTE
        record(store, match(f"a{number}", of=of), plans=PLAN, now=now)
        assert send_all(store, now=now) == ["open"]
    later = NOON + 6 * HOUR
    record(store, *(match(f"b{number}", of=of) for number, of in enumerate(rules)), plans=PLAN, now=later)
    sent = send_all(store, now=later)
    assert (sent.count("broadcast"), sent.count("update")) == (20, 25)


def test_a_destination_that_can_do_no_more_than_open_gets_no_talk(store: Store) -> None:
    only = [plan(kinds=[DeliveryKind.OPEN])]
    opened(store, plans=only)
    grow(store, a_match(1, region="eu-west-1"), now=NOON + MINUTE, plans=only)
    assert store.outbox.next_due_at("security") is None


def test_under_a_dead_message_nothing_is_owed(store: Store) -> None:
    record(store, a_match(0), plans=PLAN)
    (parcel,) = due(store)
    store.outbox.settle(parcel.delivery, Dead(reason="invalid_blocks"), now=NOON, due_at=None)
    grow(store, a_match(1, region="eu-west-1"), now=NOON + MINUTE)
    assert store.outbox.next_due_at("security") is None


def test_a_message_that_is_gone_is_changed_no_more_and_still_rings(store: Store) -> None:
    opened(store)
    grow(store, a_match(1), now=NOON + MINUTE)
    (update,) = due(store, now=NOON + MINUTE)
    store.outbox.settle(update.delivery, Dead(reason="message_not_found"), now=NOON + MINUTE, due_at=None)
    grow(store, a_match(2), now=NOON + 2 * MINUTE)
    assert due(store, now=NOON + HOUR) == []
    grow(store, a_match(3, region="eu-west-1"), now=NOON + 3 * MINUTE)
    assert kinds(due(store, now=NOON + 3 * MINUTE)) == ["broadcast"]


def test_a_broadcast_that_was_refused_does_not_silence_the_next(store: Store) -> None:
    opened(store)
    grow(store, a_match(1, region="eu-west-1"), now=NOON + MINUTE)
    (broadcast,) = due(store, now=NOON + MINUTE, limit=1)
    store.outbox.settle(broadcast.delivery, Dead(reason="invalid_blocks"), now=NOON + MINUTE, due_at=None)
    grow(store, a_match(2), now=NOON + 2 * MINUTE)
    assert "broadcast" not in kinds(due(store, now=NOON + 5 * MINUTE))
    assert "broadcast" in kinds(due(store, now=NOON + 6 * MINUTE))


def test_an_alert_that_rises_leaves_the_summary_that_holds_it(store: Store) -> None:
    cheap = [match(f"flood-{number:02}", group=f"g{number}", of=rule("cheap")) for number in range(25)]
    record(store, *cheap, plans=PLAN)
    record(store, a_match(0, of=RISING), plans=PLAN, now=NOON + SECOND)
    assert len([d for d in store.list_deliveries(limit=99) if d.state.value == "held"]) == 6
    grow(store, a_match(1, of=RISING), a_match(2, of=RISING), now=NOON + 2 * SECOND)
    first = due(store, now=NOON + 2 * SECOND)[0]
    assert (first.delivery.kind, first.alerts[0].level) == (DeliveryKind.OPEN, Level.CRITICAL)


def test_what_a_summary_told_is_not_updated_and_rings_below_it(store: Store) -> None:
    cheap = [match(f"flood-{number:02}", group=f"g{number}", of=rule("cheap")) for number in range(25)]
    record(store, *cheap, plans=PLAN)
    record(store, a_match(0), plans=PLAN, now=NOON + SECOND)
    send_all(store, now=NOON + MINUTE)
    grow(store, a_match(1), now=NOON + 2 * MINUTE)
    assert due(store, now=NOON + HOUR) == []
    grow(store, a_match(2, region="eu-west-1"), now=NOON + 3 * MINUTE)
    (broadcast,) = due(store, now=NOON + 3 * MINUTE)
    assert (broadcast.delivery.kind, broadcast.delivery.parent_ref) == (DeliveryKind.BROADCAST, "C1/1.0")


def test_the_next_alert_of_a_group_names_the_one_before(store: Store) -> None:
    opened(store)
    record(store, a_match(1), plans=PLAN, now=NOON + 2 * HOUR)
    (parcel,) = due(store, now=NOON + 2 * HOUR)
    assert parcel.previous is not None
    (_, before) = store.list_alerts(now=NOON)
    assert (parcel.previous.id, parcel.previous.remote_ref) == (before.id, "C1/1.0")


def test_an_update_that_slack_does_not_take_now_waits_and_stays_one(store: Store) -> None:
    opened(store)
    grow(store, a_match(1), now=NOON + MINUTE)
    (update,) = due(store, now=NOON + MINUTE)
    later = NOON + 2 * MINUTE
    store.outbox.settle(update.delivery, Retry(reason="rate_limited"), now=NOON + MINUTE, due_at=later)
    grow(store, a_match(2), now=NOON + 90 * SECOND)
    assert due(store, now=NOON + 100 * SECOND) == []
    (again,) = due(store, now=later)
    assert again.alerts[0].count == 3


def test_updates_can_be_left_out_and_come_after_what_rings(store: Store) -> None:
    opened(store)
    grow(store, a_match(1), now=NOON + MINUTE)
    record(store, match("low", of=rule("low", level=Level.LOW)), plans=PLAN, now=NOON + MINUTE)
    assert kinds(due(store, now=NOON + MINUTE)) == ["open", "update"]
    left = store.outbox.due("security", now=NOON + MINUTE, limit=9, without=[DeliveryKind.UPDATE])
    assert kinds(left) == ["open"]


def test_talk_that_waits_for_its_time_is_not_counted_as_left(store: Store) -> None:
    opened(store)
    grow(store, a_match(1), now=NOON + SECOND)
    assert store.counts(now=NOON + 2 * SECOND).destinations == {}
    assert store.counts(now=NOON + MINUTE).destinations["security"].pending == 1
    assert store.outbox.next_due_at("security") == NOON + timedelta(seconds=30)


def test_a_crash_between_sending_and_settling_repeats_that_message_alone(state_url: str) -> None:
    with open_store(state_url, now=NOON) as store:
        opened(store)
        grow(store, a_match(1, region="eu-west-1"), now=NOON + MINUTE)
        (lost,) = due(store, now=NOON + MINUTE, limit=1)  # sent, and then the daemon is killed
    with open_store(state_url, now=NOON) as store:
        assert [d.state.value for d in store.list_deliveries()].count("due") == 2
        assert lost.delivery.id in {d.id for d in store.list_deliveries(state=DeliveryState.DUE)}


def test_what_a_queue_said_is_changed_when_its_log_file_confirms_it(store: Store) -> None:
    said = log_object("SAID")
    inline = replace(said, url="queue:calls")
    found = a_match(0)
    record(store, replace(found, event=replace(found.event, object=inline)), plans=PLAN)
    assert send_all(store, now=NOON) == ["open"]
    grow(store, found, now=NOON + MINUTE)
    (update,) = due(store, now=NOON + MINUTE)
    assert update.delivery.kind is DeliveryKind.UPDATE
    assert update.alerts[0].samples[0].object_url == found.event.object.url
    assert update.alerts[0].count == 1


def test_who_has_no_threads_is_told_of_what_rings_also_after_an_acknowledgement_and_of_no_repeats(store: Store) -> None:
    plain = [plan(kinds=(DeliveryKind.OPEN, DeliveryKind.BROADCAST))]
    opened(store, plans=plain)
    alert_id = store.list_alerts(now=NOON)[0].id
    store.answers.give(Answer(kind=AnswerKind.ACKNOWLEDGE, by=BOB, alert_id=alert_id), plans=plain, now=NOON)
    grow(store, a_match(1), now=NOON + MINUTE, plans=plain)
    grow(store, a_match(2), now=NOON + 20 * HOUR / 24, plans=plain)
    assert send_all(store, now=NOON + HOUR) == []
    grow(store, a_match(3, region="eu-west-1"), now=NOON + HOUR, plans=plain)
    assert send_all(store, now=NOON + HOUR) == ["broadcast"]


def test_an_answer_changes_the_message_at_once_and_again_with_the_next(store: Store) -> None:
    opened(store)
    alert_id = store.list_alerts(now=NOON)[0].id

    def say(kind: AnswerKind, *, at: datetime) -> list[Parcel]:
        store.answers.give(Answer(kind=kind, by=BOB, alert_id=alert_id), plans=PLAN, now=at)
        return due(store, now=at)

    (update,) = say(AnswerKind.ACKNOWLEDGE, at=NOON + SECOND)
    assert (update.delivery.kind, update.delivery.parent_ref) == (DeliveryKind.UPDATE, "C1/1.0")
    assert (update.answers and update.answers.acknowledged_by) == BOB
    assert [each.delivery.kind for each in say(AnswerKind.ACKNOWLEDGE, at=NOON + SECOND)] == [DeliveryKind.UPDATE]
    told(store, update, now=NOON + 2 * SECOND)
    (again,) = say(AnswerKind.EXPECTED, at=NOON + 3 * SECOND)
    assert (again.answers and again.answers.verdict) is AnswerKind.EXPECTED
    told(store, again, now=NOON + 3 * SECOND)
    assert store.outbox.next_due_at("security") is None


def test_an_answer_while_the_message_is_on_its_way_changes_it_afterwards(store: Store) -> None:
    record(store, a_match(0), plans=PLAN)
    (on_its_way,) = due(store)
    assert on_its_way.answers is None
    alert_id = on_its_way.delivery.alert_id
    store.answers.give(Answer(kind=AnswerKind.ACKNOWLEDGE, by=BOB, alert_id=alert_id), plans=PLAN, now=NOON)
    told(store, on_its_way, now=NOON + SECOND)
    assert send_all(store, now=NOON + MINUTE) == ["update"]
