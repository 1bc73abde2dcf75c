from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from daemon.commands.replay.judge import Said
from daemon.commands.replay.run import Backtest, Tally
from daemon.errors import ObjectGone, StoreError
from daemon.model import LogObject, Match, ObjectResult, ObjectState
from daemon.sources.inputs.found import Found, Promise, Readable
from daemon.sources.inputs.window import Window
from tests.doubles.state_values import match

AT = datetime(2026, 3, 2, tzinfo=UTC)
OBJECT = LogObject(
    bucket="b",
    key="k",
    account="",
    region="",
    org_id=None,
    kind="CloudTrail",
    stamped_at=AT,
    unique="",
    size=1,
    etag="",
    last_modified=AT,
    url="file:/k",
)


Take = Callable[[Match], None]


def file(url: str = "file:/k", *, data: bytes | None = b"x") -> Readable:
    def read() -> bytes:
        if data is None:
            raise ObjectGone(f"{url}: no longer there")
        return data

    return Readable(url=url, object=OBJECT, promise=Promise.EVENTS, read=read)


def result(*, events: int) -> ObjectResult:
    return ObjectResult(row_id=None, object=OBJECT, state=ObjectState.DONE, events=events)


def test_one_file_that_breaks_the_program_is_named_and_the_others_are_read() -> None:
    told: list[Said] = []
    tally = Tally()

    def evaluate(obj: LogObject, data: bytes, *, take: Take) -> ObjectResult:
        if data == b"bad":
            raise RuntimeError("no idea")
        return result(events=3)

    found: list[Found] = [file("file:/a"), file("file:/b", data=b"bad"), file("file:/c", data=None), file("file:/d")]
    Backtest(
        evaluate=evaluate, record=len, window=Window(), tell=told.append, show=lambda tally: None, tally=tally
    ).read(found)
    assert [each.url for each in told] == ["file:/b", "file:/c"]
    assert "no idea" in told[0].reason
    assert told[1].reason == "no longer there"
    assert (tally.objects, tally.events, tally.faults) == (2, 6, 2)


def test_a_summary_of_nothing_has_no_time() -> None:
    assert Tally().summary().seconds == 0


def backtest(found: Iterable[Match], record: Callable[[list[ObjectResult]], int], **options: Any) -> Backtest:
    """One in which every file holds these matches."""

    def evaluate(obj: LogObject, data: bytes, *, take: Take) -> ObjectResult:
        for one in found:
            take(replace(one, event=replace(one.event, object=obj)))
        return result(events=1)

    options = {"window": Window(), "tell": lambda told: None, "show": lambda tally: None, **options}
    return Backtest(evaluate=evaluate, record=record, **options)


def test_matches_without_end_in_one_file_are_recorded_as_they_come() -> None:
    sizes: list[int] = []

    def record(results: list[ObjectResult]) -> int:
        sizes.append(sum(len(each.matches) for each in results))
        return sizes[-1]

    one = match()
    test = backtest((one for _ in range(10_500)), record)
    test.read([file()])
    assert (sizes, test.tally.matches) == ([1_000] * 10 + [500], 10_500)


def test_matches_are_recorded_with_the_file_that_holds_them() -> None:
    recorded: list[ObjectResult] = []

    def record(results: list[ObjectResult]) -> int:
        recorded.extend(results)
        return len(results)

    others = replace(OBJECT, key="k2", url="file:/k2")
    found = [file(), replace(file("file:/k2"), object=others)]
    backtest([match("one"), match("two")], record).read(found)
    assert [(each.object.url, len(each.matches)) for each in recorded] == [("file:/k", 2), ("file:/k2", 2)]


def test_matches_outside_of_the_window_are_not_recorded() -> None:
    recorded: list[ObjectResult] = []

    def record(results: list[ObjectResult]) -> int:
        recorded.extend(results)
        return 1

    late = match("late", at=AT + timedelta(days=400))
    backtest([match("one", at=AT), late], record, window=Window(until=AT + timedelta(days=1))).read([file()])
    assert [each.event.id for one in recorded for each in one.matches] == ["one"]


def test_a_store_that_fails_ends_the_backtest_instead_of_being_blamed_on_the_file() -> None:
    def record(results: list[ObjectResult]) -> int:
        raise StoreError("disk full")

    one = match()
    with pytest.raises(StoreError):
        backtest((one for _ in range(1_000)), record).read([file()])
