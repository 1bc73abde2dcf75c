"""What was in work when the daemon was killed: done behind all else, and set aside only after many times."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from daemon.model import LogObject, ObjectState
from daemon.service.crashes import OWN_CRASHES
from daemon.service.daemon import Daemon
from tests.doubles.daemons import NOON, Place, Standing, event, make_place


class Listening(Standing):
    """A folder that keeps what was read of it, in order."""

    def __init__(self, config: Any, **options: Any) -> None:
        super().__init__(config, **options)
        self.read: list[str] = []

    def get(self, obj: LogObject) -> bytes:
        self.read.append(obj.unique[0])
        return super().get(obj)


@pytest.fixture
def place(tmp_path: Path) -> Place:
    """With three files, of which A is the oldest."""
    place = make_place(tmp_path)
    for number, name in enumerate("ABC"):
        place.put(event(number), unique=name * 16, stamp=NOON + timedelta(minutes=number))
    return place


def leave_in_work(place: Place, *counted: str) -> None:
    """What a daemon leaves that was killed while it was at A and B; each of `counted` is counted once more."""
    with place.daemon() as daemon:
        daemon.polling.poll(daemon.watched[0])
        store = daemon.shared.store
        rows = store.list_objects(states=[ObjectState.PENDING], limit=9)
        ids = {row.object.unique[0]: row.row_id for row in rows}
        for name in counted:
            store.marks.count_crash(ids[name])
        store.marks.mark([ids["A"], ids["B"]])


def read_by(daemon: Daemon) -> list[str]:
    daemon.worker.work_off()
    source = daemon.watched[0].source
    assert isinstance(source, Listening)
    return source.read


def test_all_else_comes_before_what_was_in_work(place: Place) -> None:
    leave_in_work(place)
    with place.daemon(source=Listening) as daemon:
        assert read_by(daemon) == ["C", "A", "B"]


def test_what_was_counted_most_comes_last_so_that_one_file_is_not_met_by_each_kill(place: Place) -> None:
    leave_in_work(place, "A")
    with place.daemon(source=Listening) as daemon:
        assert read_by(daemon) == ["C", "B", "A"]


def test_a_file_is_set_aside_only_at_the_last_count(place: Place) -> None:
    leave_in_work(place, *"A" * (OWN_CRASHES - 1), *"B" * (OWN_CRASHES - 2))
    with place.daemon(source=Listening) as daemon:
        assert read_by(daemon) == ["C", "B"]
        rows = daemon.shared.store.list_objects(states=list(ObjectState), limit=9)
        states = sorted((row.object.unique[0], row.state.value, row.reason) for row in rows)
        assert states == [("A", "quarantined", "crashed"), ("B", "done", None), ("C", "done", None)]
