"""What the fields of a correlation's condition hold in one event: texts to be counted, or numbers to be added up."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Sequence
from hashlib import sha256
from itertools import islice, product
from typing import Any

from daemon.model import CorrelationType

MOST_VALUES = 100  # of one event: an array in a record may hold any number
_INTEGER = re.compile(r"[+-]?[0-9]{1,15}")
_DECIMAL = re.compile(r"[+-]?[0-9]{1,15}(\.[0-9]{1,15})?([eE][+-]?[0-9]{1,2})?")
_MOST_CHARS = 100


def values_of(kind: CorrelationType, found: Sequence[Sequence[Any]]) -> tuple[str | float, ...]:
    """The values, given what stands in each of the fields; several fields are one value for each combination.

    For value_count texts, each once; for the others numbers, or texts of such. Empty where a field has none: such an
    event does not count.
    """
    if kind is CorrelationType.VALUE_COUNT:
        texts = [[text for value in values if (text := _text(value)) is not None] for values in found]
        combined = islice(product(*texts), MOST_VALUES) if texts else iter(())
        return tuple(dict.fromkeys(shortened(each[0] if len(each) == 1 else json.dumps(each)) for each in combined))
    numbers = (number for values in found for value in values if (number := _number(value)) is not None)
    return tuple(islice(numbers, MOST_VALUES))


def counts_values(kind: CorrelationType) -> bool:
    """Whether an event without a value in the condition's field is none that counts."""
    return kind is not CorrelationType.EVENT_COUNT and not kind.is_temporal


def _text(value: Any) -> str | None:
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(value) if isinstance(value, str | int | float) else None


def shortened(text: str) -> str:
    """Of a long text its hash: it is only told apart from others, and somebody may write very many."""
    if len(text) <= _MOST_CHARS:
        return text
    return "sha256:" + sha256(text.encode("utf-8", "backslashreplace")).hexdigest()


def _number(value: Any) -> float | None:
    if isinstance(value, str):
        value = int(value) if _INTEGER.fullmatch(value) else float(value) if _DECIMAL.fullmatch(value) else None
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    return value if abs(value) < 10**15 and math.isfinite(value) else None
