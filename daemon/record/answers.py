"""Answers in one transaction each: what somebody said to an alert is applied, written down, and owed to its thread."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from sqlalchemy import Connection, func, select

from daemon.model import (
    VERDICTS,
    Alert,
    Answer,
    AnswerKind,
    AnswerOutcome,
    Answers,
    KeptAnswer,
    Level,
    Mute,
    MuteRequest,
    MuteScope,
    MuteState,
    Person,
    Plan,
)
from daemon.record import mutes
from daemon.record.alerts import load_alerts
from daemon.record.answer_log import keep, kept_answers, known_answer
from daemon.record.answer_tables import acknowledgements, verdicts
from daemon.record.answered import answers_of
from daemon.record.columns import storable
from daemon.record.dialect import insert_missing, replace_rows, wait_for_turn
from daemon.record.engine import Database, repeated
from daemon.record.mutes import MuteStanding
from daemon.record.owe_answers import follow_answer, owe_answer, show_answer
from daemon.record.queries import list_alerts
from daemon.trail.subject import subject_of

_THE_SAME = timedelta(minutes=5)  # a mute that would end so little later is the same, asked for twice


@dataclass(frozen=True, slots=True, kw_only=True)
class _Applied:
    outcome: AnswerOutcome
    mute: Mute | None = None
    before: str = ""


class SqlAnswers:
    """What people say to alerts, and the mutes that come of it."""

    def __init__(self, database: Database) -> None:
        self._database = database

    @repeated
    def give(self, answer: Answer, *, plans: Sequence[Plan], now: datetime) -> KeptAnswer:
        """Apply an answer, write it down, and make due what tells of it. The same once more changes nothing.

        Whoever answers may do so: that is for the caller to know.
        """
        with self._database.writing() as connection:
            wait_for_turn(connection)
            known = known_answer(connection, answer.key)
            if known is not None:
                return known
            applied = _apply(connection, answer, now=now)
            kept = keep(
                connection, answer, applied.outcome, mute=applied.mute, before=storable(applied.before), now=now
            )
            if kept.outcome is AnswerOutcome.DONE:
                owe_answer(connection, kept, plans, now=now)
                show_answer(connection, kept, plans, now=now)
                follow_answer(connection, kept, plans, now=now)
        return kept

    @repeated
    def refuse(self, answer: Answer, *, now: datetime) -> KeptAnswer:
        """Write down that somebody answered who may not; nothing else comes of it."""
        with self._database.writing() as connection:
            wait_for_turn(connection)
            known = known_answer(connection, answer.key)
            return known or keep(connection, answer, AnswerOutcome.NOT_ALLOWED, mute=None, before="", now=now)

    def of(self, alert_id: str, *, now: datetime | None = None) -> Answers:
        """How an alert has been answered. Mutes are those that hold `now`; without it none is looked for."""
        with self._database.reading() as connection:
            found = answers_of(connection, [alert_id], now=now or datetime.max.replace(tzinfo=UTC))
        return found.get(alert_id, Answers())

    def log(self, *, alert_id: str | None = None, limit: int = 50) -> list[KeptAnswer]:
        """The newest answers, of one alert or of all, whatever came of them."""
        with self._database.reading() as connection:
            return kept_answers(connection, alert_id=alert_id, limit=limit)

    def muted_alerts(self, *, now: datetime, limit: int, min_level: Level = Level.INFORMATIONAL) -> list[Alert]:
        """The newest alerts that nobody was told of because of a mute."""
        return list_alerts(
            self._database, now=now, limit=limit, with_notices=False, min_level=min_level, only_muted=True
        )

    def mutes(self, *, now: datetime, with_over: bool = False, limit: int = 1000) -> list[MuteStanding]:
        """The newest mutes that hold or wait for a second person, each with how many matches it has muted."""
        return mutes.list_mutes(self._database, now=now, with_over=with_over, limit=limit)

    def mute_counts(self, *, now: datetime) -> Mapping[MuteState, int]:
        """How many mutes hold, and how many wait for a second person."""
        return mutes.count_live(self._database, now=now)

    def verdict_counts(self) -> Mapping[tuple[str, str], int]:
        """How many alerts stand under each verdict, by rule id and verdict."""
        query = select(verdicts.c.rule_id, verdicts.c.verdict, func.count().label("alerts"))
        with self._database.reading() as connection:
            rows = connection.execute(query.group_by(verdicts.c.rule_id, verdicts.c.verdict))
            return {(row.rule_id, row.verdict): row.alerts for row in rows}


def _apply(connection: Connection, answer: Answer, *, now: datetime) -> _Applied:
    if answer.kind in (AnswerKind.CONFIRM_MUTE, AnswerKind.UNMUTE):
        known = mutes.load_mutes(connection, [answer.mute_id] if answer.mute_id is not None else [])
        mute = known.get(answer.mute_id or 0)
        if mute is None:
            return _Applied(outcome=AnswerOutcome.UNKNOWN)
        by = answer.by
        is_end = answer.kind is AnswerKind.UNMUTE
        return _end(connection, mute, by=by, now=now) if is_end else _confirm(connection, mute, by=by, now=now)
    alert = load_alerts(connection, [answer.alert_id], now=now).get(answer.alert_id)
    if alert is None:
        return _Applied(outcome=AnswerOutcome.UNKNOWN)
    if answer.kind is AnswerKind.ACKNOWLEDGE:
        return _acknowledge(connection, alert, by=answer.by, now=now)
    if alert.is_notice:
        return _Applied(outcome=AnswerOutcome.UNFIT)
    if answer.kind in VERDICTS:
        return _judge(connection, alert, answer.kind, by=answer.by, now=now)
    return _mute(connection, alert, answer.mute, by=answer.by, now=now)


def _acknowledge(connection: Connection, alert: Alert, *, by: Person, now: datetime) -> _Applied:
    row = {"alert_id": alert.id, "by_id": storable(by.id), "by_name": storable(by.name), "at": now}
    is_first = insert_missing(connection, acknowledgements).values(row).returning(acknowledgements.c.alert_id)
    if connection.execute(is_first).first() is not None:
        return _Applied(outcome=AnswerOutcome.DONE)
    first = connection.execute(select(acknowledgements).where(acknowledgements.c.alert_id == alert.id)).one()
    return _Applied(outcome=AnswerOutcome.AGAIN, before=first.by_name)


def _judge(connection: Connection, alert: Alert, verdict: AnswerKind, *, by: Person, now: datetime) -> _Applied:
    last = connection.execute(select(verdicts).where(verdicts.c.alert_id == alert.id)).first()
    if last is not None and last.verdict == verdict.value:
        return _Applied(outcome=AnswerOutcome.AGAIN, before=last.by_name)
    row = {
        "alert_id": alert.id,
        "rule_id": alert.rule_id,
        "verdict": verdict.value,
        "by_id": storable(by.id),
        "by_name": storable(by.name),
        "at": now,
    }
    connection.execute(replace_rows(connection, verdicts, key="alert_id").values(row))
    return _Applied(outcome=AnswerOutcome.DONE)


def _mute(connection: Connection, alert: Alert, request: MuteRequest | None, *, by: Person, now: datetime) -> _Applied:
    if alert.level is Level.CRITICAL and not (request and request.with_critical):
        return _Applied(outcome=AnswerOutcome.CRITICAL)
    if request is None:
        return _Applied(outcome=AnswerOutcome.UNFIT)
    subject = subject_of(alert)
    lacks = {MuteScope.IDENTITY: not (subject.account and subject.principal), MuteScope.ACCOUNT: not subject.account}
    if lacks.get(request.scope, False):
        return _Applied(outcome=AnswerOutcome.UNFIT)
    for mute in mutes.like(connection, alert, subject, request, now=now):
        if _is_enough(mute, request, now=now):
            return _Applied(outcome=AnswerOutcome.AGAIN, mute=mute, before=mute.made_by.name)
        if request.scope is not MuteScope.ALL:
            return _Applied(outcome=AnswerOutcome.DONE, mute=_longer(connection, mute, request, now=now))
    made = mutes.make(connection, alert, subject, request, by=by, now=now)
    return _Applied(outcome=AnswerOutcome.DONE, mute=made)


def _is_enough(mute: Mute, request: MuteRequest, *, now: datetime) -> bool:
    """Whether a live mute of the same does what is asked for. One that waits is confirmed, not made again."""
    return mute.until_at is None or now + request.duration <= mute.until_at + _THE_SAME


def _longer(connection: Connection, mute: Mute, request: MuteRequest, *, now: datetime) -> Mute:
    return mutes.change(
        connection,
        mute.id,
        until_at=max(mute.until_at or now, now + request.duration),
        duration_s=int(request.duration.total_seconds()),
        reason=storable(request.reason),
    )


def _confirm(connection: Connection, mute: Mute, *, by: Person, now: datetime) -> _Applied:
    """Its time runs from now on: what waited for a second person has muted nothing yet."""
    state = mute.state(now=now)
    if state is MuteState.OVER:
        return _Applied(outcome=AnswerOutcome.OVER, mute=mute)
    if state is MuteState.IN_FORCE:
        before = mute.confirmed_by or mute.made_by
        return _Applied(outcome=AnswerOutcome.AGAIN, mute=mute, before=before.name)
    if by.id == mute.made_by.id:
        return _Applied(outcome=AnswerOutcome.SAME_PERSON, mute=mute)
    values = {"confirmed_by_id": storable(by.id), "confirmed_by_name": storable(by.name)}
    confirmed = mutes.change(connection, mute.id, from_at=now, until_at=now + mute.duration, **values)
    return _Applied(outcome=AnswerOutcome.DONE, mute=confirmed)


def _end(connection: Connection, mute: Mute, *, by: Person, now: datetime) -> _Applied:
    if mute.state(now=now) is MuteState.OVER:
        return _Applied(outcome=AnswerOutcome.AGAIN, mute=mute, before=mute.ended_by.name if mute.ended_by else "")
    values = {"ended_by_id": storable(by.id), "ended_by_name": storable(by.name)}
    return _Applied(outcome=AnswerOutcome.DONE, mute=mutes.change(connection, mute.id, ended_at=now, **values))
