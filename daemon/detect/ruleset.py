"""All rules over all records of a log file: content in; hits, rejects and counts out.

Records are read in runs of a few fields each (`columns`), dismissed by these (`index`) or by their bytes (`search`),
and decoded in full only when a rule is still in play. What comes out is what evaluating every rule on every record in
full would give.
"""

from __future__ import annotations

import hashlib
import re
from collections import deque
from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from itertools import compress, count
from typing import Any, TypeVar

import msgspec
import structlog

from daemon.condition import Condition
from daemon.detect.columns import Columns
from daemon.detect.compile import compile_condition
from daemon.detect.evaluation import Evaluation, Everything, Findings, Hit, Tally
from daemon.detect.index import Index, collect_tests
from daemon.detect.projection import choose_reading
from daemon.detect.search import Search
from daemon.detect.witness import compile_witness
from daemon.model import Correlation, Rule, RuleHead
from daemon.trail.inflate import Hashed, Inflation
from daemon.trail.loose import read_loose
from daemon.trail.parts import Part, Run, Single
from daemon.trail.record import LONGEST_RECORD, Record, Undecodable, decode_record, reject
from daemon.trail.records import read_records

T = TypeVar("T")
log = structlog.get_logger("trailwarden")
_TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z")
_MEMORY = 50_000
_MOST_REJECTS = 1_000  # handed on of one content: more than that only hostile ones have, and they are counted
_REFUSALS = (msgspec.MsgspecError, UnicodeError, RecursionError)


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


class _AsAsked(dict[int, T]):
    """Number of a condition -> what is made of it, once it is asked for: most conditions of thousands never are."""

    def __init__(self, make: Callable[[Condition], T], conditions: Sequence[Condition]) -> None:
        super().__init__()
        self._make = make
        self._conditions = conditions

    def __missing__(self, number: int) -> T:
        made = self[number] = self._make(self._conditions[number])
        return made


class RuleSet:
    """Rules made ready to run. Build it once; evaluating leaves nothing behind but what it remembers to be fast.

    `correlations` are those that the rules count for, lower ones first; they are followed elsewhere. `memory` is how
    many distinct values of a field, or rows of them, are remembered.
    """

    def __init__(
        self,
        rules: Sequence[Rule],
        *,
        digest: str | None = None,
        memory: int = _MEMORY,
        correlations: Sequence[Correlation] = (),
    ) -> None:
        self.rules = tuple(rules)
        self.correlations = tuple(correlations)
        self.digest = digest or _digest((*self.rules, *self.correlations))
        self._rules = _by_condition(self.rules)
        conditions = [alike[0].condition for alike in self._rules]
        self._predicates = _AsAsked(compile_condition, conditions)
        self._explain = _AsAsked(compile_witness, conditions)
        reading = choose_reading(conditions)
        self.fields = reading.fields
        tests = collect_tests(conditions, self.fields)
        self._columns = Columns(tests, memory=memory)
        self._index = Index(conditions, tests, searched=reading.searched)
        self._search = Search(reading.searched) if reading.searched else None
        self._remembered = _Remembered(self._columns, self._index, memory=memory)
        self._in_play = self._remembered.__getitem__

    def compile_all(self) -> None:
        """Compile now what else is compiled when it is asked for; raises what compiling raises."""
        for number in range(len(self._rules)):
            _ = self._predicates[number], self._explain[number]

    @property
    def remembered(self) -> int:
        """How many rows are remembered now."""
        return len(self._remembered)

    def evaluate_object(
        self, data: bytes, *, max_bytes: int, findings: Findings | None = None, is_hashed: bool = False
    ) -> Evaluation:
        """A log file as it is stored, gzip or plain. Never holds its whole content, unless that is odd.

        Of one whose content is over `max_bytes` or whose gzip is broken, the records before the fault are evaluated.
        `findings` take in what is found record by record, which then is not held either. With `is_hashed` the content
        is hashed on the way.
        """
        content = Inflation(data, max_bytes=max_bytes)
        hashed = Hashed(content) if is_hashed else None
        pieces = iter(hashed or content)
        evaluation = self._evaluate(read_records(pieces, self._columns.decode), findings)
        if hashed is not None:
            deque(pieces, maxlen=0)  # what the reader left, should it have given up before the end
            evaluation = replace(evaluation, sha256=None if content.fault else hashed.sha256)
        return replace(evaluation, fault=content.fault) if content.fault else evaluation

    def evaluate(self, content: bytes, *, findings: Findings | None = None) -> Evaluation:
        """A log file's content, inflated."""
        return self._evaluate(read_records((content,), self._columns.decode), findings)

    def evaluate_loose(self, content: bytes, *, findings: Findings | None = None) -> Evaluation:
        """Anything that holds CloudTrail JSON (`trail.loose`)."""
        return self._evaluate(read_loose(content, self._columns.decode), findings)

    def evaluate_records(self, raws: Iterable[bytes]) -> Evaluation:
        """The JSON text of single records."""
        return self._evaluate(map(Single, raws), None)

    def _evaluate(self, parts: Iterable[Part[Any]], findings: Findings | None) -> Evaluation:
        if findings is None:
            everything = Everything()
            evaluation = self._evaluate(parts, everything)
            return replace(evaluation, hits=tuple(everything.hits), rejects=tuple(everything.rejects))
        tally = Tally(findings)
        for part in parts:
            if isinstance(part, Run):
                self._run(part, tally)
            elif isinstance(part, Single):
                self._single(part.raw, tally)
            else:
                tally.fault = tally.fault or part
        return tally.close()

    def _run(self, run: Run[Any], tally: Tally) -> None:
        items = run.items
        tally.events += len(items)
        tally.newest_at = _newest(tally.newest_at, self._columns.times(items))
        in_play = list(map(self._in_play, self._columns.keys(items)))
        if self._search and self._search.may_find(run.text):
            in_play = list(map(self._with_searched, self._columns.keys(items), run.split(), in_play))
        if any(in_play):
            looked_at = list(compress(count(), in_play))
            start, raws = run.split_around(looked_at[0], looked_at[-1])
            for number in looked_at:
                self._look(bytes(raws[number - start]), in_play[number], tally)

    def _with_searched(self, key: Any, raw: msgspec.Raw, numbers: tuple[int, ...]) -> tuple[int, ...]:
        """The conditions in play for a record, with those of which it has a piece."""
        found = self._search.conditions(bytes(raw)) if self._search else ()
        return self._index.not_dismissed({*numbers, *found}, self._columns.known(key)) if found else numbers

    def _single(self, raw: bytes, tally: Tally) -> None:
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
        record = self._look(raw, range(len(self._rules)), tally)
        if record is not None:
            tally.newest_at = _newest(tally.newest_at, [record.get("eventTime")])

    def _look(self, raw: bytes, numbers: Iterable[int], tally: Tally) -> Record | None:
        """Decode a record in full and ask the conditions of these numbers."""
        try:
            record = decode_record(raw)
        except Undecodable as exc:
            tally.events -= 1
            tally.rejected += 1
            if tally.rejected <= _MOST_REJECTS:
                tally.findings.rejected(reject(raw, exc.reason))
            return None
        hits = [
            Hit(rule=rule, raw=raw, record=record, explain=self._explain[number])
            for number in numbers
            if self._holds(number, record, tally)
            for rule in self._rules[number]
        ]
        if hits:
            tally.findings.found(hits)
        return record

    def _holds(self, number: int, record: Record, tally: Tally) -> bool:
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


def _digest(rules: Iterable[RuleHead]) -> str:
    parts = sorted(f"{rule.id} {rule.digest} {rule.level} {rule.options!r}" for rule in rules)
    return hashlib.sha256("\n".join(parts).encode()).hexdigest()
