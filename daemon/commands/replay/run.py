"""A backtest: what was found goes in, batches of hits go into a throw-away store, counts and faults come out."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import datetime
from itertools import groupby
from typing import Protocol

import structlog

from daemon.commands.replay.judge import ReadInPart, Said, judge
from daemon.commands.replay.output import Summary
from daemon.errors import TrailwardenError
from daemon.model import Contribution, LogObject, Match, ObjectResult, ObjectState
from daemon.pipeline import Found as Hit
from daemon.sources.inputs.found import Found, NotRead, PassedOver, Readable, refused
from daemon.sources.inputs.window import Window

log = structlog.get_logger("trailwarden")

_BATCH_OBJECTS = 500
_BATCH_MATCHES = 1_000  # this bounds the memory: one file may hold any number of them


class Evaluate(Protocol):
    """A file's bytes to its result; matches and contributions go to `take` one by one, as they are found."""

    def __call__(self, obj: LogObject, data: bytes, *, take: Callable[[Hit], None]) -> ObjectResult:
        """Read it."""


@dataclass(slots=True, kw_only=True)
class Tally:
    """The counts so far. `oldest_at`: the first log file that CloudTrail named, or match, whichever is earlier."""

    objects: int = 0
    events: int = 0
    rejects: int = 0
    matches: int = 0
    bytes: int = 0
    began_s: float | None = None
    ended_s: float = 0.0
    faults: int = 0
    oldest_at: datetime | None = None

    def reach(self, at: datetime) -> None:
        """The history that is read holds something of this time."""
        if self.oldest_at is None or at < self.oldest_at:
            self.oldest_at = at

    def conclude(self, firings: int) -> None:
        """What correlations came to at the end."""
        if firings:
            self.matches += firings
            self.ended_s = time.perf_counter()

    def summary(self) -> Summary:
        """As it is printed."""
        seconds = self.ended_s - self.began_s if self.began_s is not None else 0.0
        return Summary(
            objects=self.objects,
            events=self.events,
            rejects=self.rejects,
            matches=self.matches,
            bytes=self.bytes,
            seconds=round(max(seconds, 0.0), 6),
        )


@dataclass(slots=True, kw_only=True)
class Backtest:
    """Evaluates one file after the other. `record` stores results and gives the number of new matches.

    Matches are stored as they come, also those of a file that turns out to be readable only in part.

    `tell` hears of everything that was not evaluated, `show` of the counts after each file.
    """

    evaluate: Evaluate
    record: Callable[[list[ObjectResult]], int]
    window: Window
    tell: Callable[[Said], None]
    show: Callable[[Tally], None]
    tally: Tally = field(default_factory=Tally)
    _waiting: list[Hit] = field(default_factory=list)
    _objects_since: int = 0

    def read(self, found: Iterable[Found]) -> None:
        """Evaluate all of it. An interruption leaves the tally true for what was done."""
        for each in found:
            if isinstance(each, Readable):
                self._file(each)
            else:
                self._pass(each)
        self._flush()

    def _file(self, file: Readable) -> None:
        if self.tally.began_s is None:
            self.tally.began_s = time.perf_counter()
        try:
            data = file.read()
        except TrailwardenError as fault:
            self._pass(refused(file.url, fault))
            return
        try:
            result = self.evaluate(file.object, data, take=self._hit)
        except TrailwardenError:  # what was found could not be recorded
            raise
        except Exception as fault:  # the top of a loop: one file must not cost the rest of a long history
            log.exception("file broke the program", url=file.url)
            self._pass(NotRead(url=file.url, reason=f"the program broke on it, please report that: {fault!r}"))
            return
        told = judge(file, result, data=data)
        if told is not None:
            self._pass(told)
        if not isinstance(told, NotRead | PassedOver):
            self._take(result, size=len(data))

    def _pass(self, told: Said) -> None:
        self.tally.faults += isinstance(told, NotRead | ReadInPart)
        self.tell(told)

    def _take(self, result: ObjectResult, *, size: int) -> None:
        self.tally.objects += 1
        self.tally.events += result.events
        self.tally.rejects += result.rejects
        self.tally.bytes += size
        if result.object.unique:  # CloudTrail named it: what happened from its minute on is in it or its followers
            self.tally.reach(result.object.stamped_at)
        self._objects_since += 1
        if self._objects_since >= _BATCH_OBJECTS:
            self._flush()
        self.tally.ended_s = time.perf_counter()
        self.show(self.tally)

    def _hit(self, hit: Hit) -> None:
        if self.window.covers(hit.event.at):
            self._waiting.append(hit)
            if hit.event.at is not None:
                self.tally.reach(hit.event.at)
        if len(self._waiting) >= _BATCH_MATCHES:
            self._flush()

    def _flush(self) -> None:
        if self._waiting:
            self.tally.matches += self.record(_by_object(self._waiting))
            self.tally.ended_s = time.perf_counter()
        self._waiting = []
        self._objects_since = 0


def _by_object(hits: list[Hit]) -> list[ObjectResult]:
    """Those of one object come one after the other."""
    groups = (list(of_one) for _, of_one in groupby(hits, key=lambda hit: id(hit.event.object)))
    return [
        ObjectResult(
            row_id=None,
            object=some[0].event.object,
            state=ObjectState.DONE,
            matches=tuple(hit for hit in some if isinstance(hit, Match)),
            contributions=tuple(hit for hit in some if isinstance(hit, Contribution)),
        )
        for some in groups
    ]
