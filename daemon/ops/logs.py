"""The daemon's own log: JSON off a terminal, readable on one, always on standard error."""

from __future__ import annotations

import logging
import sys
from contextlib import suppress
from typing import TextIO, cast

import structlog
from structlog.typing import EventDict, WrappedLogger

from daemon.config import LogConfig

_QUIET = ("botocore", "boto3", "urllib3", "apscheduler", "alembic", "uvicorn", "slack_sdk", "sqlalchemy")


def set_up_logging(config: LogConfig, *, stream: TextIO | None = None) -> None:
    """Send structlog's lines and the libraries' to one stream in one form; `text` or a terminal gives colours."""
    out = _Steady(stream or sys.stderr)
    level = logging.getLevelNamesMapping()[config.level.upper()]
    is_json = config.format == "json" or (config.format == "auto" and not out.is_terminal)
    shared: list[structlog.typing.Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.processors.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        structlog.processors.format_exc_info,
    ]
    renderer = _json() if is_json else _text(has_colors=out.is_terminal)
    structlog.configure(
        processors=[*shared, *renderer],
        wrapper_class=structlog.make_filtering_bound_logger(level),
        logger_factory=structlog.WriteLoggerFactory(cast(TextIO, out)),
        cache_logger_on_first_use=False,
    )
    handler = logging.StreamHandler(cast(TextIO, out))
    formatter = structlog.stdlib.ProcessorFormatter(
        foreign_pre_chain=[structlog.stdlib.add_logger_name, *shared],
        processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, *renderer],
    )
    handler.setFormatter(formatter)
    logging.basicConfig(handlers=[handler], level=level, force=True)
    for name in _QUIET:
        logging.getLogger(name).setLevel(max(level, logging.WARNING))


class _Steady:
    """A stream whose faults (a full disk, a reader that is gone) cost the line and never the loop that logs it."""

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream
        self.is_terminal = stream.isatty()

    def write(self, text: str) -> None:
        with suppress(OSError, ValueError):  # the latter: it is closed
            self._stream.write(text)

    def flush(self) -> None:
        with suppress(OSError, ValueError):
            self._stream.flush()


def _json() -> list[structlog.typing.Processor]:
    return [structlog.processors.JSONRenderer(default=str)]


def _text(*, has_colors: bool) -> list[structlog.typing.Processor]:
    # structlog's own choice of traceback shows the values of local variables, a token among them.
    plain = structlog.dev.plain_traceback
    return [_harmless, structlog.dev.ConsoleRenderer(colors=has_colors, exception_formatter=plain)]


def _harmless(logger: WrappedLogger, method: str, event: EventDict) -> EventDict:
    """Keys and messages come from buckets: no control character reaches a person's terminal."""
    return {name: _visible(value, name) if isinstance(value, str) else value for name, value in event.items()}


def _visible(text: str, name: str) -> str:
    """Every odd character spelt out, since a log must not hide that it was there; a traceback keeps its lines."""
    kept = "\n" if name == "exception" else ""
    return "".join(c if c.isprintable() or c in kept else f"\\x{ord(c):02x}" for c in text)
