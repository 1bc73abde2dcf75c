"""What follows an alert to a destination with incidents of its own: once, behind its opening, and to nobody else."""

from __future__ import annotations

from daemon.model import Dead, DeliveryKind, Sent
from daemon.record.follow_ups import owe_follow_up
from daemon.record.store import Store
from tests.doubles.owing import MINUTE, due, flood, kinds, record, settle
from tests.doubles.state_values import NOON, match, plan

PAGER = plan(kinds=[DeliveryKind.OPEN, DeliveryKind.ACKNOWLEDGE, DeliveryKind.RESOLVE])
CHAT = plan(kinds=[DeliveryKind.OPEN])


def follow(store: Store, *alert_ids: str, kind: DeliveryKind = DeliveryKind.ACKNOWLEDGE, to: object = PAGER) -> int:
    with store.database.writing() as connection:
        return owe_follow_up(connection, alert_ids, kind, [to], now=NOON)  # type: ignore[list-item]


def test_an_acknowledgement_follows_the_message_that_opened_the_alert_and_only_once(store: Store) -> None:
    (alert,) = record(store, match("a"), plans=[PAGER]).opened
    (opening,) = due(store)
    settle(store, opening.delivery, Sent(remote_ref=alert.id))
    assert (follow(store, alert.id), follow(store, alert.id)) == (1, 0)
    (parcel,) = due(store)
    assert (parcel.delivery.kind, parcel.delivery.parent_ref) == (DeliveryKind.ACKNOWLEDGE, alert.id)
    assert follow(store, alert.id, kind=DeliveryKind.RESOLVE) == 1


def test_it_waits_until_the_alert_was_told(store: Store) -> None:
    (alert,) = record(store, match("a"), plans=[PAGER]).opened
    follow(store, alert.id)
    (opening,) = due(store)
    settle(store, opening.delivery, Sent(remote_ref="its-incident"))
    (parcel,) = due(store)
    assert (parcel.delivery.kind, parcel.delivery.parent_ref) == (DeliveryKind.ACKNOWLEDGE, "its-incident")


def test_a_destination_without_incidents_is_told_nothing(store: Store) -> None:
    (alert,) = record(store, match("a"), plans=[CHAT]).opened
    assert follow(store, alert.id, to=CHAT) == 0
    assert kinds(due(store)) == ["open"]


def test_an_alert_that_nobody_was_told_of_is_followed_by_nothing(store: Store) -> None:
    (alert,) = record(store, match("a"), plans=[PAGER]).opened
    (opening,) = due(store)
    settle(store, opening.delivery, Dead(reason="refused"))
    assert (follow(store, alert.id), follow(store, "no-such-alert")) == (0, 0)


def test_alerts_that_a_summary_told_have_no_incident_of_their_own(store: Store) -> None:
    opened = flood(store, 22).opened
    assert follow(store, *(alert.id for alert in opened)) == 20
    for parcel in due(store, now=NOON + MINUTE):
        settle(store, parcel.delivery, Sent(remote_ref="x"))
    assert kinds(due(store)).count("acknowledge") == 20
