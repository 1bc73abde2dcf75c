"""Which rules an event may still match, told from a few of its fields: text in, the conditions still in play out.

Three answers, since most fields are not known here: yes, no, and None for "cannot be told". A condition is dismissed
by a plain no, so negations, wildcards and every kind of test are right without any special care. Tests of which one
must hold only save asking: a condition is asked when one of them does, or when it has none. Pure.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Container, Iterable, Mapping, Sequence

from daemon.condition import And, Condition, FieldRef, FieldTest, Not, Or
from daemon.detect.outcomes import FieldTests, Outcome
from daemon.detect.required import required_tests

Known = Mapping[str, Outcome]  # field -> which of the tests on it hold; a field not in it is unknown
Tests = Mapping[str, FieldTests]
Verdict = Callable[[Known], bool | None]


def collect_tests(conditions: Iterable[Condition], fields: Iterable[str]) -> dict[str, FieldTests]:
    """All tests of the conditions on each of these fields."""
    found: dict[str, list[FieldTest]] = {field: [] for field in fields}
    todo = list(conditions)
    while todo:
        match todo.pop():
            case And(items=items) | Or(items=items):
                todo += items
            case Not(item=item):
                todo.append(item)
            case FieldTest(field=field, test=test) as one if field in found and not isinstance(test, FieldRef):
                found[field].append(one)
    return {field: FieldTests(one.test for one in ones) for field, ones in found.items()}


def compile_verdict(condition: Condition, tests: Tests) -> Verdict:
    """A function that says yes, no or None for a condition of which only these fields are known."""
    match condition:
        case And(items=items):
            return _all([compile_verdict(item, tests) for item in items])
        case Or(items=items):
            return _any([compile_verdict(item, tests) for item in items])
        case Not(item=item):
            verdict = compile_verdict(item, tests)
            return lambda known: None if (answer := verdict(known)) is None else not answer
        case FieldTest(field=field, test=test) if field in tests and not isinstance(test, FieldRef):
            return _one(field, tests[field].number_of(test))
    return lambda _: None


def _one(field: str, number: int) -> Verdict:
    def verdict(known: Known) -> bool | None:
        outcome = known[field]
        return True if number in outcome.holds else None if number in outcome.raises else False

    return verdict


def _all(verdicts: list[Verdict]) -> Verdict:
    def verdict(known: Known) -> bool | None:
        answers = [ask(known) for ask in verdicts]
        return False if False in answers else None if None in answers else True

    return verdict


def _any(verdicts: list[Verdict]) -> Verdict:
    def verdict(known: Known) -> bool | None:
        answers = [ask(known) for ask in verdicts]
        return True if True in answers else None if None in answers else False

    return verdict


class Index:
    """The conditions, numbered as given, and how to ask which of them may hold.

    Those in `searched` are asked by number only: something else than fields says for which records they are in play.
    """

    def __init__(self, conditions: Sequence[Condition], tests: Tests, *, searched: Container[int] = ()) -> None:
        self._verdicts = [compile_verdict(condition, tests) for condition in conditions]
        self._posted: dict[str, dict[int, list[int]]] = {field: defaultdict(list) for field in tests}
        self._always: list[int] = []
        for number, condition in enumerate(conditions):
            if number not in searched:
                self._post(number, condition, tests)

    def _post(self, number: int, condition: Condition, tests: Tests) -> None:
        required = required_tests(condition, tests)
        if required is None:
            self._always.append(number)
            return
        for one in required.tests:
            self._posted[one.field][tests[one.field].number_of(one.test)].append(number)

    def still_in_play(self, known: Known) -> tuple[int, ...]:
        """The numbers of the conditions not dismissed, in order; `known` has each field."""
        asked = set(self._always)
        for field, posted in self._posted.items():
            outcome = known[field]
            for test in (*outcome.holds, *outcome.raises):
                asked.update(posted.get(test, ()))
        return self.not_dismissed(asked, known)

    def not_dismissed(self, numbers: Iterable[int], known: Known) -> tuple[int, ...]:
        """Those of the conditions of these numbers that may hold, in order."""
        return tuple(number for number in sorted(numbers) if self._verdicts[number](known) is not False)
