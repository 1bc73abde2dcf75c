"""Every metric of the daemon, by the names of docs/metrics.md; labels are bounded and failures start at 0.

Counters are moved by the service as results come back to it. Gauges of the store are read when a scrape asks.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field

from prometheus_client import (
    CONTENT_TYPE_LATEST,
    CollectorRegistry,
    Counter,
    Gauge,
    Histogram,
    ProcessCollector,
    disable_created_metrics,
    generate_latest,
)
from prometheus_client.core import GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from daemon.errors import EnvironmentReason, TrailwardenError
from daemon.model import DigestOutcome, FindingKind, Level, RuleHead
from daemon.ops.queue_metrics import QueueMetrics
from daemon.trail.keys import SkipReason

CONTENT_TYPE = CONTENT_TYPE_LATEST
SUPPRESSED = (
    *("backlog", "duplicate", "first_seen_overflow", "flood", "group_cap", "learning", "match_cap", "muted", "quiet"),
    *("no_time", "seen", "shadow", "too_late"),
)
WORKER_ENDS = ("out_of_memory", "killed", "crashed", "overdue", "not_started")
OWN_FAULTS = ("state", "crashed")  # reasons of poll_errors that are no refusal of a source
_LAGS = (60, 120, 300, 600, 900, 1800, 3600, 7200, 21600, 86400, 604800)
_LATENCIES = (1, 5, 15, 60, 300, 600, 900, 1800, 3600, 21600, 86400)
_WORK = (0.001, 0.005, 0.01, 0.05, 0.1, 0.5, 1, 5, 15, 60, 300)


@dataclass(frozen=True, slots=True, kw_only=True)
class StoreGauges:
    """What the store counts at the moment of a scrape. Times are seconds since the epoch."""

    shards: Mapping[str, int] = field(default_factory=dict)
    pending: Mapping[str, int] = field(default_factory=dict)
    quarantined: Mapping[str, int] = field(default_factory=dict)
    oldest_pending: Mapping[str, float] = field(default_factory=dict)
    outbox_pending: Mapping[str, int] = field(default_factory=dict)
    outbox_oldest: Mapping[str, float] = field(default_factory=dict)
    unconfirmed: Mapping[str, int] = field(default_factory=dict)
    verdicts: Mapping[tuple[str, str], int] = field(default_factory=dict)  # by rule id and verdict
    mutes: Mapping[str, int] = field(default_factory=dict)  # by state
    created: float | None = None
    bytes: int | None = None


class _StoreCollector(Collector):
    """Asks the store at scrape time, so that gauges are true also when nothing moves."""

    def __init__(self, read: Callable[[], StoreGauges], failures: Counter) -> None:
        self._read = read
        self._failures = failures

    def describe(self) -> Iterable[Metric]:
        return []

    def collect(self) -> Iterator[Metric]:
        try:
            now = self._read()
        except TrailwardenError:
            self._failures.inc()  # the gauges are absent from this scrape, which alert rules notice
            return
        yield _family("shards", "Shards known, by source.", "source", now.shards)
        yield _family("objects_pending", "Log files waiting to be evaluated.", "source", now.pending)
        yield _family("objects_quarantined", "Log files set aside because of their content.", "source", now.quarantined)
        text = "When the oldest pending log file came into the bucket; absent when none is."
        yield _family("oldest_pending_timestamp_seconds", text, "source", now.oldest_pending)
        yield _family("outbox_pending", "Deliveries owed.", "destination", now.outbox_pending)
        text = "When the oldest delivery owed was created; absent when none is."
        yield _family("outbox_oldest_timestamp_seconds", text, "destination", now.outbox_oldest)
        text = "Events of a queue that no log file has confirmed in time, of the last day."
        yield _family("queue_events_unconfirmed", text, "queue", now.unconfirmed)
        verdicts = GaugeMetricFamily("trailwarden_verdicts", "Alerts judged by people.", labels=["rule_id", "verdict"])
        for labels, number in now.verdicts.items():
            verdicts.add_metric(list(labels), number)
        yield verdicts
        yield _family("mutes", "Mutes that hold, or wait for a second person.", "state", now.mutes)
        if now.created is not None:
            text = "When the state store was born: history before is not covered."
            yield GaugeMetricFamily("trailwarden_state_created_timestamp_seconds", text, value=now.created)
        if now.bytes is not None:
            yield GaugeMetricFamily("trailwarden_state_bytes", "Size of the state store.", value=now.bytes)


def _family(name: str, text: str, label: str, values: Mapping[str, float]) -> GaugeMetricFamily:
    family = GaugeMetricFamily(f"trailwarden_{name}", text, labels=[label])
    for value, number in values.items():
        family.add_metric([value], number)
    return family


class Metrics:
    """The registry and its instruments, as plain attributes: `metrics.objects.labels(source, outcome).inc()`."""

    def __init__(self, *, version: str) -> None:
        disable_created_metrics()  # type: ignore[no-untyped-call]  # no types there; a series of birthdays beside every counter, which nobody reads
        self.registry = CollectorRegistry()
        self._shown: set[tuple[str, str, str]] = set()
        ProcessCollector(registry=self.registry)  # process_resident_memory_bytes and its like
        self._counters()
        self._gauges(version)
        self._histograms()
        self.queues = QueueMetrics(self.registry)

    def _counters(self) -> None:
        self.objects = self._counter("objects", "Log files by what became of them.", "source", "outcome")
        self.object_bytes = self._counter("object_bytes", "Compressed bytes read.", "source")
        self.events = self._counter("events", "Records by what became of them.", "source", "outcome")
        self.skipped_keys = self._counter("skipped_keys", "Keys passed over in listings.", "source", "reason")
        self.poll_errors = self._counter("poll_errors", "Faults of listing and reading.", "source", "reason")
        self.aws_requests = self._counter("aws_requests", "Requests sent to AWS.", "operation")
        text = "Requests that list a bucket, by what for."
        self.list_requests = self._counter("list_requests", text, "source", "purpose")
        self.matches = self._counter("matches", "Matches recorded for the first time.", "rule_id")
        self.rule_errors = self._counter("rule_errors", "Evaluations of a rule that broke.", "rule_id")
        self.alerts = self._counter("alerts", "Alerts opened.", "level")
        self.suppressed = self._counter("suppressed", "What was recorded or counted, and not sent singly.", "reason")
        self.deliveries = self._counter("deliveries", "Deliveries by their end.", "destination", "outcome")
        self.delivery_retries = self._counter("delivery_retries", "Sends to be tried again.", "destination", "reason")
        self.rule_reloads = self._counter("rule_reloads", "Looks at the rule files that found a change.", "outcome")
        self.notices = self._counter("notices", "Notices raised.", "reason")
        self.worker_restarts = self._counter("worker_restarts", "Processes that ended and were replaced.", "reason")
        self.digests = self._counter("digests", "Digest files by what became of them.", "source", "outcome")
        self.digest_files = self._counter("digest_files", "Log files by what digests say.", "source", "outcome")
        self.digest_findings = self._counter("digest_findings", "Findings of proof of completeness.", "kind")
        text = "Alerts told elsewhere too, the destination being paused."
        self.fallbacks = self._counter("fallbacks", text, "destination")
        text = "Alerts told there because nobody had answered."
        self.escalations = self._counter("escalations", text, "destination")
        self.presses = self._counter("presses", "Buttons pressed, by what came of it.", "outcome")
        self.gauge_failures = self._counter("state_read_errors", "Scrapes that could not read the store.")

    def _gauges(self, version: str) -> None:
        self._gauge("build_info", "The version that runs.", "version").labels(version).set(1)
        self.rule_info = self._gauge("rule_info", "The rules and correlations in force.", "rule_id", "title", "level")
        self.rules_loaded = self._gauge("rules_loaded", "Rule files and rules by state.", "state")
        self.rules_ok = self._gauge("rules_last_reload_successful", "1 when every rule file loads.")
        self.poll_every = self._gauge("poll_every_seconds", "How often a source is to be polled.", "source")
        self.poll_success = self._gauge("last_poll_success_timestamp_seconds", "Last poll without fault.", "source")
        self.newest_event = self._gauge("newest_event_timestamp_seconds", "Newest event evaluated.", "source")
        self.last_proof = self._gauge("last_proof_timestamp_seconds", "Last round that proved anything.", "source")
        text = "Log files that a digest names and that are not in the bucket, until that is told."
        self.digest_files_missing = self._gauge("digest_files_missing", text, "source")
        self.destination_enabled = self._gauge("destination_enabled", "1 when it takes alerts.", "destination")
        self.socket_connected = self._gauge("socket_connected", "1 while buttons have a connection.", "destination")
        self.destination_paused = self._gauge("destination_paused", "1 while it is paused.", "destination")

    def _histograms(self) -> None:
        self.delivery_lag = self._histogram("delivery_lag_seconds", "From event to log file seen.", _LAGS, "source")
        text = "From event to alert sent."
        self.alert_latency = self._histogram("alert_latency_seconds", text, _LATENCIES, "destination")
        self.object_seconds = self._histogram("object_seconds", "From bytes to matches, a log file.", _WORK)
        self.poll_seconds = self._histogram("poll_seconds", "Listing a source.", _WORK, "source")
        self.send_seconds = self._histogram("send_seconds", "One try to send.", _WORK, "destination")

    def watch_store(self, read: Callable[[], StoreGauges]) -> None:
        """Let scrapes ask the store through `read`, which may raise TrailwardenError."""
        self.registry.register(_StoreCollector(read, self.gauge_failures))

    def begin_source(self, source: str, *, purposes: Iterable[str] = ()) -> None:
        """Start a source's failures at 0, so that the first one is seen as an increase; its listings by purpose too."""
        for purpose in purposes:
            self.list_requests.labels(source, purpose)
        for outcome in ("done", "quarantined", "gone"):
            self.objects.labels(source, outcome)
        for outcome in ("evaluated", "rejected"):
            self.events.labels(source, outcome)
        for reason in (*EnvironmentReason, *OWN_FAULTS):
            self.poll_errors.labels(source, reason)
        for reason in SkipReason:
            self.skipped_keys.labels(source, reason)
        for outcome in DigestOutcome:
            self.digests.labels(source, outcome)
        for file_outcome in ("proved", "changed", "deleted", "not_hashed", "not_vouched"):
            self.digest_files.labels(source, file_outcome)
        self.digest_files_missing.labels(source).set(0)
        self.last_proof.labels(source)
        self.object_bytes.labels(source)
        self.poll_success.labels(source)

    def begin_destination(self, destination: str, *, is_enabled: bool, retry_reasons: Iterable[str] = ()) -> None:
        """Start a destination's failures at 0."""
        for reason in retry_reasons:
            self.delivery_retries.labels(destination, reason)
        for outcome in ("sent", "dead"):
            self.deliveries.labels(destination, outcome)
        self.fallbacks.labels(destination)
        self.escalations.labels(destination)
        self.destination_enabled.labels(destination).set(is_enabled)
        self.destination_paused.labels(destination).set(0)

    def begin(self, *, notice_reasons: Iterable[str]) -> None:
        """Start at 0 what belongs to no source and no destination."""
        for level in Level:
            self.alerts.labels(level.value)
        for reason in SUPPRESSED:
            self.suppressed.labels(reason)
        for reason in WORKER_ENDS:
            self.worker_restarts.labels(reason)
        for outcome in ("ok", "faulty", "failed"):
            self.rule_reloads.labels(outcome)
        for kind in FindingKind:
            self.digest_findings.labels(kind)
        for reason in notice_reasons:
            self.notices.labels(reason)

    def set_rules(self, rules: Iterable[RuleHead], *, states: Mapping[str, int], is_ok: bool) -> None:
        """Show the rules and correlations in force; those that left are shown no more."""
        shown = {(rule.id, rule.title, rule.level.value) for rule in rules}
        for labels in self._shown - shown:
            self.rule_info.remove(*labels)
        for labels in shown - self._shown:
            self.rule_info.labels(*labels).set(1)
            self.matches.labels(labels[0])
            self.rule_errors.labels(labels[0])
        self._shown = shown
        for state, count in states.items():
            self.rules_loaded.labels(state).set(count)
        self.rules_ok.set(is_ok)

    def render(self) -> bytes:
        """The exposition text."""
        return generate_latest(self.registry)

    def _counter(self, name: str, text: str, *labels: str) -> Counter:
        return Counter(f"trailwarden_{name}", text, labels, registry=self.registry)

    def _gauge(self, name: str, text: str, *labels: str) -> Gauge:
        return Gauge(f"trailwarden_{name}", text, labels, registry=self.registry)

    def _histogram(self, name: str, text: str, buckets: tuple[float, ...], *labels: str) -> Histogram:
        return Histogram(f"trailwarden_{name}", text, labels, registry=self.registry, buckets=buckets)
