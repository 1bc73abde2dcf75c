"""Why a message comes where it comes, put beside what is owed: for a paused destination, or since nobody answered."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import ColumnElement, Connection, select, update

from daemon.model import DeliveryKind
from daemon.record.schema import deliveries

_RINGING = (DeliveryKind.OPEN.value, DeliveryKind.BROADCAST.value)
_MOST_MENTIONS = 20


def remark_unanswered(
    connection: Connection, alert_id: str, destination: str, *, seconds: int, mentions: Sequence[str]
) -> None:
    """Let what is owed of an alert there say that nobody has answered it for so long, and wake these besides."""
    mine = (deliveries.c.alert_id == alert_id) & (deliveries.c.destination == destination)
    owed = mine & deliveries.c.kind.in_(_RINGING) & deliveries.c.settled_at.is_(None)
    for row in connection.execute(select(deliveries).where(_with_summary(connection, owed))).all():
        united = tuple(dict.fromkeys([*(row.mentions or ()), *mentions]))[:_MOST_MENTIONS]
        one = update(deliveries).where(deliveries.c.id == row.id)
        connection.execute(one.values(unanswered_s=seconds, mentions=united))


def remark_instead(connection: Connection, destination: str, meant_for: Mapping[str, tuple[str, int | None]]) -> None:
    """Let what opens alerts there say for whom it was meant. By alert: that destination, and its own `unanswered_s`."""
    for alert_id, (name, unanswered_s) in meant_for.items():
        mine = (deliveries.c.alert_id == alert_id) & (deliveries.c.destination == destination)
        opened = mine & (deliveries.c.kind == DeliveryKind.OPEN.value)
        values: dict[str, Any] = {"instead_of": name, "unanswered_s": unanswered_s}
        connection.execute(update(deliveries).where(_with_summary(connection, opened)).values(values))


def _with_summary(connection: Connection, these: ColumnElement[bool]) -> ColumnElement[bool]:
    """These deliveries, and the summary that tells one of them."""
    rows = connection.execute(select(deliveries.c.id, deliveries.c.parent_id, deliveries.c.kind).where(these)).all()
    held_by = [row.parent_id for row in rows if row.kind == DeliveryKind.OPEN.value and row.parent_id is not None]
    return deliveries.c.id.in_([*(row.id for row in rows), *held_by])
