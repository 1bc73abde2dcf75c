"""A record as it may be stored and shown: its secrets masked, its size bounded, whatever somebody put into it."""

from __future__ import annotations

import json
import math
from collections.abc import Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass, replace
from itertools import islice
from typing import Any

from daemon.trail.secrets import MASK, is_secret_name, mask_shapes

_TOP_LEVEL = 60  # a record's own fields are never cut: CloudTrail writes about 30
_CUT = "[cut]"
_DEPTH = 32  # CloudTrail's own records stay below 20
_ALREADY_HIDDEN = ("HIDDEN_DUE_TO_SECURITY_REASONS", "***", "****", "")
_PAIR_NAMES = ("name", "key", "parameterKey", "parameterName", "optionName", "Name", "Key", "ParameterKey")
_PAIR_VALUES = frozenset({"value", "values", "parameterValue", "optionValue", "Value", "Values", "ParameterValue"})
_HEADER = ("eventID", "eventTime", "eventSource", "eventName", "awsRegion", "recipientAccountId", "eventVersion")


class _DoesNotFit(Exception):
    """More was written already than there is room for."""


class _Room:
    """Counts what is written, so that a huge record is given up early and not after it was worked through."""

    __slots__ = ("_left",)

    def __init__(self, size: int) -> None:
        self._left = size

    def take(self, size: int) -> None:
        self._left -= size
        if self._left < 0:
            raise _DoesNotFit


@dataclass(frozen=True, slots=True, kw_only=True)
class _Limits:
    text: int
    items: int
    depth: int = _DEPTH
    room: _Room | None = None

    def take(self, size: int) -> None:
        if self.room is not None:
            self.room.take(size)


_LADDER = (
    _Limits(text=16_384, items=500),
    _Limits(text=4_096, items=100),
    _Limits(text=1_024, items=40),
    _Limits(text=256, items=20, depth=8),
    _Limits(text=64, items=10, depth=4),
)


def mask_record(record: Mapping[str, Any], *, max_bytes: int) -> dict[str, Any]:
    """Give a copy fit to keep: secrets are `[masked]`, and its JSON is at most `max_bytes` long.

    Long texts and lists are cut with a marker that tells how much is gone, harder and harder until it fits. What is
    no JSON value (a number too large, a lone surrogate) comes out as text that is.
    """
    for rung in _LADDER:
        limits = replace(rung, room=_Room(max_bytes))
        with suppress(_DoesNotFit):
            masked = _mapping(record, limits=limits, depth=0, is_secret=False)
            if _size(masked) <= max_bytes:
                return masked
    return _header(record, max_bytes=max_bytes)


def _header(record: Mapping[str, Any], *, max_bytes: int) -> dict[str, Any]:
    """Who and what, where nothing more fits."""
    limits = _Limits(text=64, items=12, depth=4)
    header = {key: record[key] for key in (*_HEADER, "userIdentity") if key in record}
    masked = {**_mapping(header, limits=limits, depth=0, is_secret=False), _CUT: f"{len(record) - len(header)} more"}
    return masked if _size(masked) <= max_bytes else {key: masked[key] for key in _HEADER if key in masked}


def mask_value(name: str, value: Any, *, max_chars: int = 2_000) -> Any:
    """Mask one value of a record that goes under `name` (its key, or its dotted path)."""
    is_secret = any(map(is_secret_name, name.split(".")[:_DEPTH]))
    return _value(value, limits=_Limits(text=max_chars, items=100), depth=0, is_secret=is_secret)


def _size(value: Any) -> int:
    return len(json.dumps(value, separators=(",", ":"), ensure_ascii=False).encode())


def _value(value: Any, *, limits: _Limits, depth: int, is_secret: bool) -> Any:
    if isinstance(value, str):
        return _text(value, limits=limits, is_secret=is_secret)
    if value is None or isinstance(value, bool):
        return value  # yes and no give nothing away: passwordReset: true
    if isinstance(value, (int, float)):
        return MASK if is_secret else _number(value)
    if depth >= limits.depth:
        return "[nested deeper]"
    if isinstance(value, Mapping):
        return _mapping(value, limits=limits, depth=depth + 1, is_secret=is_secret)
    if isinstance(value, (list, tuple)):
        return _list(value, limits=limits, depth=depth + 1, is_secret=is_secret)
    return f"[{type(value).__name__}]"


def _mapping(value: Mapping[Any, Any], *, limits: _Limits, depth: int, is_secret: bool) -> dict[str, Any]:
    is_pair = _is_secret_pair(value)
    masked: dict[str, Any] = {}
    items = limits.items if depth else max(limits.items, _TOP_LEVEL)
    for key, inner in islice(value.items(), items):
        name = str(key)
        limits.take(min(len(name), 200) + 4)  # quotes, colon, comma
        hides = _hides(name, is_inside_secret=is_secret) or (is_pair and name in _PAIR_VALUES)
        masked[_encodable(name[:200])] = _value(inner, limits=limits, depth=depth, is_secret=hides)
    if len(value) > items:
        masked[_CUT] = f"{len(value) - items} more"
    return masked


def _hides(name: str, *, is_inside_secret: bool) -> bool:
    """Inside a secret everything is one, except what only describes it: {secret: {arn, name, value}}."""
    return is_secret_name(f"secret_{name}" if is_inside_secret else name)


def _is_secret_pair(value: Mapping[Any, Any]) -> bool:
    """Whether this is {name: DB_PASSWORD, value: …}, or a parameter that says it is secure."""
    names: Iterable[Any] = (value.get(key) for key in _PAIR_NAMES)
    return value.get("type") == "SecureString" or any(isinstance(name, str) and is_secret_name(name) for name in names)


def _list(value: list[Any] | tuple[Any, ...], *, limits: _Limits, depth: int, is_secret: bool) -> list[Any]:
    limits.take(min(len(value), limits.items))
    shown = [_value(inner, limits=limits, depth=depth, is_secret=is_secret) for inner in value[: limits.items]]
    left = len(value) - len(shown)
    return [*shown, f"[{left} more]"] if left else shown


def _text(value: str, *, limits: _Limits, is_secret: bool) -> str:
    if is_secret:
        return value if value in _ALREADY_HIDDEN else MASK
    # Masked before it is cut, with a margin, so that no half of a secret stands at the edge.
    shown = mask_shapes(_encodable(value[: limits.text + max(256, limits.text // 4)]))
    limits.take(min(len(shown), limits.text))
    left = len(value) - limits.text
    return shown if left <= 0 else f"{shown[: limits.text]}[{left} more characters]"


def _encodable(text: str) -> str:
    return text if text.isascii() else text.encode("utf-8", "replace").decode()


def _number(value: int | float) -> int | float | str:
    if isinstance(value, int):
        return value if value.bit_length() <= 64 else "[a very large number]"
    return value if math.isfinite(value) else str(value)
