"""Events that came inline, by a queue, and now come from the trail: confirmed, or contradicted.

Until then nobody vouches for them. What the trail says replaces what the message said. Where it leads to another
group, somebody else was accused or spared: the match is then new again, and opens or joins the alert it belongs to.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, bindparam, select, tuple_, update

from daemon.model import INLINE_URL, Alert, Mute
from daemon.record.alerts import load_alerts
from daemon.record.columns import storable
from daemon.record.grow import group_id, sample_of, told_group
from daemon.record.matches import Found, MatchKey, values_of
from daemon.record.mutes import load_mutes
from daemon.record.rows import sample_values
from daemon.record.schema import alerts, matches

_CHUNK = 500
_SAID = {
    "event_time": "eventTime",
    "event_name": "eventName",
    "event_source": "eventSource",
    "account": "recipientAccountId",
    "region": "awsRegion",
    "actor": "actor",
}
_TRUE = ("event_at", *_SAID, "object_id", "object_url", "combination")
_CONFIRM = (
    update(matches)
    .where(matches.c.id == bindparam("k_id"))
    .values({name: bindparam(name, type_=matches.c[name].type) for name in _TRUE})
)


@dataclass(slots=True, kw_only=True)
class Confirmed:
    """`renewed`: matches, with their rows, that count as new. `contradictions`: a sentence for each difference.

    `vouched`: by the key of its group what an alert is to show in the place of what the message said.
    """

    renewed: dict[MatchKey, int] = field(default_factory=dict)
    vouched: dict[str, list[tuple[str, Found]]] = field(default_factory=dict)
    contradictions: list[str] = field(default_factory=list)

    @property
    def groups(self) -> dict[str, str]:
        """The groups whose alerts are changed, with their rules: to be locked."""
        return {group: items[0][1].key[0] for group, items in self.vouched.items()}


def confirm(connection: Connection, doubles: Sequence[Found], *, now: datetime) -> Confirmed:
    """Let matches from log files, stored before, vouch for those of them that came inline."""
    confirmed = Confirmed()
    again = {item.key: item for item in doubles if item.row_id is not None}
    rows = list(_inline_rows(connection, list(again)))
    accused = load_alerts(connection, sorted({row.alert_id for row in rows if row.alert_id}), now=now)
    muting = load_mutes(connection, sorted({alert.muted_by for alert in accused.values() if alert.muted_by}))
    for row in rows:
        item = again[row.rule_id, row.event_id]
        values = values_of(item)
        connection.execute(_CONFIRM, {"k_id": row.id, **{name: values[name] for name in _TRUE}})
        alert = accused.get(row.alert_id or "")
        if row.alert_id is None or row.combination != values["combination"]:
            confirmed.renewed[item.key] = row.id  # what kept it quiet, or made it new, was the message's word
        elif alert is not None and alert.group == told_group(item.match) and _is_as_muted(alert, item, muting):
            key = group_id(item.key[0], item.match.group, muted_by=alert.muted_by)
            confirmed.vouched.setdefault(key, []).append((alert.id, item))
        elif alert is not None:  # else none was told, or it is forgotten
            confirmed.renewed[item.key] = row.id
        if differing := _differing(row._mapping, values):
            confirmed.contradictions.append(f"{item.match.rule.title}, event {item.key[1]}: {differing}")
    return confirmed


def _is_as_muted(alert: Alert, item: Found, muting: Mapping[int, Mute]) -> bool:
    """Whether a mute that kept the alert quiet is about whom the trail names, and not only the message."""
    if alert.muted_by is None:
        return True
    event, rule = item.match.event, item.match.rule
    about = {"account": storable(event.account), "principal": storable(event.actor.principal)}
    mute = muting.get(alert.muted_by)
    return mute is not None and mute.covers(rule_id=item.key[0], level=rule.level, **about)


def vouch(connection: Connection, confirmed: Confirmed, *, now: datetime) -> list[Alert]:
    """Let alerts show what the trail says of their events. Their groups are locked, and they are saved.

    Gives those that show something else now: whoever read that an event is not confirmed is to read that it is.
    """
    true = {
        (alert_id, item.match.event.id): sample_values(sample_of(item.match))
        for items in confirmed.vouched.values()
        for alert_id, item in items
    }
    shown = load_alerts(connection, sorted({alert_id for alert_id, _ in true}), now=now)
    changed = []
    for alert in shown.values():
        if not any((alert.id, sample.event_id) in true for sample in alert.samples):
            continue
        samples = [true.get((alert.id, sample.event_id)) or sample_values(sample) for sample in alert.samples]
        values = {"samples": samples, "version": alert.version + 1}
        connection.execute(update(alerts).where(alerts.c.id == alert.id).values(values))
        changed.append(replace(alert, version=alert.version + 1))
    return changed


def _inline_rows(connection: Connection, keys: Sequence[MatchKey]) -> Iterator[Any]:
    columns = [matches.c[name] for name in ("id", "rule_id", "event_id", "alert_id", "combination", *_SAID)]
    key = tuple_(matches.c.rule_id, matches.c.event_id)
    is_inline = matches.c.object_url.startswith(INLINE_URL, autoescape=True)
    for start in range(0, len(keys), _CHUNK):
        query = select(*columns).where(key.in_(keys[start : start + _CHUNK]), is_inline)
        yield from connection.execute(query.order_by(matches.c.id))


def _differing(row: Mapping[Any, Any], values: Mapping[str, Any]) -> str:
    return ", ".join(
        f"{name} is {values[column]!r} and was said to be {row[column]!r}"
        for column, name in _SAID.items()
        if row[column] != values[column]
    )
