from __future__ import annotations

import threading
from collections.abc import Iterator

import pytest

from daemon.errors import ObjectGone
from daemon.sources.inputs.ahead import read_ahead
from daemon.sources.inputs.found import Found, NotRead, Promise, Readable, in_url_order
from tests.doubles.trail import NOON, object_of, shard_of


def readable(url: str) -> Readable:
    obj = object_of(shard_of(), NOON, unique=url)
    return Readable(url=url, object=obj, promise=Promise.EVENTS, read=lambda: url.encode())


def test_several_inputs_merge_in_order_and_what_both_hold_comes_once() -> None:
    one = iter([readable("a"), readable("c"), readable("d")])
    two = iter([readable("b"), readable("c")])
    assert [found.url for found in in_url_order([one, two])] == ["a", "b", "c", "d"]


def test_merging_takes_no_more_than_it_needs() -> None:
    taken: list[str] = []

    def watched() -> Iterator[Found]:
        for url in ("a", "b", "c"):
            taken.append(url)
            yield readable(url)

    next(in_url_order([watched()]))
    assert taken == ["a"]


def test_reading_ahead_keeps_the_order_and_hands_on_what_cannot_be_read() -> None:
    def fail() -> bytes:
        raise ObjectGone("gone")

    plain = [readable(f"{n:03}") for n in range(100)]
    gone = Readable(url="100", object=plain[0].object, promise=Promise.EVENTS, read=fail)
    stream = list(read_ahead(iter([*plain, NotRead(url="099x", reason="why"), gone])))
    assert [found.url for found in stream] == [*(found.url for found in plain), "099x", "100"]
    assert [found.read() for found in stream[:100] if isinstance(found, Readable)] == [p.url.encode() for p in plain]
    assert isinstance(stream[-1], Readable)
    with pytest.raises(ObjectGone):
        stream[-1].read()


def test_an_interruption_waits_for_no_read_that_hangs() -> None:
    released = threading.Event()

    def hang() -> bytes:
        released.wait(30)
        return b""

    hanging = Readable(url="1", object=readable("1").object, promise=Promise.EVENTS, read=hang)
    stream = read_ahead(iter([readable("0"), hanging, *(readable(f"2{n:03}") for n in range(100))]))
    try:
        assert next(stream).url == "0"
        stream.close()
        assert not released.is_set()
    finally:
        released.set()
