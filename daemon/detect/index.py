"""Which rules an event may still match, told from a few of its fields: text in, the conditions still in play out.

Three answers, since most fields are not known here: yes, no, and None for "cannot be told". A condition is dismissed
by a plain no, so negations, wildcards and every kind of test are right without any special care. Literals that must
be there only save asking: a condition is asked when one of its literals is, or when it has none.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from daemon.condition import And, Boolean, Condition, FieldRef, FieldTest, Not, Number, Or, Text
from daemon.detect.fields import text_of
from daemon.detect.values import compile_test

Known = Mapping[str, list[Any]]  # field -> what `fields.resolve` would give; a field not in it is unknown
Verdict = Callable[[Known], bool | None]


def compile_verdict(condition: Condition, *, known: frozenset[str]) -> Verdict:
    """A function that says yes, no or None for a condition of which only the `known` fields are."""
    match condition:
        case And(items=items):
            return _all([compile_verdict(item, known=known) for item in items])
        case Or(items=items):
            return _any([compile_verdict(item, known=known) for item in items])
        case Not(item=item):
            verdict = compile_verdict(item, known=known)
            return lambda values: None if (answer := verdict(values)) is None else not answer
        case FieldTest(field=field, test=test) if field in known and not isinstance(test, FieldRef):
            holds = compile_test(test)
            return lambda values: holds(values[field])
    return lambda _: None


def _all(verdicts: list[Verdict]) -> Verdict:
    def verdict(values: Known) -> bool | None:
        answers = [ask(values) for ask in verdicts]
        return False if False in answers else None if None in answers else True

    return verdict


def _any(verdicts: list[Verdict]) -> Verdict:
    def verdict(values: Known) -> bool | None:
        answers = [ask(values) for ask in verdicts]
        return True if True in answers else None if None in answers else False

    return verdict


def required_literals(condition: Condition, field: str) -> frozenset[str] | None:
    """Casefolded texts of which the field must hold one for the condition to hold; None when nothing is required."""
    match condition:
        case FieldTest(field=tested, test=test) if tested == field:
            return _literal(test)
        case And(items=items):
            found = [literals for item in items if (literals := required_literals(item, field)) is not None]
            return min(found, key=len, default=None)
        case Or(items=items):
            alternatives: set[str] = set()
            for item in items:
                literals = required_literals(item, field)
                if literals is None:
                    return None
                alternatives |= literals
            return frozenset(alternatives)
    return None


def _literal(test: object) -> frozenset[str] | None:
    match test:
        case Text(literal=str(literal)):
            return frozenset({literal.casefold()})
        case Number(value=value):
            return frozenset({str(value).casefold()})
        case Boolean(value=value):
            return frozenset({text_of(value)})
    return None


class Index:
    """The conditions, numbered as given, and how to ask which of them may hold."""

    def __init__(self, conditions: Sequence[Condition], *, fields: tuple[str, ...]) -> None:
        self._verdicts = [compile_verdict(condition, known=frozenset(fields)) for condition in conditions]
        self._by_literal: dict[str, dict[str, list[int]]] = {field: defaultdict(list) for field in fields}
        self._always: list[int] = []
        for number, condition in enumerate(conditions):
            self._post(number, condition)

    def _post(self, number: int, condition: Condition) -> None:
        for field, postings in self._by_literal.items():
            literals = required_literals(condition, field)
            if literals is not None:
                for literal in literals:
                    postings[literal].append(number)
                return
        self._always.append(number)

    def still_in_play(self, known: Known) -> tuple[int, ...]:
        """The numbers of the conditions not dismissed, in order. `known` has each field: one scalar, or none."""
        asked = set(self._always)
        for field, postings in self._by_literal.items():
            for value in known[field]:
                if value is not None:
                    asked.update(postings.get(text_of(value).casefold(), ()))
        return tuple(number for number in sorted(asked) if not self._is_dismissed(number, known))

    def _is_dismissed(self, number: int, known: Known) -> bool:
        try:
            return self._verdicts[number](known) is False
        except Exception:  # evaluated in full it raises again, and is counted there
            return False
