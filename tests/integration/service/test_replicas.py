"""Two whole daemons on one PostgreSQL, in one process: who lists, who sends, who speaks."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from daemon.model import Alert
from daemon.service.daemon import Daemon
from daemon.service.life import run_cycle
from tests.doubles import postgres
from tests.doubles.daemons import NOON, Place, event, make_place

Two = tuple[Daemon, Daemon]


@pytest.fixture
def place(tmp_path: Path) -> Place:
    place = make_place(tmp_path)
    place.put(event(1), event(2))
    return place


@pytest.fixture
def url() -> Iterator[str]:
    with postgres.database() as url:
        yield url


@pytest.fixture
def two(place: Place, url: str) -> Iterator[Two]:
    with ExitStack() as stack:
        more = f'state: {{url: "{url}"}}'
        yield tuple(stack.enter_context(place.daemon(more=more)) for _ in range(2))  # type: ignore[misc]  # two


def alerts(daemon: Daemon) -> list[Alert]:
    return daemon.shared.store.list_alerts(now=NOON, with_notices=True)


def test_one_lists_and_the_other_says_nothing_of_polls_until_it_does(two: Two) -> None:
    first, second = two
    assert first.polling.poll(first.watched[0]) is not None
    assert second.polling.poll(second.watched[0]) is None
    name = "trailwarden_last_poll_success_timestamp_seconds{"
    assert (name in first.shared.metrics.render().decode(), name in second.shared.metrics.render().decode()) == (
        True,
        False,
    )
    first.shared.store.close()
    assert second.polling.poll(second.watched[0]) is not None
    assert name in second.shared.metrics.render().decode()


def test_whoever_lists_proves_and_the_other_says_nothing_of_proofs(two: Two) -> None:
    first, second = two
    first.polling.poll(first.watched[0])
    for daemon in two:
        assert daemon.proving.prove(daemon.watched[0]) is not None
    name = "trailwarden_last_proof_timestamp_seconds{"
    assert [name in daemon.shared.metrics.render().decode() for daemon in two] == [True, False]
    first.shared.store.close()
    second.proving.prove(second.watched[0])
    assert second.proving.prove(second.watched[0]) is not None


def test_what_one_has_listed_the_other_works_off_and_sends_once(two: Two, place: Place) -> None:
    first, second = two
    first.polling.poll(first.watched[0])
    assert second.worker.work_off().done == 1
    assert first.worker.work_off().done == 0
    for daemon in (first, second):
        daemon.dispatcher.run_once()
    assert place.terminal.getvalue().count("A group was deleted") == 1
    assert first.shared.store.counts().destinations == {}


def test_a_single_cycle_beside_a_daemon_that_lists_is_no_failure(two: Two) -> None:
    first, second = two
    first.polling.poll(first.watched[0])
    assert run_cycle(second) == 0


def test_a_new_state_is_told_once(two: Two) -> None:
    told = [alert.rule_id for alert in alerts(two[0]) if "state_new" in alert.rule_id]
    assert len(told) == 1
    assert sum("state_new" in alert.rule_id for alert in alerts(two[1])) == 1


def test_a_broken_rule_is_told_once(two: Two, place: Place) -> None:
    place.write_rule(b"title: broken\n", name="broken.yml")
    for daemon in two:
        daemon.rules.reload()
    (told,) = (alert for alert in alerts(two[0]) if "rule_broken" in alert.rule_id)
    assert told.count == 2
    for daemon in two:
        daemon.dispatcher.run_once()
    assert place.terminal.getvalue().count("broken") >= 1
    assert sum(each.alert_id == told.id for each in two[0].shared.store.list_deliveries()) == 1


def test_one_sees_to_retention(two: Two) -> None:
    first, second = two
    first.prune()
    assert not second.shared.store.leases.hold("upkeep")
    second.prune()
