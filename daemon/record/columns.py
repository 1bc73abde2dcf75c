"""Column types and text that every database can hold: instants and levels as integers, structures as JSON text.

Enters what Python has, leaves what SQLite and PostgreSQL store alike; apart, so that the schema stays a list.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from typing import Any

from sqlalchemy import BigInteger, Integer, SmallInteger, Text
from sqlalchemy.engine import Dialect
from sqlalchemy.types import TypeDecorator

from daemon.model import Level

ID_TYPE = BigInteger().with_variant(Integer, "sqlite")  # SQLite numbers rows by itself only as INTEGER
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_LEVELS = tuple(Level)


class Instant(TypeDecorator[datetime]):
    """An aware datetime as microseconds since the epoch: eight bytes, and the same order everywhere."""

    impl = BigInteger
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> int | None:
        """Refuses a naive datetime with TypeError."""
        return None if value is None else (value - _EPOCH) // timedelta(microseconds=1)

    def process_result_value(self, value: int | None, dialect: Dialect) -> datetime | None:
        """Gives UTC."""
        return None if value is None else _EPOCH + timedelta(microseconds=value)


class Rank(TypeDecorator[Level]):
    """A level as its rank, so that the database can order by it."""

    impl = SmallInteger
    cache_ok = True

    def process_bind_param(self, value: Level | None, dialect: Dialect) -> int | None:
        """0 for informational to 4 for critical."""
        return None if value is None else value.rank

    def process_result_value(self, value: int | None, dialect: Dialect) -> Level | None:
        """The level of that rank."""
        return None if value is None else _LEVELS[value]


class Json(TypeDecorator[Any]):
    """A structure as ASCII JSON text: a lone surrogate or a NUL inside a string stays storable."""

    impl = Text
    cache_ok = True

    def process_bind_param(self, value: Any, dialect: Dialect) -> str:
        """Compact, any mapping or sequence."""
        return json.dumps(value, separators=(",", ":"), default=_to_plain)

    def process_result_value(self, value: str | None, dialect: Dialect) -> Any:
        """What json makes of it: lists and dicts."""
        return None if value is None else json.loads(value)


def _to_plain(value: object) -> object:
    return dict(value) if isinstance(value, Mapping) else str(value)


def storable(text: str, *, max_chars: int = 1000) -> str:
    """Text that any database takes: no NUL, no lone surrogate, no more than `max_chars`.

    A longer text keeps its beginning and gets its hash at the end, so that different texts stay different.
    """
    if len(text) <= max_chars and text.isascii() and "\0" not in text:  # nearly every text
        return text
    clean = text.encode("utf-8", "backslashreplace").decode("utf-8").replace("\0", "\\x00")
    if len(clean) <= max_chars:
        return clean
    mark = "…sha256:" + sha256(clean.encode()).hexdigest()
    return clean[: max_chars - len(mark)] + mark
