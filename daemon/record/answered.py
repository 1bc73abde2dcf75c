"""Which alerts somebody has answered, and how they stand: acknowledged, judged, muted."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, exists, or_, select

from daemon.model import AnswerKind, Answers, Person
from daemon.record.answer_tables import acknowledgements, mutes, verdicts
from daemon.record.mutes import load_mutes

_CHUNK = 500


def answered_of(connection: Connection, alert_ids: Sequence[str]) -> frozenset[str]:
    """Those of these alerts that have an answer."""
    found: set[str] = set()
    for start in range(0, len(alert_ids), _CHUNK):
        some = alert_ids[start : start + _CHUNK]
        for table in (acknowledgements, verdicts):
            found.update(connection.scalars(select(table.c.alert_id).where(table.c.alert_id.in_(some))))
    return frozenset(found)


def is_answered(alert_id: ColumnElement[str]) -> ColumnElement[bool]:
    """The same, as a condition of a query."""
    return or_(*(exists().where(table.c.alert_id == alert_id) for table in (acknowledgements, verdicts)))


def answers_of(connection: Connection, alert_ids: Sequence[str], *, now: datetime) -> dict[str, Answers]:
    """How people have answered these alerts; those that nobody has answered are left out."""
    told: dict[str, dict[str, Any]] = defaultdict(dict)
    for start in range(0, len(alert_ids), _CHUNK):
        some = alert_ids[start : start + _CHUNK]
        for row in connection.execute(select(acknowledgements).where(acknowledgements.c.alert_id.in_(some))):
            by = Person(id=row.by_id, name=row.by_name)
            told[row.alert_id] |= {"acknowledged_by": by, "acknowledged_at": row.at}
        for row in connection.execute(select(verdicts).where(verdicts.c.alert_id.in_(some))):
            by = Person(id=row.by_id, name=row.by_name)
            told[row.alert_id] |= {"verdict": AnswerKind(row.verdict), "verdict_by": by, "verdict_at": row.at}
        in_force = (mutes.c.until_at > now) & mutes.c.ended_at.is_(None) & mutes.c.alert_id.in_(some)
        numbers = list(connection.scalars(select(mutes.c.id).where(in_force).order_by(mutes.c.id)))
        found = load_mutes(connection, numbers)
        for number in numbers:  # the newest stays
            told[found[number].alert_id]["mute"] = found[number]
    return {alert_id: Answers(**values) for alert_id, values in told.items()}
