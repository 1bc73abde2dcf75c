"""Works off pending log files: fetch, evaluate, record in batches; what the environment refuses is put off."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from concurrent.futures import Executor
from contextlib import closing
from datetime import datetime

import structlog

from daemon.detect.ruleset import RuleSet
from daemon.errors import ObjectGone, ObjectTooLarge, ObjectUnreadable, SourceUnavailable
from daemon.model import Level, Notice, ObjectResult, ObjectState
from daemon.pipeline import Processed, process
from daemon.ports import LedgerRow, Recorded
from daemon.service.batch import Batch, WorkReport, unread
from daemon.service.fetching import Ahead, Fetched, fetch_ahead
from daemon.service.findings import FindingTeller
from daemon.service.refusals import Refusals
from daemon.service.shared import Shared, Watched
from daemon.service.tally import Tally

log = structlog.get_logger("trailwarden")

LOOP = "work"
_ROWS_A_QUERY = 256
_AHEAD = Ahead(objects=16, bytes=32 * 2**20, patience_s=1.0)


class Worker:
    """Takes one source after the other; within one, the oldest objects first. Only one thread may call it.

    `ruleset` gives None while no rule is in force: log files wait until there is something to evaluate them by.
    """

    def __init__(
        self,
        watched: Sequence[Watched],
        *,
        shared: Shared,
        ruleset: Callable[[], RuleSet | None],
        pool: Executor,
        on_opened: Callable[[], None],
    ) -> None:
        self._watched = watched
        self._shared = shared
        self._ruleset = ruleset
        self._pool = pool
        self._on_opened = on_opened
        self._tally = Tally(shared.metrics)
        self._refusals = Refusals(shared)
        self._findings = FindingTeller(shared, tally=self._tally, on_opened=on_opened)

    def work_off(self) -> WorkReport:
        """Evaluate and record everything that is due now, or until it is time to stop. Raises StoreError.

        What is put off on the way is not due again, however long this takes: each object is tried once.
        """
        report, began_at = WorkReport(), self._shared.clock()
        is_left = True
        while is_left:
            is_left = False
            # A chunk of each in turn: a backlog in one source must not keep the others waiting.
            for watched in self._watched:
                ruleset = self._ruleset()
                if ruleset is None or self._shared.is_stopping():
                    return report
                rows = self._due(watched, began_at)
                if rows:
                    self._work(watched, rows, ruleset=ruleset, report=report)
                    is_left = True
        ruleset = self._ruleset()
        if ruleset is not None:
            self._findings.tell(ruleset, self._complete)
            self._settle(ruleset)
        return report

    def _due(self, watched: Watched, began_at: datetime) -> list[LedgerRow]:
        now, ledger = self._shared.clock(), self._shared.store.ledger
        return ledger.pending(watched.source.name, now=now, began_at=min(began_at, now), limit=_ROWS_A_QUERY)

    def turn(self) -> datetime | None:
        """`work_off` as a loop's turn: gives the time at which something falls due next."""
        self.work_off()
        ruleset = self._ruleset()
        if ruleset is None:
            return None
        times = [self._shared.store.ledger.next_due_at(watched.source.name) for watched in self._watched]
        times.append(self._shared.store.recorder.next_look_at(ruleset.correlations))
        return min((moment for moment in times if moment is not None), default=None)

    def _work(self, watched: Watched, rows: Sequence[LedgerRow], *, ruleset: RuleSet, report: WorkReport) -> None:
        batch = Batch(ruleset=ruleset)
        with closing(fetch_ahead(rows, watched.source.get, pool=self._pool, ahead=_AHEAD)) as fetching:
            for fetched in fetching:
                if fetched is not None:
                    self._shared.health.beat(LOOP)
                    self._take(fetched, watched, batch)
                if fetched is None or batch.is_full():
                    self._record(batch, report)
                    batch = Batch(ruleset=ruleset)
                if self._shared.is_stopping():
                    break
        self._record(batch, report)
        self._refusals.settle()

    def _take(self, fetched: Fetched, watched: Watched, batch: Batch) -> None:
        if isinstance(fetched.fault, SourceUnavailable):
            self._refusals.refused(fetched.row, fetched.fault)
        else:
            self._refusals.read(fetched.row)
            batch.add(fetched.row, self._evaluate(fetched, watched, batch.ruleset))

    def _evaluate(self, fetched: Fetched, watched: Watched, ruleset: RuleSet) -> Processed:
        row = fetched.row
        if isinstance(fetched.fault, ObjectGone):
            return unread(row, ObjectState.GONE, None)
        if isinstance(fetched.fault, ObjectTooLarge):
            return unread(row, ObjectState.QUARANTINED, "too_large")
        if isinstance(fetched.fault, ObjectUnreadable):
            return unread(row, ObjectState.QUARANTINED, fetched.fault.reason)
        try:
            if fetched.fault is not None:
                raise fetched.fault
            obj, data, max_bytes = row.object, fetched.data, watched.config.max_object_bytes
            is_hashed = watched.config.digest != "off"
            return process(obj, data, ruleset=ruleset, max_bytes=max_bytes, row_id=row.row_id, is_hashed=is_hashed)
        except Exception:  # the top of a loop: one object must not hold up all others
            log.exception("object broke the program", key=row.object.key)
            return unread(row, ObjectState.QUARANTINED, "crashed")

    def _record(self, batch: Batch, report: WorkReport) -> None:
        if not batch.items:
            return
        self._tell_quarantined(batch)
        results = [processed.result for _, processed in batch.items]
        recorded = self._complete(results, batch.ruleset)
        self._tally.count_recorded(recorded)
        for row, processed in batch.items:
            self._tally.count_object(row, processed)
            _log(processed.result)
            report.count(processed.result)
        _log_sum(results, source=batch.items[0][0].source)
        if recorded.opened:
            self._on_opened()

    def _complete(self, results: Sequence[ObjectResult], ruleset: RuleSet) -> Recorded:
        shared = self._shared
        return shared.store.recorder.complete(
            results,
            plans=shared.plans,
            ruleset_digest=ruleset.digest,
            now=shared.clock(),
            correlations=ruleset.correlations,
        )

    def _settle(self, ruleset: RuleSet) -> None:
        """Look at the windows that have settled while nothing came."""
        due_at = self._shared.store.recorder.next_look_at(ruleset.correlations)
        if due_at is None or due_at > self._shared.clock():
            return
        recorded = self._complete((), ruleset)
        self._tally.count_recorded(recorded)
        self._on_opened()

    def _tell_quarantined(self, batch: Batch) -> None:
        """Before it is recorded: a crash in between tells it again, and never leaves it untold."""
        found = [(row.source, processed.result) for row, processed in batch.items if processed.result.reason]
        if not found:
            return
        source, first = found[0]
        text = (
            f"{first.object.url}: {first.reason}. Records evaluated: {first.events}, rejected: {first.rejects}. "
            + (f"{len(found) - 1} more with it. " if len(found) > 1 else "")
            + "See `trailwarden objects list --state quarantined`; `objects retry` tries again."
        )
        title = "A log file was set aside" if len(found) == 1 else f"{len(found)} log files were set aside"
        notice = Notice(reason="quarantine", title=title, text=text, level=Level.MEDIUM, about=source)
        self._shared.notices.tell(notice)


def _log(result: ObjectResult) -> None:
    """Each file by name: where all went well only in detail, since the sum says it."""
    tell = log.debug if result.state is ObjectState.DONE else log.info
    tell(
        "object recorded",
        key=result.object.key,
        state=result.state.value,
        events=result.events,
        matches=len(result.matches),
        **({"reason": result.reason} if result.reason else {}),
    )


def _log_sum(results: Sequence[ObjectResult], *, source: str) -> None:
    log.info(
        "log files recorded",
        source=source,
        files=len(results),
        events=sum(result.events for result in results),
        matches=sum(len(result.matches) for result in results),
    )
