"""What becomes of fetched log files: the way of one process; `fleet` has the same over several."""

from __future__ import annotations

from collections.abc import Generator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

import structlog

from daemon.config import SourceConfig
from daemon.detect.ruleset import RuleSet
from daemon.errors import ObjectGone, ObjectTooLarge, ObjectUnreadable, SourceUnavailable
from daemon.model import ObjectState
from daemon.pipeline import Processed, process
from daemon.ports import LedgerRow
from daemon.service.batch import unread
from daemon.service.fetching import Ahead, Fetched, fetch_ahead

if TYPE_CHECKING:  # a process that only evaluates has no use for the store and the metrics
    from daemon.service.shared import Watched

log = structlog.get_logger("trailwarden")

FETCHERS = 8  # threads that read, in each process
CRASHED = "crashed"  # the reason of an object that broke the program, or ended a process again and again
_AHEAD = Ahead(objects=16, bytes=32 * 2**20, patience_s=1.0)

Outcome = Processed | SourceUnavailable


@dataclass(frozen=True, slots=True, kw_only=True)
class Evaluated:
    """What came of a row: a result to record, or the refusal of the surroundings."""

    row: LedgerRow
    outcome: Outcome


class Evaluator(Protocol):
    """Fetches and evaluates log files, `lanes` of them at a time; used by the work thread alone."""

    @property
    def lanes(self) -> int:
        """How many are evaluated at a time."""

    def evaluate(
        self, rows: Sequence[LedgerRow], watched: Watched, *, ruleset: RuleSet
    ) -> Generator[Evaluated | None, None, None]:
        """Yield what came of each row, and None each time that the next one lets itself be waited for.

        What is held does not grow with the rows. Closed early, what was not yielded stays as it was.
        """

    def close(self) -> None:
        """Let go of everything, without waiting for what is under way."""


class InProcess:
    """Evaluates in the thread that asks, in the order of the rows; a few threads fetch ahead of it."""

    lanes = 1

    def __init__(self) -> None:
        self._pool = ThreadPoolExecutor(FETCHERS, thread_name_prefix="fetch")

    def evaluate(
        self, rows: Sequence[LedgerRow], watched: Watched, *, ruleset: RuleSet
    ) -> Generator[Evaluated | None, None, None]:
        """As the protocol says."""
        config = watched.config
        with closing(fetch_ahead(rows, watched.source.get, pool=self._pool, ahead=_AHEAD)) as fetching:
            for fetched in fetching:
                if fetched is None:
                    yield None
                else:
                    yield Evaluated(row=fetched.row, outcome=_outcome(fetched, ruleset, config))

    def close(self) -> None:
        """A read that hangs is not waited for."""
        self._pool.shutdown(wait=False, cancel_futures=True)


def _outcome(fetched: Fetched, ruleset: RuleSet, config: SourceConfig) -> Outcome:
    try:
        return outcome_of(fetched, ruleset, config)
    except MemoryError:
        log.exception("object broke the program", key=fetched.row.object.key)
        return crashed(fetched.row)


def outcome_of(fetched: Fetched, ruleset: RuleSet, config: SourceConfig) -> Outcome:
    """What comes of a source's object that was read, or of the fault that reading it met. Raises MemoryError only."""
    row, fault = fetched.row, fetched.fault
    if isinstance(fault, SourceUnavailable):
        return fault
    if isinstance(fault, ObjectGone):
        return unread(row, ObjectState.GONE, None)
    if isinstance(fault, ObjectTooLarge):
        return unread(row, ObjectState.QUARANTINED, "too_large")
    if isinstance(fault, ObjectUnreadable):
        return unread(row, ObjectState.QUARANTINED, fault.reason)
    try:
        if fault is not None:
            raise fault
        return process(
            row.object,
            fetched.data,
            ruleset=ruleset,
            max_bytes=config.max_object_bytes,
            row_id=row.row_id,
            is_hashed=config.digest != "off",
        )
    except MemoryError:
        raise
    except Exception:  # the top of a loop: one object must not hold up all others
        log.exception("object broke the program", key=row.object.key)
        return crashed(row)


def crashed(row: LedgerRow) -> Processed:
    """The object is set aside, since it breaks what reads it."""
    return unread(row, ObjectState.QUARANTINED, CRASHED)
