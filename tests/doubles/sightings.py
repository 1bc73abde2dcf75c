"""First-seen rules and their matches, recorded as of whole log files."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

from daemon.model import FirstSeen, Match, ObjectState, Plan, Rule
from daemon.ports import Recorded
from daemon.record.store import Store
from tests.doubles.state_values import NOON, SOURCE, listing, log_object, match, result, rule

HOUR = timedelta(hours=1)
DAY = timedelta(days=1)
FIELDS = ("derived.principal", "awsRegion")


def novelty(
    rule_id: str = "novel",
    *,
    learn: timedelta = timedelta(0),
    forget: timedelta = 90 * DAY,
    fields: tuple[str, ...] = FIELDS,
    most: int = 100_000,
) -> Rule:
    """A first-seen rule; without a learning time unless told."""
    option = FirstSeen(fields=fields, learn=learn, forget=forget, max_combinations=most)
    of = rule(rule_id)
    return replace(of, options=replace(of.options, first_seen=option, group_by=fields))


def sighting(event_id: str, region: str = "eu-west-1", *, at: datetime | None = NOON, of: Rule | None = None) -> Match:
    """Alice was seen in a region."""
    combination = (("derived.principal", "alice"), ("awsRegion", region))
    return replace(match(event_id, of=of or novelty(), at=at), group=combination, combination=combination)


def record(store: Store, *matches: Match, now: datetime = NOON, plans: tuple[Plan, ...] = ()) -> Recorded:
    """A new log file that held these."""
    store.ledger.open_source(SOURCE, start_at=None, now=NOON)
    obj = log_object(f"{len(store.list_objects(states=list(ObjectState), limit=9999)):016d}")
    store.ledger.record_listing(SOURCE, listing(obj), is_sweep=False, now=NOON)
    (row,) = (row for row in store.ledger.pending(SOURCE, now=NOON, limit=999) if row.object == obj)
    done = result(*matches, row_id=row.row_id, obj=obj)
    return store.recorder.complete([done], plans=plans, ruleset_digest="", now=now)


def regions(recorded: Recorded) -> list[str]:
    """Where what alerted was seen."""
    return [dict(alert.group)["awsRegion"] for alert in recorded.opened]
