"""Ids of alerts: short, sortable by time, safe to read out and to type."""

from __future__ import annotations

import secrets
from collections.abc import Callable
from datetime import datetime

MakeId = Callable[[datetime], str]
_ALPHABET = "0123456789abcdefghjkmnpqrstvwxyz"  # Crockford's base 32: no i, l, o, u
_CHANCE_BITS = 50


def new_id(now: datetime) -> str:
    """Twenty characters: ten of milliseconds since the epoch, ten of chance."""
    number = max(0, int(now.timestamp() * 1000)) << _CHANCE_BITS | secrets.randbits(_CHANCE_BITS)
    return "".join(_ALPHABET[number >> shift & 31] for shift in range(95, -1, -5))
