"""How single values are written in the configuration: durations, sizes, secrets, addresses to listen on."""

from __future__ import annotations

import re
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, GetCoreSchemaHandler, GetJsonSchemaHandler, WithJsonSchema
from pydantic_core import core_schema

_UNITS = {"s": "seconds", "m": "minutes", "h": "hours", "d": "days", "w": "weeks"}
_SIZES = {"": 1, "B": 1, "KB": 10**3, "MB": 10**6, "GB": 10**9, "KIB": 2**10, "MIB": 2**20, "GIB": 2**30}
_DURATION = re.compile(r"(\d{1,6})\s*([smhdw])")
_SIZE = re.compile(r"(\d{1,15})\s*([A-Za-z]*)")
_LONGEST = timedelta(days=36_500)  # what is longer leads out of the calendar


class FromFile(str):
    """A text that came from the file a `NAME_FILE` variable points at."""

    __slots__ = ("path",)
    path: Path

    @classmethod
    def read(cls, path: Path) -> FromFile:
        """Read the file, without the line end that editors leave. Raises OSError, UnicodeDecodeError."""
        text = cls(path.read_text(encoding="utf-8").strip())
        text.path = path
        return text


class Secret:
    """A credential. It never shows itself; one that came from a file follows that file."""

    __slots__ = ("_path", "_value")

    def __init__(self, value: str) -> None:
        self._value = str(value)
        self._path = value.path if isinstance(value, FromFile) else None

    def reveal(self) -> str:
        """The credential now. While its file cannot be read or is empty (being replaced), the last known value."""
        if self._path is not None:
            with suppress(OSError, UnicodeDecodeError):
                self._value = str(FromFile.read(self._path)) or self._value
        return self._value

    def __bool__(self) -> bool:
        return bool(self.reveal())

    def __repr__(self) -> str:
        return "Secret('…')" if self._value else "Secret('')"

    @classmethod
    def __get_pydantic_core_schema__(cls, source: Any, handler: GetCoreSchemaHandler) -> core_schema.CoreSchema:
        return core_schema.no_info_plain_validator_function(cls._validate)

    @classmethod
    def __get_pydantic_json_schema__(
        cls, schema: core_schema.CoreSchema, handler: GetJsonSchemaHandler
    ) -> dict[str, Any]:
        return {"type": "string", "format": "password"}

    @classmethod
    def _validate(cls, value: Any) -> Secret:
        if isinstance(value, Secret):
            return value
        if value is None:
            return cls("")
        if not isinstance(value, str):
            raise ValueError("a secret is a text; take it from the environment, as in ${SLACK_BOT_TOKEN:-}")
        return cls(value)


def parse_duration(value: Any) -> Any:
    """`90s`, `5m`, `1h`, `3d`, `2w` to a timedelta; what is one already passes through. Raises ValueError."""
    if isinstance(value, timedelta):
        return value
    found = _DURATION.fullmatch(str(value).strip())
    if not found:
        raise ValueError("a duration is a number and a unit: 30s, 5m, 1h, 3d or 2w")
    length = timedelta(**{_UNITS[found[2]]: int(found[1])})
    if not timedelta(0) < length <= _LONGEST:
        raise ValueError("a duration must be longer than nothing, and at most a hundred years")
    return length


def parse_quiet(value: Any) -> Any:
    """`auto`, `off`, or a duration. Raises ValueError."""
    return value if value in ("auto", "off") else parse_duration(value)


def parse_repeat(value: Any) -> Any:
    """`off`, or a duration of five minutes at least. Raises ValueError."""
    if value is False or value == "off":
        return "off"
    length = parse_duration(value)
    if length < timedelta(minutes=5):
        raise ValueError("an alert that goes on may be told every 5m at most; or write off")
    return length


def parse_size(value: Any) -> Any:
    """`1GiB`, `500MB`, `1048576` to bytes. Raises ValueError."""
    found = _SIZE.fullmatch(str(value).strip())
    if not found or found[2].upper() not in _SIZES or not int(found[1]):
        raise ValueError("a size is a number and a unit: 512MiB, 1GiB or 500MB")
    return int(found[1]) * _SIZES[found[2].upper()]


def check_start(value: Any) -> Any:
    """`auto`, `now`, `-1h`, or an ISO 8601 time with its zone. Raises ValueError."""
    text = str(value).strip()
    if text in ("auto", "now"):
        return text
    try:
        is_known = bool(parse_duration(text[1:])) if text.startswith("-") else _is_moment(text)
    except (ValueError, OverflowError):  # the latter: a zone that leads out of the calendar
        is_known = False
    if not is_known:
        raise ValueError("start is auto, now, a look back such as -1h, or a time such as 2026-01-01T00:00:00Z")
    return text


def _is_moment(text: str) -> bool:
    moment = datetime.fromisoformat(text)
    return moment.tzinfo is not None and bool(moment.astimezone(UTC))


def parse_listen(value: Any) -> Any:
    """`127.0.0.1:8099` or `[::1]:8099` to (host, port). Raises ValueError."""
    if isinstance(value, tuple):
        return value
    host, _, port = str(value).strip().rpartition(":")
    if not host or not port.isdecimal() or int(port) > 65535:
        raise ValueError("listen is an address and a port: 127.0.0.1:8099")
    return host.removeprefix("[").removesuffix("]"), int(port)


def _text_schema(pattern: str, example: str) -> WithJsonSchema:
    return WithJsonSchema({"type": "string", "pattern": pattern, "examples": [example]})


# Every text may instead be a ${VARIABLE}, which an editor cannot look into.
_OR_VARIABLE = r"|.*\$\{.+\}.*)$"
Duration = Annotated[timedelta, BeforeValidator(parse_duration), _text_schema(r"^(\d+\s*[smhdw]" + _OR_VARIABLE, "5m")]
QuietFor = Annotated[
    timedelta | Literal["auto", "off"],
    BeforeValidator(parse_quiet),
    _text_schema(r"^(auto|off|\d+\s*[smhdw]" + _OR_VARIABLE, "auto"),
]
Repeat = Annotated[
    timedelta | Literal["off"],
    BeforeValidator(parse_repeat),
    _text_schema(r"^(off|\d+\s*[smhdw]" + _OR_VARIABLE, "4h"),
]
Size = Annotated[int, BeforeValidator(parse_size), _text_schema(r"^(\d+\s*[A-Za-z]*" + _OR_VARIABLE, "1GiB")]
Start = Annotated[str, BeforeValidator(check_start)]
Listen = Annotated[
    tuple[str, int], BeforeValidator(parse_listen), _text_schema(r"^(.+:\d+" + _OR_VARIABLE, "127.0.0.1:8099")
]
