"""Which rules an event may still match, told from a few of its fields: text in, the conditions still in play out.

Most fields are not known here, so a condition is dismissed only where it is certain not to hold, whatever the others
are: negations, wildcards and every kind of test are right without any special care. Tests of which one must hold only
save asking: a condition is asked when one of them does, or when it has none. Pure.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Container, Iterable, Mapping, Sequence

from daemon.condition import And, Condition, FieldRef, FieldTest, Not, Or
from daemon.detect.outcomes import FieldTests, Outcome
from daemon.detect.required import required_tests

Known = Mapping[str, Outcome]  # field -> which of the tests on it hold; a field not in it is unknown
Tests = Mapping[str, FieldTests]
Certain = Callable[[Known], bool]


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


def compile_certainty(condition: Condition, tests: Tests, *, holding: bool) -> Certain | None:
    """A function that says whether a condition is certain to hold, or not to; None where it never is.

    As with three truth values, of which the third is "cannot be told".
    """
    match condition:
        case And(items=items) | Or(items=items):
            parts = [compile_certainty(item, tests, holding=holding) for item in items]
            certain = [part for part in parts if part]
            if isinstance(condition, Or) is holding:
                return _any(certain) if certain else None
            return _all(certain) if len(certain) == len(parts) else None
        case Not(item=item):
            return compile_certainty(item, tests, holding=not holding)
        case FieldTest(field=field, test=test) if field in tests and not isinstance(test, FieldRef):
            number = tests[field].number_of(test)
            return _passes(field, number) if holding else _fails(field, number)
    return None


def _passes(field: str, number: int) -> Certain:
    return lambda known: number in known[field].holds


def _fails(field: str, number: int) -> Certain:
    def fails(known: Known) -> bool:
        outcome = known[field]
        return number not in outcome.holds and number not in outcome.raises

    return fails


def _any(parts: list[Certain]) -> Certain:
    def one_is(known: Known) -> bool:
        for part in parts:  # noqa: SIM110  # a generator costs as much as what it asks
            if part(known):
                return True
        return False

    return parts[0] if len(parts) == 1 else one_is


def _all(parts: list[Certain]) -> Certain:
    def each_is(known: Known) -> bool:
        for part in parts:  # noqa: SIM110  # as above
            if not part(known):
                return False
        return True

    return parts[0] if len(parts) == 1 else each_is


class Index:
    """The conditions, numbered as given, and how to ask which of them may hold.

    Those in `searched` are asked by number only: something else than fields says for which records they are in play.
    """

    def __init__(self, conditions: Sequence[Condition], tests: Tests, *, searched: Container[int] = ()) -> None:
        self._dismissed = [compile_certainty(condition, tests, holding=False) or _never for condition in conditions]
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
            for test in posted.keys() & (outcome.holds | outcome.raises):  # most that hold are negated somewhere
                asked.update(posted[test])
        return self.not_dismissed(asked, known)

    def not_dismissed(self, numbers: Iterable[int], known: Known) -> tuple[int, ...]:
        """Those of the conditions of these numbers that may hold, in order."""
        return tuple(number for number in sorted(numbers) if not self._dismissed[number](known))


def _never(_: Known) -> bool:
    return False
