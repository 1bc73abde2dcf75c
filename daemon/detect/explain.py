"""Says of every part of a condition whether it held for a record, and what its tests saw there. Pure."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from typing import Any

from daemon.condition import And, Condition, FieldRef, FieldTest, Keyword, Not, Or
from daemon.detect.compile import compile_condition, compile_keyword
from daemon.detect.describe import describe_test
from daemon.detect.fields import leaves, resolve

MISSING = "nothing"
_NOWHERE = "none such in the whole event"
_LONGEST = 120
_MOST_VALUES = 50  # more do not fit into what is shown

Show = Callable[[str, Any], Any]  # a field and what it holds to what may be shown of that


class Kind(StrEnum):
    """What a part of a condition is, as its line reads; a test reads `field asks`."""

    ALL = "all of"
    ANY = "any of"
    NOT = "not"
    TEST = "test"


@dataclass(frozen=True, slots=True, kw_only=True)
class Explained:
    """A part of a condition and whether it held. Tests have no parts, all others nothing else.

    `saw` is what stood in the field, as JSON, cut short and with nothing in it that a terminal would obey.
    """

    kind: Kind
    holds: bool
    parts: tuple[Explained, ...] = ()
    field: str = ""
    asks: str = ""
    saw: str = ""


def explain(condition: Condition, record: Mapping[str, Any], *, show: Show = lambda _, value: value) -> Explained:
    """The whole tree, every part evaluated by itself; `show` masks what is not to be seen."""

    @cache  # a list of three hundred names asks the same field as often
    def saw(field: str) -> str:
        return seen(record, field, show=show)

    def part(condition: Condition) -> Explained:
        match condition:
            case And(items=items):
                parts = tuple(map(part, items))
                return Explained(kind=Kind.ALL, holds=all(each.holds for each in parts), parts=parts)
            case Or(items=items):
                parts = tuple(map(part, items))
                return Explained(kind=Kind.ANY, holds=any(each.holds for each in parts), parts=parts)
            case Not(item=item):
                inner = part(item)
                return Explained(kind=Kind.NOT, holds=not inner.holds, parts=(inner,))
            case Keyword():
                return _keyword(condition, record, show)
            case _:
                return _test(condition, record, saw)

    return part(condition)


def seen(record: Mapping[str, Any], field: str, *, show: Show) -> str:
    """What stands in a field, as JSON, cut short and harmless; or that nothing does."""
    return _shown([show(field, value) for value in resolve(record, field)[:_MOST_VALUES]])


def deciding(explained: Explained) -> Iterator[Explained]:
    """The tests that settled it: had all of them gone the other way, so had the whole."""
    if explained.kind is Kind.TEST:
        yield explained
        return
    is_not = explained.kind is Kind.NOT
    for part in explained.parts:
        if is_not or part.holds is explained.holds:
            yield from deciding(part)


def _test(condition: FieldTest, record: Mapping[str, Any], saw: Callable[[str], str]) -> Explained:
    found = saw(condition.field)
    if isinstance(condition.test, FieldRef):
        found = f"{found}; in {harmless(condition.test.field)}: {saw(condition.test.field)}"
    return Explained(
        kind=Kind.TEST,
        holds=compile_condition(condition)(record),
        field=condition.field,
        asks=describe_test(condition.test),
        saw=found,
    )


def _keyword(condition: Keyword, record: Mapping[str, Any], show: Show) -> Explained:
    """A search of the whole event: what it saw is the first place where it is."""
    holds = compile_keyword(condition)
    found = next(((path, value) for path, value in leaves(record) if holds(value)), None)
    return Explained(
        kind=Kind.TEST,
        holds=found is not None,
        field="any value",
        asks=describe_test(condition.test),
        saw=_NOWHERE if found is None else f"{harmless(found[0])}: {_shown([show(*found)])}",
    )


def _shown(values: list[Any]) -> str:
    if not values:
        return MISSING
    text = ", ".join(json.dumps(value, ensure_ascii=False, default=str) for value in values)
    text = harmless(text[: _LONGEST + 1])
    return text if len(text) <= _LONGEST else f"{text[:_LONGEST]}…"


def harmless(text: str) -> str:
    """What a terminal would obey, or would not show, as JSON escapes it: seen, and not taken away."""
    if text.isprintable():
        return text
    return "".join(letter if letter.isprintable() else json.dumps(letter)[1:-1] for letter in text)
