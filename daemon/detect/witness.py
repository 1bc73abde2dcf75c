"""Says why a rule held: the leaves of the record that its positive tests found, for people to read in the alert."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from daemon.condition import And, Condition, Exists, FieldRef, FieldTest, Not, Null, Or, Regex, Text
from daemon.detect.compile import compile_condition, compile_keyword
from daemon.detect.fields import compile_path, json_text, leaves, scalars, text_of, texts
from daemon.detect.values import compile_leaf, compile_reference, compile_text

Fields = tuple[tuple[str, str], ...]
Explain = Callable[[Mapping[str, Any]], Fields]
_Finder = Callable[[Mapping[str, Any]], Iterator[tuple[str, str]]]


def compile_witness(condition: Condition) -> Explain:
    """What gives the (path, text) pairs that held, each once, in the order of the rule; none under a negation.

    Tests that hold by what is absent (`Null`, `Exists` false) name nothing; `Exists` names the values found.
    """
    find = _finder(condition)
    return lambda record: tuple(dict.fromkeys(find(record)))


def _finder(condition: Condition) -> _Finder:
    match condition:
        case And(items=items):
            parts = list(map(_finder, items))
            return lambda record: (pair for find in parts for pair in find(record))
        case Or(items=items):
            choices = [(compile_condition(item), _finder(item)) for item in items]
            return lambda record: (pair for holds, find in choices if holds(record) for pair in find(record))
        case Not():
            return lambda _: iter(())
        case FieldTest(field=field):
            texts_held = _texts_held(condition)
            return lambda record: ((field, text) for text in texts_held(record))
        case _:
            leaf_holds = compile_keyword(condition)
            return lambda record: (
                (path, text_of(leaf)) for path, leaf in leaves(record) if leaf is not None and leaf_holds(leaf)
            )


def _texts_held(condition: FieldTest) -> Callable[[Mapping[str, Any]], Iterator[str]]:
    values = compile_path(condition.field)
    match condition.test:
        case Text() | Regex() as test:
            text_holds = compile_text(test)
            return lambda record: _leaves_first(values(record), text_holds)
        case FieldRef() as test:
            others, compare = compile_path(test.field), compile_reference(test)
            return lambda record: _leaves_first(values(record), lambda text: compare([text], others(record)))
        case Exists() | Null():
            return lambda record: (_shown(leaf) for leaf in scalars(values(record)) if leaf is not None)
        case test:
            leaf_holds = compile_leaf(test)
            return lambda record: (_shown(leaf) for leaf in scalars(values(record)) if leaf_holds(leaf))


def _shown(leaf: Any) -> str:
    return json_text(leaf) if isinstance(leaf, dict) else text_of(leaf)


def _leaves_first(values: list[Any], holds: Callable[[str], bool]) -> Iterator[str]:
    """The leaves that held, or where none did the whole value's JSON text that did."""
    for value in values:
        held = [text for text in texts([value]) if holds(text)]
        if isinstance(value, dict | list) and len(held) > 1:
            held = [text for text in held if text != json_text(value)]
        yield from held
