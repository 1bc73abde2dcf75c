"""Events that came inline: evaluated like the records of a log file, by a copy of the rules for this thread alone."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime

from daemon.detect.ruleset import RuleSet
from daemon.model import INLINE_URL, LogObject
from daemon.pipeline import Processed, process
from daemon.ports import Recorded
from daemon.service.shared import Shared
from daemon.service.tally import Tally
from daemon.trail.envelopes import InlineEvent

_MOST_BYTES = 4 << 20
_MEMORY = 2_000  # of what the rules remember to be fast: a queue brings single events


@dataclass(frozen=True, slots=True, kw_only=True)
class _Copy:
    of: RuleSet
    rules: RuleSet


class InlineEvents:
    """Used by one queue's thread. `ruleset` gives None while no rule is in force.

    What a rule set remembers while it evaluates is not made for two threads, hence the copy.
    """

    def __init__(self, queue: str, *, shared: Shared, ruleset: Callable[[], RuleSet | None]) -> None:
        self._queue = queue
        self._shared = shared
        self._ruleset = ruleset
        self._tally = Tally(shared.metrics)
        self._copy: _Copy | None = None

    def evaluate(self, event: InlineEvent) -> Processed | None:
        """Evaluate one, and record nothing yet. None while no rule is in force."""
        rules = self._rules()
        if rules is None:
            return None
        content = b'{"Records":[%b]}' % event.record
        stand_in = _stand_in(event, queue=self._queue, now=self._shared.clock())
        return process(stand_in, content, ruleset=rules, max_bytes=_MOST_BYTES)

    def record(self, processed: Sequence[Processed]) -> Recorded | None:
        """Record what came of them, all or none. Raises StoreError."""
        shared = self._shared
        if not processed or self._copy is None:
            return None
        rules = self._copy.rules
        recorded = shared.store.recorder.complete(
            [each.result for each in processed],
            plans=shared.plans,
            ruleset_digest=rules.digest,
            now=shared.clock(),
            correlations=rules.correlations,
        )
        self._tally.count_recorded(recorded)
        for each in processed:
            for rule_id, count in each.rule_errors.items():
                shared.metrics.rule_errors.labels(rule_id).inc(count)
        return recorded

    def _rules(self) -> RuleSet | None:
        now = self._ruleset()
        if now is None:
            return None
        if self._copy is None or self._copy.of is not now:
            rules = RuleSet(now.rules, digest=now.digest, correlations=now.correlations, memory=_MEMORY)
            self._copy = _Copy(of=now, rules=rules)
        return self._copy.rules


def _stand_in(event: InlineEvent, *, queue: str, now: datetime) -> LogObject:
    """What stands for the log file that nobody has seen yet."""
    return LogObject(
        bucket=queue,
        key=event.event_id,
        account=event.account,
        region=event.region,
        org_id=None,
        kind=event.kind,
        stamped_at=now,
        unique=event.event_id,
        size=len(event.record),
        etag="",
        last_modified=now,
        url=f"{INLINE_URL}{queue}",
    )
