"""`alerts list|show`: what the state store holds of alerts; each function prints and gives the exit code."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import asdict
from datetime import datetime
from typing import Any

from daemon.commands.moments import moment
from daemon.commands.tables import print_json, print_line, print_rows
from daemon.model import Alert, Delivery, GroupKey, Level, Sample
from daemon.record.store import Store

_NAMED = 5
_COLUMNS = ("opened_at", "level", "title", "who", "count", "state", "mode", "late", "rule", "id")


def list_alerts(store: Store, *, now: datetime, limit: int, with_notices: bool, min_level: Level, as_json: bool) -> int:
    """Print the newest alerts; notices, in which the daemon speaks of itself, only when asked for."""
    found = store.list_alerts(now=now, limit=limit, with_notices=with_notices, min_level=min_level)
    print_rows(_COLUMNS, [_row(alert) for alert in found], as_json=as_json)
    return 0


def show_alert(store: Store, alert_id: str, *, now: datetime, as_json: bool) -> int:
    """Print everything that is kept of one alert; 1 when no id is or begins like that, or several begin so."""
    ids = store.alert_ids(beginning=alert_id.strip())
    found = store.find_alert(ids[0], now=now) if len(ids) == 1 else None
    if found is None:
        no_one = "no alert of that id; `trailwarden alerts list` names them"
        print_line(f"{alert_id}: {_several(ids) if ids else no_one}", is_error=True)
        return 1
    alert, deliveries = found
    if as_json:
        print_json(_whole(alert, deliveries))
        return 0
    for name, value in (*_head(alert), *_facts(alert)):
        print_line(f"{name + ':':<15} {value}")
    for number, sample in enumerate(alert.samples):
        print_line("")
        print_line(_sample_heading(alert, number))
        for name, value in _sample(sample):
            print_line(f"  {name + ':':<13} {value}")
    print_line("")
    told = [
        (f"{d.destination} {d.channel or ''}".rstrip(), d.kind, d.state, d.reason, d.attempts, moment(d.due_at), d.id)
        for d in deliveries
    ]
    print_rows(("destination", "kind", "state", "reason", "attempts", "at", "id"), told, as_json=False)
    return 0


def _sample_heading(alert: Alert, number: int) -> str:
    if alert.facts.correlation:
        return "the event that completed it" if number == 0 else f"event {number} of {alert.count}"
    return "first event" if number == 0 else f"latest event {number} of {len(alert.samples) - 1}"


def _several(ids: Sequence[str]) -> str:
    more = ", …" if len(ids) > _NAMED else ""
    return f"the ids of several alerts begin so: {', '.join(ids[:_NAMED])}{more}"


def _row(alert: Alert) -> tuple[object, ...]:
    return (
        moment(alert.opened_at),
        alert.level.value,
        alert.title,
        " ".join(value for _, value in alert.group),
        alert.count,
        alert.state.value,
        alert.mode.value,
        alert.is_late,
        alert.rule_id,
        alert.id,
    )


def _head(alert: Alert) -> Iterator[tuple[str, object]]:
    yield "alert", alert.id
    yield "title", alert.title
    yield "rule", alert.rule_id
    yield "level", alert.level
    yield "state", f"{alert.state} ({alert.mode}{', late' if alert.is_late else ''})"
    yield "count", alert.count
    yield "first event", moment(alert.first_at)
    yield "last event", moment(alert.last_at)
    yield "opened", moment(alert.opened_at)
    yield "grown", moment(alert.grown_at)
    if alert.revised:
        yield "revised", alert.revised
    yield from alert.group


def _facts(alert: Alert) -> Iterator[tuple[str, object]]:
    facts = alert.facts
    yield from (("description", line) for line in facts.description.splitlines() if line.strip())
    if facts.correlation:
        yield "correlation", facts.correlation
    yield from (("false positive", text) for text in facts.false_positives)
    if facts.tags:
        yield "tags", ", ".join(facts.tags)
    if facts.runbook:
        yield "runbook", facts.runbook
    if alert.ruleset_digest:
        yield "rule set", alert.ruleset_digest[:12]


def _sample(sample: Sample) -> Iterator[tuple[str, object]]:
    names = ("summary", "time", "name", "source", "account", "region", "actor", "event_id", "object_url")
    yield from ((name, value) for name in names if (value := getattr(sample, name)))
    yield from sample.fields


def _whole(alert: Alert, deliveries: list[Delivery]) -> dict[str, Any]:
    kept = asdict(alert)
    del kept["known"]  # it is no part of what is stored
    return {
        **kept,
        "group": _pairs(alert.group),
        **{name: moment(getattr(alert, name)) for name in ("first_at", "last_at", "opened_at", "grown_at")},
        "samples": [
            {**asdict(sample), "fields": _pairs(sample.fields), "record": sample.record} for sample in alert.samples
        ],
        "deliveries": [
            {**asdict(delivery), "created_at": moment(delivery.created_at), "due_at": moment(delivery.due_at)}
            for delivery in deliveries
        ],
    }


def _pairs(pairs: GroupKey) -> list[dict[str, str]]:
    return [{"field": name, "value": value} for name, value in pairs]
