"""The daemon's own log: JSON off a terminal, readable on one, always on standard error."""

from __future__ import annotations

import logging
import sys
from typing import TextIO

import structlog
from structlog.typing import EventDict, WrappedLogger

from daemon.config import LogConfig

_QUIET = ("botocore", "boto3", "urllib3", "apscheduler", "alembic", "uvicorn", "slack_sdk", "sqlalchemy")


def set_up_logging(config: LogConfig, *, stream: TextIO | None = None) -> None:
    """Send structlog's lines and the libraries' to one stream in one form; `text` or a terminal gives colours."""
    out = stream or sys.stderr
    level = logging.getLevelNamesMapping()[config.level.upper()]
    is_json = config.format == "json" or (config.format == "auto" and not out.isatty())
    shared: list[structlog.typing.Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.processors.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
    ]
    renderer = _json() if is_json else [_harmless, structlog.dev.ConsoleRenderer(colors=out.isatty())]
    structlog.configure(
        processors=[*shared, *renderer],
        wrapper_class=structlog.make_filtering_bound_logger(level),
        logger_factory=structlog.WriteLoggerFactory(out),
        cache_logger_on_first_use=False,
    )
    handler = logging.StreamHandler(out)
    formatter = structlog.stdlib.ProcessorFormatter(
        foreign_pre_chain=[structlog.stdlib.add_logger_name, *shared],
        processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, *renderer],
    )
    handler.setFormatter(formatter)
    logging.basicConfig(handlers=[handler], level=level, force=True)
    for name in _QUIET:
        logging.getLogger(name).setLevel(max(level, logging.WARNING))


def _json() -> list[structlog.typing.Processor]:
    return [structlog.processors.format_exc_info, structlog.processors.JSONRenderer(default=str)]


def _harmless(logger: WrappedLogger, method: str, event: EventDict) -> EventDict:
    """Keys and messages come from buckets: no control character reaches a person's terminal."""
    return {name: _printable(value) if isinstance(value, str) else value for name, value in event.items()}


def _printable(text: str) -> str:
    return "".join(c if c.isprintable() else f"\\x{ord(c):02x}" for c in text)
