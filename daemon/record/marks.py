"""Which objects are in work, and how often one of them ended the process that was at it: kept over crashes.

The count stands in a pending object's `reason`, where `objects list` shows it, as `crashed (2)`. It needs no column of
its own, since a refusal that takes its place means that the object was not even read.
"""

from __future__ import annotations

import json
import re
from collections.abc import Collection

from sqlalchemy import select, update

from daemon.record.dialect import replace_rows
from daemon.record.engine import Database
from daemon.record.schema import meta, objects

_IN_WORK = "in_work"
_COUNTED = re.compile(r"crashed \((\d{1,9})\)")


class SqlMarks:
    """Implements ports.WorkMarks."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def mark(self, row_ids: Collection[int]) -> None:
        """These objects are in work from now on, and no others."""
        row = {"name": _IN_WORK, "value": json.dumps(sorted(row_ids))}
        with self._database.writing() as connection:
            connection.execute(replace_rows(connection, meta, key="name"), row)

    def marked(self) -> list[int]:
        """The objects that were last said to be in work and are still pending."""
        with self._database.reading() as connection:
            value = connection.execute(select(meta.c.value).where(meta.c.name == _IN_WORK)).scalar_one_or_none()
            is_pending = objects.c.id.in_(json.loads(value or "[]")) & objects.c.due_at.is_not(None)
            return list(connection.scalars(select(objects.c.id).where(is_pending).order_by(objects.c.id)))

    def count_crash(self, row_id: int) -> int:
        """A process ended while it was at this object; gives how often that happened since it was last refused."""
        one = (objects.c.id == row_id) & objects.c.due_at.is_not(None)
        with self._database.writing() as connection:
            reason = connection.execute(select(objects.c.reason).where(one)).scalar_one_or_none()
            counted = _COUNTED.fullmatch(reason or "")
            crashes = 1 + (int(counted[1]) if counted else 0)
            connection.execute(update(objects).where(one).values(reason=f"crashed ({crashes})"))
        return crashes
