"""Every answer as it was given, whatever came of it: the trail by which an auditor sees who muted what."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, select

from daemon.model import Answer, AnswerKind, AnswerOutcome, KeptAnswer, Mute, Person
from daemon.record.answer_tables import answers
from daemon.record.columns import storable
from daemon.record.mutes import load_mutes

_ID_CHARS = 100


def keep(
    connection: Connection, answer: Answer, outcome: AnswerOutcome, *, mute: Mute | None, before: str, now: datetime
) -> KeptAnswer:
    """Write one down."""
    alert_id = mute.alert_id if mute is not None and not answer.alert_id else answer.alert_id
    values = {
        "key": None if answer.key is None else storable(answer.key),
        "at": now,
        "kind": answer.kind.value,
        "outcome": outcome.value,
        "by_id": storable(answer.by.id),
        "by_name": storable(answer.by.name),
        "alert_id": storable(alert_id, max_chars=_ID_CHARS),
        "mute_id": None if mute is None else mute.id,
        "before": before,
    }
    row = connection.execute(answers.insert().values(values).returning(answers)).one()
    return _kept(row, {mute.id: mute} if mute else {})


def known_answer(connection: Connection, key: str | None) -> KeptAnswer | None:
    """The answer of this key, which came before."""
    if key is None:
        return None
    rows = connection.execute(select(answers).where(answers.c.key == storable(key))).all()
    return next(iter(_with_mutes(connection, rows)), None)


def kept_answers(connection: Connection, *, alert_id: str | None, limit: int) -> list[KeptAnswer]:
    """The newest, of one alert or of all."""
    query = select(answers) if alert_id is None else select(answers).where(answers.c.alert_id == alert_id)
    return _with_mutes(connection, connection.execute(query.order_by(answers.c.id.desc()).limit(limit)).all())


def load_answers(connection: Connection, numbers: Sequence[int]) -> dict[int, KeptAnswer]:
    """Answers by number."""
    if not numbers:
        return {}
    rows = connection.execute(select(answers).where(answers.c.id.in_(numbers))).all()
    return {kept.number: kept for kept in _with_mutes(connection, rows)}


def _with_mutes(connection: Connection, rows: Sequence[Row[Any]]) -> list[KeptAnswer]:
    known = load_mutes(connection, sorted({row.mute_id for row in rows if row.mute_id is not None}))
    return [_kept(row, known) for row in rows]


def _kept(row: Row[Any], known: dict[int, Mute]) -> KeptAnswer:
    return KeptAnswer(
        number=row.id,
        at=row.at,
        kind=AnswerKind(row.kind),
        outcome=AnswerOutcome(row.outcome),
        by=Person(id=row.by_id, name=row.by_name),
        alert_id=row.alert_id,
        mute=known.get(row.mute_id) if row.mute_id is not None else None,
        before=row.before,
    )
