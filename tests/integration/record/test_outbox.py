from __future__ import annotations

import pytest

from daemon.model import (
    REFUSED_ALONE,
    Dead,
    DeliveryKind,
    DeliveryState,
    Level,
    Mode,
    Pause,
    Retry,
    Sent,
)
from daemon.record.schema import deliveries
from daemon.record.store import Store
from tests.doubles.owing import HOUR, MINUTE, OPEN_ONLY, SECOND, due, kinds, record, settle, states
from tests.doubles.state_values import NOON, match, plan, rule


def test_a_new_alert_is_owed_to_each_destination_that_wants_it(store: Store) -> None:
    plans = [
        plan("security"),
        plan("critical", min_level=Level.CRITICAL),
        plan("terminal", kinds=[DeliveryKind.OPEN]),
    ]
    record(store, match(), plans=plans)
    owed = {(d.destination, d.kind.value) for d in store.list_deliveries()}
    assert owed == {("security", "open"), ("security", "details"), ("terminal", "open")}


def test_what_a_newer_version_beside_this_one_owes_is_left_to_it(store: Store) -> None:
    record(store, match("a"), plans=[plan(kinds=[DeliveryKind.OPEN])])
    with store.database.writing() as connection:
        connection.execute(deliveries.update().values(kind="of_next_year"))
    assert due(store, now=NOON) == []
    assert store.outbox.next_due_at("security") is None


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
