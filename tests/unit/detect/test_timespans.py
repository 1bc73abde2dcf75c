from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from daemon.detect.refused import Refused
from daemon.detect.timespans import parse_timespan


@pytest.mark.parametrize(
    ("written", "seconds"),
    [
        ("1s", 1),
        ("90m", 5_400),
        ("24h", 86_400),
        ("7d", 604_800),
        ("2w", 1_209_600),
        ("1M", 2_629_746),
        ("1y", 31_556_952),
        ("10y", 315_569_520),
    ],
)
def test_a_timespan_is_a_number_and_a_unit(written: str, seconds: int) -> None:
    assert parse_timespan(written) == timedelta(seconds=seconds)


@pytest.mark.parametrize(
    ("written", "what", "fix"),
    [
        (None, "the correlation has no timespan", "add one such as: timespan: 15m"),
        ("1h30m", "'1h30m' is no timespan", "write a whole number and one of s, m, h, d, w, M (months), y"),
        ("5 m", "'5 m' is no timespan", "write a whole number"),
        ("1.5h", "'1.5h' is no timespan", "write a whole number"),
        ("5x", "'5x' is no timespan", "write a whole number"),
        (15, "'15' is no timespan", "write a whole number"),
        ("-5m", "'-5m' is no timespan", "write a whole number"),
        ("5H", "'5H' is no timespan", "units are written small: 5h"),
        ("0m", "the timespan 0m cannot be followed", "take one from 1s to 10y"),
        ("11y", "the timespan 11y cannot be followed", "take one from 1s to 10y"),
    ],
)
def test_what_is_none_is_refused_with_the_form(written: Any, what: str, fix: str) -> None:
    with pytest.raises(Refused) as refused:
        parse_timespan(written)
    assert refused.value.what == what
    assert refused.value.fix.startswith(fix)
