"""What a poll's outcome makes people hear: refusals, silence, nothing to watch, a fault of ours."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from daemon.config import SourceConfig
from daemon.errors import EnvironmentReason, StoreError
from daemon.service.daemon import Daemon
from daemon.service.shared import Watched
from daemon.sources.outcome import FaultCount, PollOutcome
from tests.doubles.daemons import Place, make_place

FINE = PollOutcome(
    source="s3://trail",
    shards=2,
    listed=2,
    paused=0,
    new_objects=0,
    skipped={},
    faults={},
    is_complete=True,
)
DENIED = {EnvironmentReason.ACCESS_DENIED: FaultCount(count=1, message="access denied: allow s3:ListBucket")}


class Polls:
    """A poller whose outcomes the test gives."""

    def __init__(self, *answers: PollOutcome | Exception) -> None:
        self.answers = list(answers)

    def poll(self) -> PollOutcome:
        answer = self.answers.pop(0)
        if isinstance(answer, Exception):
            raise answer
        return answer


class Named:
    """A source of which only the name is asked."""

    def __init__(self, name: str) -> None:
        self.name = name


@pytest.fixture
def place(tmp_path: Path) -> Place:
    return make_place(tmp_path)


@pytest.fixture
def daemon(place: Place) -> Iterator[Daemon]:
    with place.daemon() as made:
        yield made


def poll(place: Place, daemon: Daemon, *answers: PollOutcome | Exception) -> list[str]:
    """Poll once for each answer, an hour apart; the titles of the notices that came of it."""
    watched = Watched(
        config=SourceConfig(url="s3://trail"),
        source=daemon.watched[0].source,
        poller=Polls(*answers),  # type: ignore[arg-type]
    )
    before = notices(place, daemon)
    for _ in answers:
        daemon.polling.poll(watched)
        place.clock.advance(timedelta(hours=1, minutes=1))
    return sorted((notices(place, daemon) - before).elements())


def notices(place: Place, daemon: Daemon) -> Counter[str]:
    listed = daemon.shared.store.list_alerts(now=place.clock(), with_notices=True)
    return Counter(alert.title for alert in listed)


def metrics(daemon: Daemon) -> str:
    return daemon.shared.metrics.render().decode()


def poll_two(daemon: Daemon, outcome: PollOutcome | Exception) -> None:
    """The same comes of polling each of two sources."""
    for name in ("s3://first", "s3://second"):
        answer = replace(outcome, source=name) if isinstance(outcome, PollOutcome) else outcome
        watched = Watched(config=SourceConfig(url=name), source=Named(name), poller=Polls(answer))  # type: ignore[arg-type]
        daemon.polling.poll(watched)


@pytest.mark.parametrize(
    ("outcome", "titles"),
    [
        (
            replace(FINE, faults=DENIED, is_complete=False),
            {"s3://first cannot be listed": 1, "s3://second cannot be listed": 1},
        ),
        (replace(FINE, shards=0, listed=0), {"No trail was found": 2}),
        (KeyError("x"), {"A fault in the program": 2}),
    ],
    ids=["denied", "empty", "crashed"],
)
def test_what_is_told_of_one_source_does_not_hide_the_same_of_another(
    place: Place, daemon: Daemon, outcome: PollOutcome | Exception, titles: dict[str, int]
) -> None:
    before = notices(place, daemon)
    for _ in range(2):  # within the hour
        poll_two(daemon, outcome)
    assert notices(place, daemon) - before == titles


def test_a_fault_of_ours_is_told_and_counted(place: Place, daemon: Daemon) -> None:
    assert poll(place, daemon, ZeroDivisionError(), StoreError("disk full")) == ["A fault in the program"]

    source = daemon.watched[0].source.name
    assert f'poll_errors_total{{reason="crashed",source="{source}"}} 1.0' in metrics(daemon)
    assert f'poll_errors_total{{reason="state",source="{source}"}} 1.0' in metrics(daemon)


def test_keys_passed_over_and_refusals_are_counted_by_reason(place: Place, daemon: Daemon) -> None:
    poll(place, daemon, replace(FINE, skipped={"not_a_log": 3}, faults=DENIED, is_complete=False))

    assert 'skipped_keys_total{reason="not_a_log",source="s3://trail"} 3.0' in metrics(daemon)
    assert 'poll_errors_total{reason="access_denied",source="s3://trail"} 1.0' in metrics(daemon)
    assert 'last_poll_success_timestamp_seconds{source="s3://trail"}' not in metrics(daemon)
