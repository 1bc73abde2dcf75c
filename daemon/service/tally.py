"""Moves the metrics as results come back: the one place that knows which result counts where."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

import structlog

from daemon.model import Finding, ObjectState
from daemon.ops.metrics import Metrics
from daemon.pipeline import Processed
from daemon.ports import LedgerRow, Recorded

log = structlog.get_logger("trailwarden")


class Tally:
    """Counts what the work on log files did. Called from the work thread only."""

    def __init__(self, metrics: Metrics) -> None:
        self._metrics = metrics
        self._newest: dict[str, datetime] = {}

    def count_object(self, row: LedgerRow, processed: Processed) -> None:
        """One object recorded."""
        result, source = processed.result, row.source
        self._metrics.objects.labels(source, result.state.value).inc()
        self._metrics.object_bytes.labels(source).inc(processed.bytes_read)
        self._metrics.events.labels(source, "evaluated").inc(result.events)
        self._metrics.events.labels(source, "rejected").inc(result.rejects)
        for rule_id, count in processed.rule_errors.items():
            self._metrics.rule_errors.labels(rule_id).inc(count)
        if result.state is not ObjectState.GONE:
            self._metrics.object_seconds.observe(processed.seconds)
        if processed.newest_at is not None:
            self._see_newest(row, processed.newest_at)

    def count_recorded(self, recorded: Recorded) -> None:
        """One transaction committed."""
        for alert in recorded.opened:
            self._metrics.alerts.labels(alert.level.value).inc()
        for reason, count in recorded.suppressed.items():
            self._metrics.suppressed.labels(reason).inc(count)
        for rule_id, count in recorded.matches_by_rule.items():
            self._metrics.matches.labels(rule_id).inc(count)

    def count_findings(self, findings: Iterable[Finding]) -> None:
        """What proof of completeness found and the rules have looked at; in the log also where no rule is about it."""
        for finding in findings:
            self._metrics.digest_findings.labels(finding.kind).inc()
            log.warning("digest finding", kind=finding.kind.value, reason=finding.reason, key=finding.key)

    def _see_newest(self, row: LedgerRow, newest_at: datetime) -> None:
        lag_s = (row.seen_at - newest_at).total_seconds()
        if lag_s >= 0:
            self._metrics.delivery_lag.labels(row.source).observe(lag_s)
            known = self._newest.get(row.source)
            if known is None or newest_at > known:
                self._newest[row.source] = newest_at
                self._metrics.newest_event.labels(row.source).set(newest_at.timestamp())
