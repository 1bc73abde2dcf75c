"""A second way to evaluate rules over many events at once: no rule asks an event, each test asks each distinct value.

Sets of events are the bits of integers, `and`, `or` and `not` those of arithmetic. It knows no witness, no
projection and no dismissal, and is fast enough to be asked for every rule and every one of 100,000 events.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import msgspec

from daemon.condition import And, Condition, FieldRef, FieldTest, Not, Or, Test
from daemon.detect.compile import compile_condition
from daemon.detect.fields import compile_path
from daemon.detect.values import compile_test

Record = Mapping[str, Any]
Values = list[tuple[Any, list[Any], int]]  # each distinct list of values, its name before, its events behind


class Columnar:
    """Some events, and which of them a condition holds for. `known` remembers what a test said of a value."""

    def __init__(self, records: Sequence[Record], known: dict[str, dict[Any, bool]] | None = None) -> None:
        self._records = records
        self._known = {} if known is None else known
        self._all = (1 << len(records)) - 1
        self._columns: dict[str, Values] = {}

    def holds(self, condition: Condition) -> int:
        """Bit n says whether it holds for event n."""
        return self._within(condition, self._all)

    def _within(self, condition: Condition, asked: int) -> int:
        """Which of the events asked about it holds for."""
        match condition:
            case And(items=items):
                for item in sorted(items, key=_is_costly):
                    asked = self._within(item, asked) if asked else 0
                return asked
            case Or(items=items):
                found = 0
                for item in items:
                    found |= self._within(item, asked & ~found)
                return found
            case Not(item=item):
                return asked & ~self._within(item, asked)
            case FieldTest(field=field, test=test) if not isinstance(test, FieldRef):
                return asked & self._by_value(field, test)
        return self._by_record(compile_condition(condition), asked)

    def _by_value(self, field: str, test: Test) -> int:
        holds, found = compile_test(test), 0
        known = self._known.setdefault(repr((field, test)), {})
        for key, values, events in self._column(field):
            if key not in known:
                known[key] = holds(values)
            if known[key]:
                found |= events
        return found

    def _by_record(self, holds: Callable[[Record], bool], asked: int) -> int:
        digits = bin(asked)[:1:-1]
        return bits([n for n, record in enumerate(self._records[: len(digits)]) if digits[n] == "1" and holds(record)])

    def _column(self, field: str) -> Values:
        if field not in self._columns:
            numbers: dict[Any, list[int]] = {}
            kinds: dict[Any, list[Any]] = {}
            for number, values in enumerate(map(compile_path(field), self._records)):
                key = _key(values) if values else b""
                if key in numbers:
                    numbers[key].append(number)
                else:
                    numbers[key], kinds[key] = [number], values
            self._columns[field] = [(key, kinds[key], bits(found)) for key, found in numbers.items()]
        return self._columns[field]


def _is_costly(condition: Condition) -> bool:
    return not isinstance(condition, FieldTest) or isinstance(condition.test, FieldRef)


def _key(values: list[Any]) -> str | bytes:
    """JSON tells 1 from 1.0 and true; a text by itself is the usual case, and told from JSON by its type."""
    return values[0] if len(values) == 1 and isinstance(values[0], str) else msgspec.json.encode(values)


def bits(numbers: Sequence[int]) -> int:
    """An integer with these bits."""
    text = bytearray((max(numbers, default=0) >> 3) + 1)
    for number in numbers:
        text[number >> 3] |= 1 << (number & 7)
    return int.from_bytes(text, "little")
