"""What is owed to a destination that was renamed or taken out of the configuration."""

from __future__ import annotations

import pytest

from daemon.commands.deliveries import retry_deliveries
from daemon.model import DeliveryKind, DeliveryState, Sent
from daemon.ports import Parcel
from daemon.record.store import Store
from tests.doubles.state_values import NOON, match, plan, result


@pytest.fixture(autouse=True)
def _owed(store: Store) -> None:
    """One alert with details to each of two destinations."""
    plans = [plan("security"), plan("other")]
    store.recorder.complete([result(match())], plans=plans, ruleset_digest="", now=NOON)


def due(store: Store, name: str) -> list[Parcel]:
    return store.outbox.due(name, now=NOON, limit=99)


def states(store: Store, name: str) -> set[tuple[str, str | None]]:
    return {(d.state.value, d.reason) for d in store.list_deliveries(limit=999) if d.destination == name}


def test_what_is_owed_to_a_removed_destination_is_dead_with_its_reason(store: Store) -> None:
    assert store.set_removed_aside(["other", "new"], now=NOON) == {"security": 2}
    assert states(store, "security") == {("dead", "destination_removed")}
    assert states(store, "other") == {("due", None)}
    assert set(store.counts().destinations) == {"other"}
    assert store.set_removed_aside(["other", "new"], now=NOON) == {}


def test_what_is_owed_to_configured_destinations_stays_owed(store: Store) -> None:
    assert store.set_removed_aside(["security", "other"], now=NOON) == {}
    assert len(due(store, "security")) == 1


def test_putting_back_says_which_destination_is_not_there(store: Store, capsys: pytest.CaptureFixture[str]) -> None:
    store.set_removed_aside(["other"], now=NOON)

    assert retry_deliveries(store, [], all_dead=True, now=NOON) == 1
    told = capsys.readouterr()
    assert told.out.startswith("0 put back")
    assert told.err == "2 stay dead: no destination is called security at present\n"


def test_while_the_destination_is_not_configured_its_deliveries_cannot_be_put_back(store: Store) -> None:
    store.set_removed_aside(["other"], now=NOON)
    assert store.retry_deliveries(None, now=NOON) == 0
    assert states(store, "security") == {("dead", "destination_removed")}


@pytest.mark.parametrize("is_by_number", [False, True], ids=["all", "by number"])
def test_once_it_is_configured_again_they_are_put_back_and_sent_in_order(store: Store, is_by_number: bool) -> None:
    store.set_removed_aside(["other"], now=NOON)
    store.set_removed_aside(["other", "security"], now=NOON)
    opens = [d.id for d in store.list_deliveries() if (d.destination, d.kind) == ("security", DeliveryKind.OPEN)]
    assert store.retry_deliveries(opens if is_by_number else None, now=NOON) == 2
    (opened,) = due(store, "security")
    store.outbox.settle(opened.delivery, Sent(remote_ref="C1/1.0"), now=NOON, due_at=None)
    (details,) = due(store, "security")
    assert (details.delivery.kind, details.delivery.parent_ref) == (DeliveryKind.DETAILS, "C1/1.0")


def test_a_flood_that_was_set_aside_comes_back_as_its_summary(store: Store) -> None:
    many = [match(f"flood-{number}", group=f"flood-{number}") for number in range(30)]
    store.recorder.complete([result(*many)], plans=[plan("security")], ruleset_digest="", now=NOON)
    store.set_removed_aside(["other"], now=NOON)
    store.set_removed_aside(["security"], now=NOON)
    store.retry_deliveries(None, now=NOON)
    (summary,) = (parcel for parcel in due(store, "security") if parcel.delivery.kind is DeliveryKind.SUMMARY)
    assert len(summary.alerts) == 11
    held = [d for d in store.list_deliveries(limit=999) if d.state is DeliveryState.HELD]
    assert len(held) == 11
