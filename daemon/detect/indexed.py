"""Says in a person's words what a rule is indexed under, or why it looks at every event. Pure.

It tells what `index` and `search` do with a condition, by the same functions that they use.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from daemon.condition import (
    And,
    Boolean,
    Cidr,
    Compare,
    Condition,
    Exists,
    FieldRef,
    FieldTest,
    Keyword,
    Not,
    Null,
    Number,
    Or,
    Regex,
    Test,
    Text,
    TimePart,
    Wildcard,
)
from daemon.detect.fragments import fragments
from daemon.detect.required import required_tests, turn_around

ANYWHERE = ""  # the field of what is searched in the whole text of a record


@dataclass(frozen=True, slots=True, kw_only=True)
class IndexedUnder:
    """The rule is asked only about events where one of these fields holds one of its texts.

    The texts are patterns with `*` and `?`, `/…/` for a regular expression, or words such as `gte 7` and `present`. The
    field ANYWHERE stands for the whole text of an event, searched as it is in the file.
    """

    literals: tuple[tuple[str, tuple[str, ...]], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class OnEveryEvent:
    """The rule is asked about every event. Where it reads some of `fields`, these may still dismiss it; else the event
    is decoded in full."""

    reason: str
    fields: tuple[str, ...] = ()


def describe_index(condition: Condition, fields: tuple[str, ...]) -> IndexedUnder | OnEveryEvent:
    """What a rule is indexed under, `fields` being those that its set reads (`RuleSet.fields`)."""
    required = required_tests(condition, fields)
    if required is not None:
        found: dict[str, dict[str, None]] = {}
        for test in required.tests:
            found.setdefault(test.field, {})[_shown(test.test)] = None
        return IndexedUnder(literals=tuple((field, tuple(texts)) for field, texts in found.items()))
    pieces = fragments(condition)
    if pieces is not None:
        return IndexedUnder(literals=((ANYWHERE, tuple(sorted(pieces))),))
    read = {field for field in _fields(condition) if field in fields}
    return OnEveryEvent(reason=_why(condition, fields), fields=tuple(field for field in fields if field in read))


def _fields(condition: Condition) -> Iterator[str]:
    match condition:
        case And(items=items) | Or(items=items):
            for item in items:
                yield from _fields(item)
        case Not(item=item):
            yield from _fields(item)
        case FieldTest(field=field):
            yield field


def _why(condition: Condition, fields: tuple[str, ...]) -> str:
    """Why nothing in particular must be there: of parts that all must hold, what is wrong with the first."""
    match condition:
        case And(items=items):
            return _why(items[0], fields) if items else "it holds for every event"
        case Or(items=items):
            return next(_why(item, fields) for item in items if required_tests(item, fields) is None)
        case Not(item=inner):
            turned = turn_around(inner)
            return _why(turned, fields) if turned else "it asks for what is not there"
        case FieldTest(test=FieldRef()):
            return "it compares two fields of the event"
        case FieldTest(test=Null() | Exists(expected=False)):
            return "it asks for what is not there"
        case FieldTest(field=field):
            return f"{field} is not read before an event is decoded in full"
        case Keyword(test=Text()):
            return "a keyword may stand anywhere, and this one has no plain text that few events hold"
    return "a keyword may stand anywhere, and only plain text is searched for before an event is decoded"


def _shown(test: Test) -> str:
    match test:
        case Text(parts=parts):
            return "".join(part.value if isinstance(part, Wildcard) else part for part in parts) or "''"
        case Regex(pattern=pattern, flags=flags):
            return f"/{pattern}/{''.join(sorted(flags))}"
        case Number(value=value):
            return str(value)
        case Boolean(value=value):
            return "true" if value else "false"
        case Cidr(network=network):
            return network
        case Compare(comparison=comparison, value=value):
            return f"{comparison} {value}"
        case TimePart(unit=unit, comparison=comparison, value=value):
            return f"{unit} {comparison} {value}"
    return "present"  # the others are never indexed
