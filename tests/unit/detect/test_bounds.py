from __future__ import annotations

from operator import eq, ge, gt, le, lt, ne

import pytest
from hypothesis import given
from hypothesis import strategies as st

from daemon.condition import Comparison
from daemon.detect.bounds import Domain, always_holds, can_hold
from daemon.model import Bound

HOLDS = {
    Comparison.EQ: eq,
    Comparison.NEQ: ne,
    Comparison.LT: lt,
    Comparison.LTE: le,
    Comparison.GT: gt,
    Comparison.GTE: ge,
}
BOUNDS = st.lists(
    st.builds(Bound, comparison=st.sampled_from(list(Comparison)), value=st.integers(-3, 8)), min_size=1, max_size=4
)


def bounds(**by_sign: float) -> list[Bound]:
    return [Bound(comparison=Comparison(sign), value=value) for sign, value in by_sign.items()]


@given(asked=BOUNDS, lowest=st.integers(-1, 2), size=st.integers(0, 5))
def test_what_is_said_of_whole_numbers_is_what_trying_them_all_gives(
    asked: list[Bound], lowest: int, size: int
) -> None:
    numbers = range(lowest, lowest + size + 1)
    answers = [all(HOLDS[each.comparison](number, each.value) for each in asked) for number in numbers]
    domain = Domain(lowest=lowest, highest=lowest + size)
    assert can_hold(asked, domain) is any(answers)
    assert always_holds(asked, domain) is all(answers)


@pytest.mark.parametrize(
    ("asked", "expected"),
    [
        (bounds(gt=1, lt=2), True),
        (bounds(gt=2, lt=2), False),
        (bounds(gte=2, lte=2), True),
        (bounds(gte=2, lte=2, neq=2), False),
        (bounds(gte=1, lte=2, neq=1), True),
        (bounds(gt=1_000_000), True),
    ],
)
def test_between_two_numbers_that_are_not_counts_there_is_always_another(asked: list[Bound], expected: bool) -> None:
    assert can_hold(asked, Domain(is_whole=False)) is expected
    assert not always_holds(asked, Domain(is_whole=False))
