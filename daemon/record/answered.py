"""Which alerts somebody has answered: acknowledged, or judged."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import ColumnElement, Connection, exists, or_, select

from daemon.record.answer_tables import acknowledgements, verdicts

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
