"""Works off pending log files: fetch, evaluate, record in batches; an environment fault pauses only its shard."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from concurrent.futures import Executor
from contextlib import closing
from dataclasses import dataclass, field
from datetime import datetime

import structlog

from daemon.detect.ruleset import RuleSet
from daemon.errors import ObjectGone, ObjectTooLarge, SourceUnavailable
from daemon.model import Level, Notice, ObjectResult, ObjectState
from daemon.pipeline import Processed, process
from daemon.ports import LedgerRow
from daemon.service.fetching import Fetched, fetch_ahead
from daemon.service.shared import Shared, Watched
from daemon.service.tally import Tally
from daemon.sources.retry import retry_delay
from daemon.trail.keys import shard_path

log = structlog.get_logger("trailwarden")

LOOP = "work"
_ROWS_A_QUERY = 256
_AHEAD = 16
_AHEAD_BYTES = 32 * 2**20  # read ahead at most; a single larger object goes alone
_BATCH = 64
_BATCH_S = 1.0


@dataclass(slots=True, kw_only=True)
class WorkReport:
    """What one run came to: `--once` must say whether anything failed."""

    done: int = 0
    quarantined: int = 0
    deferred: int = 0


@dataclass(slots=True, kw_only=True)
class _Batch:
    """Objects evaluated by one rule set that wait to be recorded together."""

    ruleset: RuleSet
    items: list[tuple[LedgerRow, Processed]] = field(default_factory=list)
    since_s: float = field(default_factory=time.monotonic)

    def is_full(self) -> bool:
        return len(self.items) >= _BATCH or time.monotonic() - self.since_s > _BATCH_S


class Worker:
    """Takes one source after the other; within one, the oldest objects first. Only one thread may call it."""

    def __init__(
        self,
        watched: Sequence[Watched],
        *,
        shared: Shared,
        ruleset: Callable[[], RuleSet],
        pool: Executor,
        on_opened: Callable[[], None],
    ) -> None:
        self._watched = watched
        self._shared = shared
        self._ruleset = ruleset
        self._pool = pool
        self._on_opened = on_opened
        self._tally = Tally(shared.metrics)

    def work_off(self) -> WorkReport:
        """Evaluate and record everything that is due, or until it is time to stop. Raises StoreError."""
        report = WorkReport()
        while not self._shared.is_stopping():
            # A chunk of each in turn: a backlog in one source must not keep the others waiting.
            due = [(watched, rows) for watched in self._watched if (rows := self._due(watched))]
            if not due:
                break
            for watched, rows in due:
                self._work(watched, rows, report)
        return report

    def turn(self) -> datetime | None:
        """`work_off` as a loop's turn: gives the time at which something falls due next."""
        self.work_off()
        times = [self._shared.store.ledger.next_due_at(watched.source.name) for watched in self._watched]
        return min((moment for moment in times if moment is not None), default=None)

    def _due(self, watched: Watched) -> list[LedgerRow]:
        now = self._shared.clock()
        return self._shared.store.ledger.pending(watched.source.name, now=now, limit=_ROWS_A_QUERY)

    def _work(self, watched: Watched, rows: Sequence[LedgerRow], report: WorkReport) -> None:
        batch = _Batch(ruleset=self._ruleset())
        paused: set[str] = set()
        fetching = fetch_ahead(rows, watched.source.get, pool=self._pool, max_ahead=_AHEAD, max_bytes=_AHEAD_BYTES)
        with closing(fetching):
            for fetched in fetching:
                self._shared.health.beat(LOOP)
                if isinstance(fetched.fault, SourceUnavailable):
                    self._put_off(fetched.row, fetched.fault, paused)
                    report.deferred += 1
                else:
                    batch.items.append((fetched.row, self._evaluate(fetched, watched, batch.ruleset)))
                if batch.is_full():
                    self._record(batch, report)
                    batch = _Batch(ruleset=batch.ruleset)
                if self._shared.is_stopping():
                    break
        self._record(batch, report)

    def _evaluate(self, fetched: Fetched, watched: Watched, ruleset: RuleSet) -> Processed:
        row = fetched.row
        if isinstance(fetched.fault, ObjectGone):
            return _unread(row, ObjectState.GONE, None)
        if isinstance(fetched.fault, ObjectTooLarge):
            return _unread(row, ObjectState.QUARANTINED, "too_large")
        try:
            if fetched.fault is not None:
                raise fetched.fault
            max_bytes = watched.config.max_object_bytes
            return process(row.object, fetched.data, ruleset=ruleset, max_bytes=max_bytes, row_id=row.row_id)
        except Exception:  # the top of a loop: one object must not hold up all others
            log.exception("object broke the program", key=row.object.key)
            return _unread(row, ObjectState.QUARANTINED, "crashed")

    def _put_off(self, row: LedgerRow, fault: SourceUnavailable, paused: set[str]) -> None:
        """An environment fault: the object stays pending, and its shard waits with it."""
        path = shard_path(row.object.key)
        if path in paused:
            return
        paused.add(path)
        shared = self._shared
        until = shared.clock() + retry_delay(row.attempts, jitter=shared.jitter())
        shared.store.ledger.defer(row.row_id, due_at=until, reason=fault.reason.value)
        shared.store.ledger.pause_shard(row.source, path, until=until, reason=fault.reason.value)
        shared.metrics.poll_errors.labels(row.source, fault.reason.value).inc()
        log.warning("object put off", key=row.object.key, reason=fault.reason.value, until=until.isoformat())
        title = f"Log files of {row.source} cannot be read"
        shared.notices.tell(Notice(reason=fault.reason.value, title=title, text=f"{row.object.url}: {fault}"))

    def _record(self, batch: _Batch, report: WorkReport) -> None:
        if not batch.items:
            return
        shared = self._shared
        results = [processed.result for _, processed in batch.items]
        recorded = shared.store.recorder.complete(
            results, plans=shared.plans, ruleset_digest=batch.ruleset.digest, now=shared.clock()
        )
        self._tally.count_recorded(recorded)
        for row, processed in batch.items:
            self._tally.count_object(row, processed)
            self._log(processed.result)
            self._report(row, processed.result, report)
        if recorded.opened:
            self._on_opened()

    def _log(self, result: ObjectResult) -> None:
        obj = result.object
        log.info(
            "object recorded",
            key=obj.key,
            state=result.state.value,
            events=result.events,
            matches=len(result.matches),
            **({"reason": result.reason} if result.reason else {}),
        )

    def _report(self, row: LedgerRow, result: ObjectResult, report: WorkReport) -> None:
        if result.state is not ObjectState.QUARANTINED:
            report.done += 1
            return
        report.quarantined += 1
        text = (
            f"{row.object.url}: {result.reason}. {result.events} records were evaluated, {result.rejects} rejected. "
            f"See `trailwarden objects list --state quarantined`; `objects retry` tries again."
        )
        notice = Notice(reason="quarantine", title="A log file was set aside", text=text, level=Level.MEDIUM)
        self._shared.notices.tell(notice)


def _unread(row: LedgerRow, state: ObjectState, reason: str | None) -> Processed:
    return Processed(result=ObjectResult(row_id=row.row_id, object=row.object, state=state, reason=reason))
