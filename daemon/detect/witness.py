"""Says why a rule held: the leaves of the record that its positive tests found, for people to read in the alert."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from daemon.condition import And, Condition, Exists, FieldRef, FieldTest, Keyword, Not, Null, Or, Regex, Text
from daemon.detect.compile import compile_condition, compile_keyword
from daemon.detect.fields import json_text, leaves, resolve, scalars, text_of, texts
from daemon.detect.values import compile_leaf, compile_reference, compile_text

Fields = tuple[tuple[str, str], ...]


def matched_fields(condition: Condition, record: Mapping[str, Any]) -> Fields:
    """The (path, text) pairs that held, each once, in the order of the rule; nothing that stands under a negation.

    Tests that hold by what is absent (`Null`, `Exists` false) name nothing; `Exists` names the values found.
    """
    return tuple(dict.fromkeys(_held(condition, record)))


def _held(condition: Condition, record: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    match condition:
        case And(items=items):
            for item in items:
                yield from _held(item, record)
        case Or(items=items):
            for item in items:
                if compile_condition(item)(record):
                    yield from _held(item, record)
        case Not():
            return
        case FieldTest(field=field):
            yield from ((field, text) for text in _texts_held(condition, record))
        case Keyword():
            holds = compile_keyword(condition)
            yield from ((path, text_of(leaf)) for path, leaf in leaves(record) if leaf is not None and holds(leaf))


def _texts_held(condition: FieldTest, record: Mapping[str, Any]) -> Iterator[str]:
    values = resolve(record, condition.field)
    match condition.test:
        case Text() | Regex() as test:
            yield from _leaves_first(values, compile_text(test))
        case FieldRef() as test:
            others = resolve(record, test.field)
            compare = compile_reference(test)
            yield from _leaves_first(values, lambda text: compare([text], others))
        case Exists() | Null():
            yield from (_shown(leaf) for leaf in scalars(values) if leaf is not None)
        case test:
            holds = compile_leaf(test)
            yield from (_shown(leaf) for leaf in scalars(values) if holds(leaf))


def _shown(leaf: Any) -> str:
    return json_text(leaf) if isinstance(leaf, dict) else text_of(leaf)


def _leaves_first(values: list[Any], holds: Callable[[str], bool]) -> Iterator[str]:
    """The leaves that held, or where none did the whole value's JSON text that did."""
    for value in values:
        held = [text for text in texts([value]) if holds(text)]
        if isinstance(value, dict | list) and len(held) > 1:
            held = [text for text in held if text != json_text(value)]
        yield from held
