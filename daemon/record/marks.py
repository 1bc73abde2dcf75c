"""Which objects are in work, and how often one of them ended the process that was at it: kept over crashes.

Where several daemons share the state each has a mark of its own, and looks at those of daemons that live no more.

The count stands in a pending object's `reason`, where `objects list` shows it, as `crashed (2)`. It needs no column of
its own, since a refusal that takes its place means that the object was not even read.
"""

from __future__ import annotations

import json
import re
from collections.abc import Collection

from sqlalchemy import Connection, Text, bindparam, delete, literal, select, update

from daemon.record.dialect import clock_us, is_among, replace_rows
from daemon.record.engine import Database, repeated
from daemon.record.schema import leases, meta, objects

_IN_WORK = "in_work"
_COUNTED = re.compile(r"crashed \((\d{1,9})\)")


_PENDING = (
    select(objects.c.id)
    .where(is_among(objects.c.id, bindparam("row_ids", type_=Text())), objects.c.due_at.is_not(None))
    .order_by(objects.c.id)
)


class SqlMarks:
    """Implements ports.WorkMarks."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._name = f"{_IN_WORK} {database.holder}" if database.holder else _IN_WORK
        self._inherited: set[str] = set()

    @repeated
    def mark(self, row_ids: Collection[int]) -> None:
        """These objects are in work from now on, and no others; what was `marked` by the dead is ours to mark."""
        row = {"name": self._name, "value": json.dumps(sorted(row_ids))}
        with self._database.writing() as connection:
            if self._inherited:
                connection.execute(delete(meta).where(meta.c.name.in_(sorted(self._inherited))))
            connection.execute(replace_rows(connection, meta, key="name"), row)
        self._inherited.clear()

    def marked(self) -> list[int]:
        """The objects that were in work when the process that was at them ended, and are still pending."""
        with self._database.reading() as connection:
            values = self._marks_of_the_dead(connection)
            found = _pending(connection, {row_id for value in values.values() for row_id in json.loads(value)})
        self._inherited |= values.keys() - {self._name}
        return found

    def still_pending(self, row_ids: Collection[int]) -> set[int]:
        """Those of these objects that nobody has finished."""
        if not row_ids:
            return set()
        with self._database.reading() as connection:
            return set(_pending(connection, row_ids))

    def _marks_of_the_dead(self, connection: Connection) -> dict[str, str]:
        if self._database.holder is None:
            is_wanted = meta.c.name == self._name
        else:
            living = select(literal(f"{_IN_WORK} ") + leases.c.holder).where(leases.c.until > clock_us())
            is_wanted = meta.c.name.startswith(f"{_IN_WORK} ", autoescape=True) & meta.c.name.not_in(living)
        rows = connection.execute(select(meta.c.name, meta.c.value).where(is_wanted))
        return {row.name: row.value for row in rows}

    def count_crash(self, row_id: int) -> int:
        """A process ended while it was at this object; gives how often that happened since it was last refused."""
        one = (objects.c.id == row_id) & objects.c.due_at.is_not(None)
        with self._database.writing() as connection:
            reason = connection.execute(select(objects.c.reason).where(one)).scalar_one_or_none()
            counted = _COUNTED.fullmatch(reason or "")
            crashes = 1 + (int(counted[1]) if counted else 0)
            connection.execute(update(objects).where(one).values(reason=f"crashed ({crashes})"))
        return crashes


def _pending(connection: Connection, row_ids: Collection[int]) -> list[int]:
    return list(connection.scalars(_PENDING, {"row_ids": json.dumps(sorted(row_ids))}))
