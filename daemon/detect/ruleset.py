"""All rules over all records of a log file: content in; hits, rejects and counts out.

Records are read in runs of a few fields each (`columns`), dismissed by these (`index`), and decoded in full only when
a rule is still in play. What comes out is what evaluating every rule on every record in full would give.
"""

from __future__ import annotations

import hashlib
import re
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import msgspec
import structlog

from daemon.detect.columns import Columns
from daemon.detect.compile import compile_condition
from daemon.detect.index import Index
from daemon.detect.projection import choose_fields
from daemon.detect.witness import Explain, compile_witness
from daemon.model import Rule
from daemon.trail.faults import ReadFault
from daemon.trail.inflate import Inflation
from daemon.trail.loose import read_loose
from daemon.trail.record import LONGEST_RECORD, Record, Reject, Undecodable, decode_record, reject
from daemon.trail.records import Part, Run, Single, read_records

log = structlog.get_logger("trailwarden")
_TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z")
_MEMORY = 50_000
_MOST_REJECTS = 1_000
_REFUSALS = (msgspec.MsgspecError, UnicodeError, RecursionError)


@dataclass(frozen=True, slots=True, kw_only=True)
class Hit:
    """A rule said yes to a record. `explain` is `witness.matched_fields` of the rule, made ready."""

    rule: Rule
    raw: bytes
    record: Record
    explain: Explain


@dataclass(frozen=True, slots=True, kw_only=True)
class Evaluation:
    """What came of some content. `events` were evaluated; `rejects` come besides and are not among them.

    `newest_at` is the largest eventTime that looks like one; `errors` counts by rule id how often a rule raised.
    Past a thousand rejects, which only hostile content has, `further_rejects` counts and keeps no bytes.
    `left_out` counts by rule id the hits that the caller did not care to keep.
    """

    events: int
    hits: tuple[Hit, ...]
    rejects: tuple[Reject, ...]
    fault: ReadFault | None
    newest_at: str | None
    errors: Mapping[str, int]
    further_rejects: int = 0
    left_out: Mapping[str, int] = field(default_factory=dict)


@dataclass(slots=True)
class _Tally:
    keeps: Callable[[Hit], bool]
    events: int = 0
    hits: list[Hit] = field(default_factory=list)
    rejects: list[Reject] = field(default_factory=list)
    fault: ReadFault | None = None
    newest_at: str = ""
    errors: Counter[str] = field(default_factory=Counter)
    further_rejects: int = 0
    left_out: Counter[str] = field(default_factory=Counter)

    def hit(self, hit: Hit) -> None:
        if self.keeps(hit):
            self.hits.append(hit)
        else:
            self.left_out[hit.rule.id] += 1

    def close(self) -> Evaluation:
        return Evaluation(
            events=self.events,
            hits=tuple(self.hits),
            rejects=tuple(self.rejects),
            fault=self.fault or (ReadFault.UNDECODABLE_RECORD if self.rejects else None),
            newest_at=self.newest_at or None,
            errors=dict(self.errors),
            further_rejects=self.further_rejects,
            left_out=dict(self.left_out),
        )


class _Remembered(dict[Any, tuple[int, ...]]):
    """Key of a record -> the conditions still in play, asked once a key."""

    def __init__(self, columns: Columns, index: Index, *, memory: int) -> None:
        super().__init__()
        self._memory = memory
        self._columns = columns
        self._index = index

    def __missing__(self, key: Any) -> tuple[int, ...]:
        numbers = self._index.still_in_play(self._columns.known(key))
        if len(self) >= self._memory:
            self.clear()
        if self._columns.is_worth_keeping(key):
            self[key] = numbers
        return numbers


class RuleSet:
    """Rules made ready to run. Build it once; evaluating leaves nothing behind but what it remembers to be fast.

    `memory` is how many distinct values of a field, or rows of them, are remembered.
    """

    def __init__(self, rules: Sequence[Rule], *, digest: str | None = None, memory: int = _MEMORY) -> None:
        self.rules = tuple(rules)
        self.digest = digest or _digest(self.rules)
        self._rules = _by_condition(self.rules)
        conditions = [alike[0].condition for alike in self._rules]
        self._predicates = list(map(compile_condition, conditions))
        self._explain = list(map(compile_witness, conditions))
        self.fields = choose_fields(conditions)
        self._columns = Columns(self.fields, conditions, memory=memory)
        index = Index(conditions, fields=self.fields)
        self._remembered = _Remembered(self._columns, index, memory=memory)
        self._in_play = self._remembered.__getitem__

    @property
    def remembered(self) -> int:
        """How many rows are remembered now."""
        return len(self._remembered)

    def evaluate_object(
        self, data: bytes, *, max_bytes: int, keeps: Callable[[Hit], bool] = lambda hit: True
    ) -> Evaluation:
        """A log file as it is stored, gzip or plain. Never holds its whole content, unless that is odd.

        Of one whose content is over `max_bytes` or whose gzip is broken, the records before the fault are evaluated.
        `keeps` is asked of each hit as it comes: what it does not want is only counted.
        """
        content = Inflation(data, max_bytes=max_bytes)
        evaluation = self._evaluate(read_records(content, self._columns.decode), keeps=keeps)
        return replace(evaluation, fault=content.fault) if content.fault else evaluation

    def evaluate(self, content: bytes) -> Evaluation:
        """A log file's content, inflated."""
        return self._evaluate(read_records((content,), self._columns.decode))

    def evaluate_loose(self, content: bytes) -> Evaluation:
        """Anything that holds CloudTrail JSON (`trail.loose`)."""
        return self._evaluate(read_loose(content, self._columns.decode))

    def evaluate_records(self, raws: Iterable[bytes]) -> Evaluation:
        """The JSON text of single records."""
        return self._evaluate(map(Single, raws))

    def _evaluate(self, parts: Iterable[Part[Any]], keeps: Callable[[Hit], bool] = lambda hit: True) -> Evaluation:
        tally = _Tally(keeps)
        for part in parts:
            if isinstance(part, Run):
                self._run(part, tally)
            elif isinstance(part, Single):
                self._single(part.raw, tally)
            else:
                tally.fault = tally.fault or part
        return tally.close()

    def _run(self, run: Run[Any], tally: _Tally) -> None:
        items = run.items
        tally.events += len(items)
        tally.newest_at = _newest(tally.newest_at, self._columns.times(items))
        in_play = list(map(self._in_play, self._columns.keys(items)))
        if any(in_play):
            for raw, numbers in zip(run.split(), in_play, strict=True):
                if numbers:
                    self._look(bytes(raw), numbers, tally)

    def _single(self, raw: bytes, tally: _Tally) -> None:
        """One record by itself: where its fields cannot be read as expected, every rule looks at it."""
        text = b"[%b]" % raw
        try:
            items = self._columns.decode(text) if len(raw) <= LONGEST_RECORD else []
        except _REFUSALS:
            items = []
        if len(items) == 1:
            self._run(Run(items, text), tally)
            return
        tally.events += 1
        record = self._look(raw, range(len(self._predicates)), tally)
        if record is not None:
            tally.newest_at = _newest(tally.newest_at, [record.get("eventTime")])

    def _look(self, raw: bytes, numbers: Iterable[int], tally: _Tally) -> Record | None:
        """Decode a record in full and ask the conditions of these numbers."""
        try:
            record = decode_record(raw)
        except Undecodable as exc:
            tally.events -= 1
            if len(tally.rejects) < _MOST_REJECTS:
                tally.rejects.append(reject(raw, exc.reason))
            else:
                tally.further_rejects += 1
            return None
        for number in numbers:
            if self._holds(number, record, tally):
                explain = self._explain[number]
                for rule in self._rules[number]:
                    tally.hit(Hit(rule=rule, raw=raw, record=record, explain=explain))
        return record

    def _holds(self, number: int, record: Record, tally: _Tally) -> bool:
        try:
            return self._predicates[number](record)
        except Exception as exc:
            for rule in self._rules[number]:
                if rule.id not in tally.errors:
                    log.warning("rule raised", rule_id=rule.id, error=repr(exc))
                tally.errors[rule.id] += 1
            return False


def _by_condition(rules: Iterable[Rule]) -> list[list[Rule]]:
    """Rules that say the same, together. By `repr`, since 1 and 1.0 are equal here but differ as text."""
    alike: dict[str, list[Rule]] = {}
    for rule in rules:
        alike.setdefault(repr(rule.condition), []).append(rule)
    return list(alike.values())


def _newest(newest: str, times: list[Any]) -> str:
    try:
        latest = max(times, default="")
    except TypeError:  # some are missing, or no text
        latest = None
    if isinstance(latest, str) and latest <= newest:
        return newest
    if not (isinstance(latest, str) and _TIME.fullmatch(latest)):
        latest = max((time for time in times if isinstance(time, str) and _TIME.fullmatch(time)), default="")
    return max(newest, latest)


def _digest(rules: Iterable[Rule]) -> str:
    parts = sorted(f"{rule.id} {rule.digest} {rule.level} {rule.options!r}" for rule in rules)
    return hashlib.sha256("\n".join(parts).encode()).hexdigest()
