"""Works off pending log files: evaluated here or in processes, recorded here; what is refused is put off."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import closing
from datetime import datetime

import structlog

from daemon.detect.ruleset import RuleSet
from daemon.errors import SourceUnavailable
from daemon.model import Level, Notice, ObjectResult, ObjectState
from daemon.ports import LedgerRow, Recorded
from daemon.service.batch import Batch, WorkReport
from daemon.service.crashes import OWN_CRASHES, Crashes
from daemon.service.evaluating import Evaluated, Evaluator, crashed
from daemon.service.findings import FindingTeller
from daemon.service.queues.telling import contradicted, disagreements
from daemon.service.refusals import Refusals
from daemon.service.shared import Shared, Watched
from daemon.service.tally import Tally

log = structlog.get_logger("trailwarden")

LOOP = "work"
_ROWS_A_QUERY = 256


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
        evaluator: Evaluator,
        crashes: Crashes,
        on_opened: Callable[[], None],
    ) -> None:
        self._watched = watched
        self._shared = shared
        self._ruleset = ruleset
        self._evaluator = evaluator
        self._crashes = crashes
        self._on_opened = on_opened
        self._tally = Tally(shared.metrics)
        self._refusals = Refusals(shared)
        self._findings = FindingTeller(shared, tally=self._tally, on_opened=on_opened)

    def work_off(self) -> WorkReport:
        """Evaluate and record everything that is due now, or until it is time to stop. Raises StoreError.

        What is put off on the way is not due again, however long this takes: each object is tried once.
        """
        report = WorkReport()
        self._work_off(report, began_at=self._shared.clock())
        self._crashes.end()
        ruleset = self._ruleset()
        if ruleset is not None and not self._shared.is_stopping():
            self._findings.tell(ruleset, self._complete)
            self._settle(ruleset)
        return report

    def _work_off(self, report: WorkReport, *, began_at: datetime) -> None:
        is_left = True
        while is_left:
            is_left = False
            # A chunk of each in turn: a backlog in one source must not keep the others waiting.
            for watched in self._watched:
                ruleset = self._ruleset()
                if ruleset is None or self._shared.is_stopping():
                    return
                rows = self._due(watched, began_at)
                if rows:
                    self._work(watched, rows, ruleset=ruleset, report=report)
                    is_left = True

    def _due(self, watched: Watched, began_at: datetime) -> list[LedgerRow]:
        now, ledger = self._shared.clock(), self._shared.store.ledger
        limit = _ROWS_A_QUERY * self._evaluator.lanes  # at the end of each lot some wait for the others
        return ledger.pending(watched.source.name, now=now, began_at=min(began_at, now), limit=limit)

    def turn(self) -> datetime | None:
        """`work_off` as a loop's turn: gives the time at which something falls due next."""
        self.work_off()
        ruleset = self._ruleset()
        if ruleset is None:
            return None
        times = [self._shared.store.ledger.next_due_at(watched.source.name) for watched in self._watched]
        times.append(self._shared.store.recorder.next_look_at(ruleset.correlations))
        return min((moment for moment in times if moment is not None), default=None)

    def _work(self, watched: Watched, rows: list[LedgerRow], *, ruleset: RuleSet, report: WorkReport) -> None:
        self._crashes.begin(rows)
        doubtful = self._crashes.doubtful(rows)
        apart = {row.row_id for row in doubtful}
        others = [row for row in rows if row.row_id not in apart] if doubtful else rows
        self._work_together(watched, others, ruleset=ruleset, report=report)
        for row in doubtful:
            if not self._shared.is_stopping():
                self._work_alone(watched, row, ruleset=ruleset, report=report)
        self._refusals.settle()

    def _work_alone(self, watched: Watched, row: LedgerRow, *, ruleset: RuleSet, report: WorkReport) -> None:
        """An object that may have ended the program: counted before, so that it cannot do so again and again."""
        if self._crashes.is_one_more_try_left(row, most=OWN_CRASHES):
            self._work_together(watched, [row], ruleset=ruleset, report=report)
        else:
            batch = Batch(ruleset=ruleset)
            batch.add(row, crashed(row))
            self._record(batch, report)
        self._crashes.settled(row)

    def _work_together(
        self, watched: Watched, rows: Sequence[LedgerRow], *, ruleset: RuleSet, report: WorkReport
    ) -> None:
        batch = Batch(ruleset=ruleset)
        with closing(self._evaluator.evaluate(rows, watched, ruleset=ruleset)) as evaluating:
            for evaluated in evaluating:
                if evaluated is not None:
                    self._shared.health.beat(LOOP)
                    self._take(evaluated, batch)
                if evaluated is None or batch.is_full():
                    self._record(batch, report)
                    batch = Batch(ruleset=ruleset)
                if self._shared.is_stopping():
                    break
        self._record(batch, report)

    def _take(self, evaluated: Evaluated, batch: Batch) -> None:
        if isinstance(evaluated.outcome, SourceUnavailable):
            self._refusals.refused(evaluated.row, evaluated.outcome)
        else:
            self._refusals.read(evaluated.row)
            batch.add(evaluated.row, evaluated.outcome)

    def _record(self, batch: Batch, report: WorkReport) -> None:
        if not batch.items:
            return
        self._tell_quarantined(batch)
        results = [processed.result for _, processed in batch.items]
        recorded = self._complete(results, batch.ruleset)
        self._tally.count_recorded(recorded)
        ours = [item for item in batch.items if item[0].row_id in recorded.completed]
        for row, processed in ours:
            self._tally.count_object(row, processed)
            _log(processed.result)
            report.count(processed.result)
        _log_sum([processed.result for _, processed in ours], source=batch.items[0][0].source)
        self._tell_doubts(recorded, results)
        if recorded.opened or recorded.grown:
            self._on_opened()

    def _tell_doubts(self, recorded: Recorded, results: Sequence[ObjectResult]) -> None:
        if recorded.contradicted:
            self._shared.notices.tell(contradicted(recorded.contradicted))
        for notice in disagreements(results):
            self._shared.notices.tell(notice)

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
