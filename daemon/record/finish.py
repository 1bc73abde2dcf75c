"""Which objects of a batch may be completed, and their rows written down as finished."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import Connection, bindparam, select, update

from daemon.model import ObjectResult
from daemon.record.columns import storable
from daemon.record.leases import Claims
from daemon.record.schema import objects

_CHUNK = 5000


def still_open(connection: Connection, results: Sequence[ObjectResult], claims: Claims) -> list[ObjectResult]:
    """The results whose row is still pending, and those of replay, which has no rows; locks the rows.

    What another worker finished first must not count twice, nor the same row given twice, nor what another daemon has
    taken over from us.
    """
    by_row = {result.row_id: result for result in results if result.row_id is not None}
    ids = sorted(by_row)
    pending: list[ObjectResult] = [result for result in results if result.row_id is None]
    for start in range(0, len(ids), _CHUNK):
        wanted = objects.c.id.in_(ids[start : start + _CHUNK]) & objects.c.due_at.is_not(None) & claims.is_ours()
        rows = connection.scalars(select(objects.c.id).where(wanted).order_by(objects.c.id).with_for_update())
        pending += [by_row[row_id] for row_id in rows]
    return pending


def finish(connection: Connection, results: Sequence[ObjectResult], *, now: datetime) -> None:
    """Write down what became of each; replay's leave no trace."""
    rows = [
        {
            "row_id": result.row_id,
            "state": result.state.value,
            "reason": None if result.reason is None else storable(result.reason),
            "finished_at": now,
            "events": result.events,
            "rejects": result.rejects,
            "content_sha256": None if result.sha256 is None else bytes.fromhex(result.sha256),
        }
        for result in results
        if result.row_id is not None
    ]
    if rows:
        one = update(objects).where(objects.c.id == bindparam("row_id"))
        connection.execute(one.values(due_at=None, claimed_by=None, attempts=objects.c.attempts + 1), rows)
