"""`objects list|retry`: the log files in the ledger; each function prints and gives the exit code."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime

from daemon.commands.moments import moment
from daemon.commands.tables import print_line, print_rows
from daemon.model import ObjectState
from daemon.ports import LedgerRow
from daemon.record.store import Store

UNFINISHED = (ObjectState.PENDING, ObjectState.QUARANTINED, ObjectState.GONE)
_COLUMNS = ("state", "reason", "attempts", "stamped_at", "seen_at", "due_at", "size", "source", "url")


def list_objects(store: Store, *, states: Collection[ObjectState], limit: int, as_json: bool) -> int:
    """Print the newest log files of these states; without any, all that is not done."""
    found = store.list_objects(states=states or UNFINISHED, limit=limit)
    print_rows(_COLUMNS, [_row(row) for row in found], as_json=as_json)
    if not (found or states or as_json):
        print_line("`--state done` lists what is finished", is_error=True)
    return 0


def retry_objects(store: Store, keys: Sequence[str], *, all_quarantined: bool, now: datetime) -> int:
    """Have log files read again; 1 when a name fits none that is unfinished, 2 when nothing was named."""
    if not keys and not all_quarantined:
        print_line("name a key, URL or file name, or say --all-quarantined", is_error=True)
        return 2
    count, unknown = store.retry_objects(keys, all_quarantined=all_quarantined, now=now)
    print_line(f"{count} put back; a running daemon takes them up by itself")
    for key in unknown:
        print_line(f"{key}: nothing pending, quarantined or gone has this key, URL or file name", is_error=True)
    return int(bool(unknown))


def _row(row: LedgerRow) -> tuple[object, ...]:
    obj = row.object
    return (
        row.state.value,
        row.reason,
        row.attempts,
        moment(obj.stamped_at),
        moment(row.seen_at),
        moment(row.due_at) if row.state is ObjectState.PENDING else None,
        obj.size,
        row.source,
        obj.url,
    )
