"""More groups than a correlation follows: somebody may be multiplying them to hide one, so it is an alert by itself."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime
from typing import Protocol

from sqlalchemy import Connection

from daemon.model import Alert, AlertState, GroupKey, RuleFacts, RuleHead, Sample
from daemon.record.alerts import load_alerts, lock_groups, remember_last, save_alerts
from daemon.record.columns import storable
from daemon.record.grow import group_id
from daemon.record.ids import MakeId

GROUP: GroupKey = (("overflow", "groups"),)


class _Telling(Protocol):
    @property
    def make_id(self) -> MakeId: ...
    @property
    def ruleset_digest(self) -> str: ...
    @property
    def now(self) -> datetime: ...


def tell_overflow(
    connection: Connection, rule: RuleHead, left_out: int, telling: _Telling, *, what: str, group: GroupKey = GROUP
) -> Iterable[Alert]:
    """Open the alert, or let the open one grow by what was left out. `what` says of what there are too many."""
    key = group_id(rule.id, group)
    last = lock_groups(connection, {key: rule.id})[key]
    current = load_alerts(connection, [last] if last else [], now=telling.now).get(last or "")
    quiet = rule.options.close_after
    if current is not None and current.state is AlertState.OPEN:
        grown = replace(current, count=current.count + left_out, grown_at=telling.now, last_at=telling.now)
        save_alerts(connection, [(grown, quiet)], known={current.id})
        return ()
    alert = _first(rule, left_out, telling, what=what, group=group)
    save_alerts(connection, [(alert, quiet)], known=set())
    remember_last(connection, {key: alert.id})
    return (alert,)


def _first(rule: RuleHead, left_out: int, telling: _Telling, *, what: str, group: GroupKey) -> Alert:
    summary = f"{what}: what comes on top is not counted. Somebody may be hiding one among many."
    return Alert(
        id=telling.make_id(telling.now),
        rule_id=rule.id,
        group=group,
        level=rule.level,
        title=storable(f"{rule.title}: overflow"),
        mode=rule.options.mode,
        state=AlertState.OPEN,
        first_at=telling.now,
        last_at=telling.now,
        opened_at=telling.now,
        grown_at=telling.now,
        count=left_out,
        is_late=False,
        samples=(_sample(summary, telling.now),),
        facts=RuleFacts(description=rule.description, tags=rule.tags, runbook=rule.options.runbook, path=rule.path),
        ruleset_digest=telling.ruleset_digest,
    )


def _sample(summary: str, now: datetime) -> Sample:
    return Sample(
        event_id="",
        time=now.isoformat(),
        name="",
        source="",
        account="",
        region="",
        actor="",
        object_url="",
        summary=summary,
    )
