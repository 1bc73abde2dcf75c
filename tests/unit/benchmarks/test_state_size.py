"""The sizes that docs/state.md shows are reckoned from rows: what is reckoned is what a small organisation comes to."""

from __future__ import annotations

import pytest

from benchmarks.state_organisation import BEGIN, SWEEP, Organisation, Watching
from benchmarks.state_size import DAY, KINDS, measure, reckoned_rows
from daemon.record.store import open_store

SMALL = Organisation(accounts=1, regions=3, busy=1)


@pytest.fixture(scope="module")
def by_day(tmp_path_factory: pytest.TempPathFactory) -> list[dict[str, tuple[int, int]]]:
    """Rows and bytes of each kind after each of seven days, and once all is forgotten."""
    found = []
    with open_store(f"sqlite:///{tmp_path_factory.mktemp('state')}/state.db", now=BEGIN) as store:
        watching = Watching(store, SMALL)
        for day in range(7):
            while watching.now < BEGIN + (day + 1) * DAY:
                watching.go_on()
            found.append({kind: (part.rows, part.size_bytes) for kind, part in measure(store).items()})
        watching.forget_all()
        found.append({kind: (part.rows, part.size_bytes) for kind, part in measure(store).items()})
    return found


@pytest.mark.parametrize("kind", ["log files", "shards, and when they were heard", "digests of 4 days"])
def test_as_many_rows_are_left_as_were_reckoned(by_day: list[dict[str, tuple[int, int]]], kind: str) -> None:
    # The steps of the play are six hours, so that up to so much more or less is there at its end.
    most = reckoned_rows(SMALL)[kind]
    a_step = most * SWEEP / (3 * DAY)
    assert most - a_step <= by_day[6][kind][0] <= most + a_step


def test_it_stops_growing_once_as_much_is_forgotten_as_comes(by_day: list[dict[str, tuple[int, int]]]) -> None:
    total = [sum(size for _, size in day.values()) for day in by_day]
    assert total[0] < total[2]
    assert total[6] <= 1.1 * total[4]


def test_at_the_end_only_shards_and_chains_are_left(by_day: list[dict[str, tuple[int, int]]]) -> None:
    left = {kind: rows for kind, (rows, _) in by_day[7].items() if rows}
    assert left == {"shards, and when they were heard": SMALL.shards}


def test_without_digests_nothing_of_them_is_reckoned() -> None:
    rows = reckoned_rows(Organisation(accounts=2, has_digests=False))
    assert {kind: count for kind, count in rows.items() if "digest" in kind} == {
        kind: 0 for kind in KINDS if "digest" in kind
    }
