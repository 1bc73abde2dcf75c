"""What the index would do with a rule for one record, and by which fields. Pure.

It works out for one rule, slowly, what the index does for all of them at once: a rule is passed over where the fields
that are read ahead say no, whatever the others hold, or where a text that must stand in the record does not.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

import msgspec

from daemon.condition import And, Condition, FieldRef, FieldTest, Not, Or
from daemon.detect.fragments import NOT_PLAIN
from daemon.detect.indexed import ANYWHERE, IndexedUnder, OnEveryEvent, describe_index
from daemon.detect.values import compile_test

_REFUSALS = (msgspec.MsgspecError, UnicodeError, RecursionError)
Known = Mapping[str, list[Any]]  # field -> what stands there: one scalar, or nothing


class IndexOutcome(StrEnum):
    """What the index does with a rule for a record."""

    PASSED_OVER = "passed_over"
    IN_PLAY = "in_play"
    READ_IN_FULL = "read_in_full"  # its fields hold what cannot be read ahead, so that every rule looks at it


@dataclass(frozen=True, slots=True, kw_only=True)
class IndexAnswer:
    """What the index would do. `dismissed_by` are the fields that settled it, each one by itself or else all together.

    The field ANYWHERE among them means that no required piece of text stands in the record.
    """

    outcome: IndexOutcome
    place: IndexedUnder | OnEveryEvent
    dismissed_by: tuple[str, ...] = ()


def ask_index(condition: Condition, *, fields: tuple[str, ...], raw: bytes) -> IndexAnswer:
    """What an index that reads these fields ahead (`RuleSet.fields`) does with a condition for a record's JSON text."""
    place = describe_index(condition, fields)
    known = _read_ahead(raw, fields)
    if known is None:
        return IndexAnswer(outcome=IndexOutcome.READ_IN_FULL, place=place)
    dismissed_by = tuple(_dismissing(condition, known)) or tuple(_lacking(place, raw))
    outcome = IndexOutcome.PASSED_OVER if dismissed_by else IndexOutcome.IN_PLAY
    return IndexAnswer(outcome=outcome, place=place, dismissed_by=dismissed_by)


def _read_ahead(raw: bytes, fields: tuple[str, ...]) -> Known | None:
    """What the fields hold; None where one of them can only be read by decoding the record."""
    try:
        record = msgspec.json.decode(raw, type=dict[str, Any])
    except _REFUSALS:
        return None
    found = {field: _value(record, field.split(".")) for field in fields}
    return None if None in found.values() else {field: values or [] for field, values in found.items()}


def _value(node: Any, parts: list[str]) -> list[Any] | None:
    """A text, a boolean or null, or nothing. None for all else: a number, an object, a key that itself has dots."""
    for number, part in enumerate(parts):
        if node is None:
            return []
        ends = range(number + 2, len(parts) + 1)
        if not isinstance(node, dict) or any(".".join(parts[number:end]) in node for end in ends):
            return None
        if part not in node:
            return []
        node = node[part]
    return [node] if node is None or isinstance(node, str | bool) else None


def _dismissing(condition: Condition, known: Known) -> Iterator[str]:
    """Each field that says no by itself; where none does and all together do, those without which they would not."""
    if _verdict(condition, known, known) is not False:
        return
    alone = [field for field in known if _verdict(condition, known, {field}) is False]
    needed = set(known)
    for field in known:
        if _verdict(condition, known, needed - {field}) is False:
            needed.remove(field)
    yield from alone or (field for field in known if field in needed)


def _verdict(condition: Condition, known: Known, among: Collection[str]) -> bool | None:
    """Yes, no, or None where it cannot be told from these fields."""
    match condition:
        case And(items=items):
            answers = [_verdict(item, known, among) for item in items]
            return False if False in answers else None if None in answers else True
        case Or(items=items):
            answers = [_verdict(item, known, among) for item in items]
            return True if True in answers else None if None in answers else False
        case Not(item=item):
            return None if (answer := _verdict(item, known, among)) is None else not answer
        case FieldTest(field=field, test=test) if field in among and not isinstance(test, FieldRef):
            return compile_test(test)(known[field])
    return None


def _lacking(place: IndexedUnder | OnEveryEvent, raw: bytes) -> Iterator[str]:
    """ANYWHERE, where the record is plain text and none of the pieces stands in it."""
    pieces = dict(place.literals).get(ANYWHERE) if isinstance(place, IndexedUnder) else None
    if pieces and not re.search(NOT_PLAIN, raw) and not any(piece.encode() in raw.lower() for piece in pieces):
        yield ANYWHERE
