"""Where the daemon speaks of itself: a notice is logged, counted, recorded and so sent like any alert."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

import structlog

from daemon.errors import EnvironmentReason, StoreError
from daemon.model import Notice, Plan
from daemon.ops.metrics import Metrics
from daemon.ports import Clock, Recorder

log = structlog.get_logger("trailwarden")


REASONS = (  # that a notice may have: what it is about is no part of it
    *map(str, EnvironmentReason),
    *("crashed", "destination_gone", "destination_paused", "message_refused", "no_rules", "no_shards", "quarantine"),
    *("filter_expired", "geoip", "rule_broken", "rules_changed", "rules_too_few", "socket_down", "source_silent"),
    *("account_missing", "account_silent", "silence_over", "state_new", "workers_not_started"),
    *("accounts_disagree", "foreign_bucket", "inline_off", "queue_message", "trail_contradicts", "unconfirmed"),
    *("stamped_ahead", "too_many_shards"),
)


def crashed(what: str, fault: Exception) -> Notice:
    """A fault of ours: what broke, for a person to report."""
    text = (
        f"{what} broke ({type(fault).__name__}) and is tried again by itself. The log holds the traceback: report it."
    )
    return Notice(reason="crashed", title="A fault in the program", text=text, about=what)


class Notices:
    """Raises notices. `wake` is called when a new one is owed to somebody, `put_names` names accounts."""

    def __init__(
        self,
        recorder: Recorder,
        *,
        plans: Sequence[Plan],
        metrics: Metrics,
        clock: Clock,
        wake: Callable[[], None],
        put_names: Callable[[str], str] = str,
    ) -> None:
        self._recorder = recorder
        self._plans = plans
        self._metrics = metrics
        self._clock = clock
        self._wake = wake
        self._put_names = put_names

    def tell(self, notice: Notice) -> bool:
        """Log and count it, and record it if it is not one too many; gives whether it was recorded.

        A store that is away costs the message, never the log line and the metric.
        """
        notice = replace(notice, title=self._put_names(notice.title), text=self._put_names(notice.text))
        log.warning("notice", reason=notice.reason, about=notice.about, title=notice.title, text=notice.text)
        self._metrics.notices.labels(notice.reason).inc()
        try:
            is_told = self._recorder.notify(notice, plans=self._plans, now=self._clock())
        except StoreError as fault:
            log.error("notice not recorded", reason=notice.reason, error=str(fault))
            return False
        if is_told:
            self._wake()
        return is_told
