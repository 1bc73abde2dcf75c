"""Reading ahead: in order, a few at once, within a bound of bytes; a fault belongs to its object alone."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from dataclasses import replace

from daemon.errors import ObjectGone
from daemon.model import LogObject, ObjectState
from daemon.ports import LedgerRow
from daemon.service.fetching import Ahead, fetch_ahead
from tests.doubles.state_values import NOON, log_object


def rows(*sizes: int) -> list[LedgerRow]:
    return [
        LedgerRow(
            row_id=number,
            source="s3://trail",
            object=replace(log_object(f"{number:016}"), size=size),
            state=ObjectState.PENDING,
            reason=None,
            attempts=0,
            seen_at=NOON,
            due_at=NOON,
        )
        for number, size in enumerate(sizes)
    ]


def test_rows_come_in_order_with_their_bytes_and_a_fault_with_its_row() -> None:
    def get(obj: LogObject) -> bytes:
        if obj.unique.endswith("1"):
            raise ObjectGone("gone")
        return obj.unique.encode()

    with (
        ThreadPoolExecutor(4) as pool,
        closing(fetch_ahead(rows(1, 1, 1), get, pool=pool, ahead=Ahead(objects=3, bytes=9, patience_s=10))) as got,
    ):
        found = [each for each in got if each]

    assert [each.row.row_id for each in found] == [0, 1, 2]
    assert [each.data[-1:] for each in found] == [b"0", b"", b"2"]
    assert isinstance(found[1].fault, ObjectGone)


def test_what_is_read_ahead_stays_within_the_bound_and_a_larger_object_goes_alone() -> None:
    lock, under_way, most = threading.Lock(), [0], [0]

    def get(obj: LogObject) -> bytes:
        with lock:
            under_way[0] += obj.size
            most[0] = max(most[0], under_way[0])
        return b""

    sizes = (40, 40, 40, 500, 40, 40)
    with ThreadPoolExecutor(8) as pool:
        for fetched in filter(
            None, fetch_ahead(rows(*sizes), get, pool=pool, ahead=Ahead(objects=8, bytes=100, patience_s=10))
        ):
            with lock:
                under_way[0] -= fetched.row.object.size
    assert most[0] == 500


def test_objects_of_a_size_that_nobody_told_are_read_ahead_as_if_they_were_large() -> None:
    lock, under_way, most = threading.Lock(), [0], [0]

    def get(_obj: LogObject) -> bytes:
        with lock:
            under_way[0] += 1
            most[0] = max(most[0], under_way[0])
        return b""

    with ThreadPoolExecutor(8) as pool:
        ahead = Ahead(objects=8, bytes=17 << 20, patience_s=10)
        for _ in filter(None, fetch_ahead(rows(*[0] * 8), get, pool=pool, ahead=ahead)):
            with lock:
                under_way[0] -= 1
    assert most[0] <= 2


def test_a_read_that_hangs_is_told_of_again_and_again_and_then_comes() -> None:
    let_go = threading.Event()

    def get(obj: LogObject) -> bytes:
        assert let_go.wait(10)
        return b"here"

    ahead = Ahead(objects=1, bytes=9, patience_s=0.01)
    with ThreadPoolExecutor(1) as pool, closing(fetch_ahead(rows(1), get, pool=pool, ahead=ahead)) as got:
        assert [next(got), next(got)] == [None, None]
        let_go.set()
        assert [fetched.data for fetched in got if fetched] == [b"here"]
