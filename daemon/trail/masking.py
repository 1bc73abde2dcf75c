"""A record as it may be stored and shown: its secrets masked, its size bounded, whatever somebody put into it."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field, replace
from itertools import islice
from typing import Any

from daemon.trail.secret_places import (
    is_environment,
    is_secret_path,
    secret_values,
    secrets_below,
    secrets_of_event,
)
from daemon.trail.secrets import MASK, is_secret_name
from daemon.trail.shapes import mask_shapes

_TOP_LEVEL = 60  # a record's own fields are never cut: CloudTrail writes about 30
_CUT = "[cut]"
_DEPTH = 32  # CloudTrail's own records stay below 20
_ALREADY_HIDDEN = ("HIDDEN_DUE_TO_SECURITY_REASONS", "***", "****", "")
_NAMES_A_SECRET = re.compile(  # and is none: an ARN, a key's alias, an access key's id
    r"arn:aws[a-z-]{0,20}:[a-z0-9-]{1,40}:[a-z0-9-]{0,40}:[0-9]{0,12}:\S{1,2000}"
    r"|alias/[\w/-]{1,250}|(?:AKIA|ASIA)[A-Z0-9]{12,28}"
)
_MARKS = re.compile(
    rf"{re.escape(MASK)}|\[cut\]|\[nested deeper\]|\[\d+ more(?: characters)?\]|\[a very large number\]"
)
_DOCUMENT = 65_536  # the longest text that is read as JSON
_HEADER = ("eventID", "eventTime", "eventSource", "eventName", "awsRegion", "recipientAccountId", "eventVersion")
# Of each byte that there is room for, so many characters may be searched: documents are read at each of their depths.
_EFFORT = 8
_EFFORT_A_KEY = 16  # a key costs as much as so many characters of text


class _DoesNotFit(Exception):
    """More was written or searched already than there is room for."""


class _Room:
    """Counts what is written or searched: a huge record is given up early and not after it was worked through."""

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
    effort: _Room | None = None
    secret: frozenset[str] = frozenset()  # names that hold one in this event only
    searched: dict[str, str] = field(default_factory=dict)  # texts as they came out, so that each is searched once

    def take(self, size: int) -> None:
        if self.room is not None:
            self.room.take(size)

    def work(self, size: int) -> None:
        if self.effort is not None:
            self.effort.take(size)


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
    no JSON value (a number too large, a lone surrogate) comes out as text that is. The work is bounded by `max_bytes`
    too: of what would take more, only who and what are kept.
    """
    secret = secrets_of_event(record)
    searched: dict[str, str] = {}
    for rung in _LADDER:
        limits = replace(
            rung, room=_Room(max_bytes), effort=_Room(_EFFORT * max_bytes), secret=secret, searched=searched
        )
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
    limits = _inside(
        name.rpartition(".")[2], value, limits=_Limits(text=max_chars, items=100, secret=secrets_below(name))
    )
    return _value(value, limits=limits, depth=0, is_secret=is_secret_path(name, value))


def is_whole(masked: Mapping[str, Any]) -> bool:
    """Whether nothing of a record was masked or cut, as far as its marks tell."""
    text = json.dumps(masked, ensure_ascii=False, default=str)
    return not _MARKS.search(text)


def _size(value: Any) -> int:
    return len(json.dumps(value, separators=(",", ":"), ensure_ascii=False).encode())


def _value(value: Any, *, limits: _Limits, depth: int, is_secret: bool) -> Any:
    if isinstance(value, str):
        return _text(value, limits=limits, depth=depth, is_secret=is_secret)
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
    secret = secret_values(value) | limits.secret
    masked: dict[str, Any] = {}
    items = limits.items if depth else max(limits.items, _TOP_LEVEL)
    limits.work(_EFFORT_A_KEY * min(len(value), items))
    for key, inner in islice(value.items(), items):
        name = str(key)
        limits.take(min(len(name), 200) + 4)  # quotes, colon, comma
        hides = _hides(name, is_inside_secret=is_secret) or name in secret or is_environment(name, inner)
        within = _inside(name, inner, limits=limits)
        masked[_encodable(name[:200])] = _value(inner, limits=within, depth=depth, is_secret=hides)
    if len(value) > items:
        masked[_CUT] = f"{len(value) - items} more"
    return masked


def _inside(name: str, value: Any, *, limits: _Limits) -> _Limits:
    """In a program's environment each name holds a secret, also one that else would only describe one: DB_URL."""
    if isinstance(value, Mapping) and is_environment(name, value):
        return replace(limits, secret=limits.secret | {str(key) for key in islice(value, limits.items)})
    return limits


def _hides(name: str, *, is_inside_secret: bool) -> bool:
    """Inside a secret everything is one, except what only describes it: {secret: {arn, name, value}}."""
    return is_secret_name(f"secret_{name}" if is_inside_secret else name)


def _list(value: list[Any] | tuple[Any, ...], *, limits: _Limits, depth: int, is_secret: bool) -> list[Any]:
    limits.take(min(len(value), limits.items))
    shown = [_value(inner, limits=limits, depth=depth, is_secret=is_secret) for inner in value[: limits.items]]
    left = len(value) - len(shown)
    return [*shown, f"[{left} more]"] if left else shown


def _text(value: str, *, limits: _Limits, depth: int, is_secret: bool) -> str:
    if is_secret:
        return value if value in _ALREADY_HIDDEN or _NAMES_A_SECRET.fullmatch(value) else MASK
    document = _document(value, limits=limits, depth=depth)
    shown = _searched(value, limits=limits) if document is None else document
    limits.take(min(len(shown), limits.text))
    left = len(value if document is None else shown) - limits.text
    return shown if left <= 0 else f"{shown[: limits.text]}[{left} more characters]"


def _searched(value: str, *, limits: _Limits) -> str:
    """A text's beginning without its secrets. What a gentler rung searched already does for the harder ones."""
    shown = limits.searched.get(value)
    if shown is None:
        # Masked before it is cut, with a margin, so that no half of a secret stands at the edge.
        head = value[: limits.text + max(256, limits.text // 4)]
        limits.work(len(head))
        shown = limits.searched[value] = mask_shapes(_encodable(head))
    return shown


def _document(text: str, *, limits: _Limits, depth: int) -> str | None:
    """JSON inside a text (a policy, say) masked like the record itself; kept letter by letter if it holds none.

    None for what is no JSON, or JSON of which a reader may see more than a parser does.
    """
    if len(text) > _DOCUMENT or depth >= limits.depth or (text[:1], text[-1:]) not in (("{", "}"), ("[", "]")):
        return None
    limits.work(len(text))
    try:
        parsed = json.loads(text, object_pairs_hook=_without_doubles)
        masked = _value(parsed, limits=replace(limits, room=None), depth=depth + 1, is_secret=False)
    except (ValueError, RecursionError):
        return None
    return text if masked == parsed else json.dumps(masked, ensure_ascii=False)


def _without_doubles(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    made = dict(pairs)
    if len(made) < len(pairs):
        raise ValueError("a key stands twice")
    return made


def _encodable(text: str) -> str:
    return text if text.isascii() else text.encode("utf-8", "replace").decode()


def _number(value: int | float) -> int | float | str:
    if isinstance(value, int):
        return value if value.bit_length() <= 64 else "[a very large number]"
    return value if math.isfinite(value) else str(value)
