"""How long a correlation looks back: `15m` as Sigma writes it in, a timedelta out."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Any

from daemon.detect.refused import Refused

# Sigma has the letters, pySigma the lengths: a month is a twelfth of a year, and a year 365.2425 days.
_SECONDS = {"s": 1, "m": 60, "h": 3_600, "d": 86_400, "w": 604_800, "M": 2_629_746, "y": 31_556_952}
_TIMESPAN = re.compile(r"([0-9]{1,9})([A-Za-z])")
_LONGEST_YEARS = 10
_FORM = "write a whole number and one of s, m, h, d, w, M (months), y: 15m, 90m for an hour and a half"


def parse_timespan(written: Any) -> timedelta:
    """The length of a window. Raises Refused."""
    if written is None:
        raise Refused("the correlation has no timespan", "add one such as: timespan: 15m")
    found = _TIMESPAN.fullmatch(written) if isinstance(written, str) else None
    if found is None or found[2].lower() not in map(str.lower, _SECONDS):
        raise Refused(f"'{written}' is no timespan", _FORM)
    if found[2] not in _SECONDS:
        raise Refused(f"'{written}' is no timespan", f"units are written small: {found[1]}{found[2].lower()}")
    seconds = int(found[1]) * _SECONDS[found[2]]
    if not 0 < seconds <= _LONGEST_YEARS * _SECONDS["y"]:
        raise Refused(f"the timespan {written} cannot be followed", f"take one from 1s to {_LONGEST_YEARS}y")
    return timedelta(seconds=seconds)
