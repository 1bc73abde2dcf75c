"""`alerts list|show`: what the state store holds of alerts; each function prints and gives the exit code."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import asdict
from datetime import datetime
from typing import Any

from daemon.commands.moments import moment
from daemon.commands.tables import print_json, print_line, print_rows
from daemon.model import Alert, Answers, Delivery, GroupKey, Level, Sample
from daemon.record.store import Store

_NAMED = 5
_COLUMNS = ("opened_at", "level", "title", "who", "count", "state", "mode", "late", "rule", "id")


def list_alerts(
    store: Store,
    *,
    now: datetime,
    limit: int,
    with_notices: bool,
    min_level: Level,
    as_json: bool,
    only_muted: bool = False,
) -> int:
    """Print the newest alerts; notices, in which the daemon speaks of itself, only when asked for."""
    if only_muted:
        found = store.answers.muted_alerts(now=now, limit=limit, min_level=min_level)
    else:
        found = store.list_alerts(now=now, limit=limit, with_notices=with_notices, min_level=min_level)
    print_rows(_COLUMNS, [_row(alert) for alert in found], as_json=as_json)
    return 0


def show_alert(store: Store, alert_id: str, *, now: datetime, as_json: bool) -> int:
    """Print everything that is kept of one alert; 1 when no id is or begins like that, or several begin so."""
    full = one_alert(store, alert_id)
    found = store.find_alert(full, now=now) if full is not None else None
    if found is None:
        return 1
    alert, deliveries = found
    answers = store.answers.of(alert.id)
    if as_json:
        print_json({**_whole(alert, deliveries), "answers": asdict(answers)})
        return 0
    for name, value in (*_head(alert), *_answers(answers), *_facts(alert)):
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


def one_alert(store: Store, beginning: str) -> str | None:
    """The id that is or begins like that; None, and a line that says why, when there is none or are several."""
    ids = store.alert_ids(beginning=beginning.strip())
    if len(ids) == 1:
        return ids[0]
    no_one = "no alert of that id; `trailwarden alerts list` names them"
    print_line(f"{beginning}: {_several(ids) if ids else no_one}", is_error=True)
    return None


def _answers(answers: Answers) -> Iterator[tuple[str, object]]:
    if answers.acknowledged_by is not None and answers.acknowledged_at is not None:
        yield "acknowledged", f"by {answers.acknowledged_by.name} at {moment(answers.acknowledged_at)}"
    if answers.verdict_by is not None and answers.verdict_at is not None and answers.verdict is not None:
        said = answers.verdict.value.replace("_", " ")
        yield "verdict", f"{said}, by {answers.verdict_by.name} at {moment(answers.verdict_at)}"


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
        "muted" if alert.muted_by is not None else alert.mode.value,
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
    if alert.muted_by is not None:
        yield "muted by", f"mute {alert.muted_by}; nobody was told"
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
