"""The daily digest in the database: what happened in a period, counted, and the digest itself, one for each day."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Sequence
from datetime import date, datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, Row, Select, case, func, select

from daemon.model import AnswerKind, DeliveryState, Mode, Plan, TraitKind
from daemon.model.daily import DAILY_RULE_ID, DailyDigest, group_of_day, kept_as_alert
from daemon.model.day import AlertCount, Happened, RuleMatches, RuleVerdicts
from daemon.record.alerts import lock_groups, remember_last, save_alerts
from daemon.record.answer_tables import verdicts
from daemon.record.dialect import wait_for_turn
from daemon.record.engine import Database, repeated
from daemon.record.grow import group_id
from daemon.record.ids import MakeId, new_id
from daemon.record.notices import NOTICE_WINDOW
from daemon.record.owe import owe
from daemon.record.schema import alerts, deliveries, groups, matches

_CHUNK = 500
_NOISIEST = 10
_MOST_TITLES = 10
_MOST_VERDICTS = 20
_SEVERAL = "several"
_ACCOUNT = "recipientAccountId"


class SqlDaily:
    """Digests over one database."""

    def __init__(self, database: Database, *, make_id: MakeId = new_id) -> None:
        self._database = database
        self._make_id = make_id

    def is_kept(self, day: date) -> bool:
        """Whether that day has its digest."""
        key = group_id(DAILY_RULE_ID, group_of_day(day))
        with self._database.reading() as connection:
            return connection.execute(select(groups.c.alert_id).where(groups.c.id == key)).scalar() is not None

    def last_until(self) -> datetime | None:
        """Until when the last digest told; None when there was none."""
        query = select(alerts.c.last_at).where(alerts.c.rule_id == DAILY_RULE_ID)
        with self._database.reading() as connection:
            return connection.execute(query.order_by(alerts.c.opened_at.desc()).limit(1)).scalar_one_or_none()

    def happened(self, *, since: datetime, until: datetime, destinations: Collection[str]) -> Happened:
        """What was recorded from `since` until before `until`, counted at one moment."""
        with self._database.reading() as connection:
            told, shadow, muted = _alerts(connection, since, until)
            return Happened(
                alerts=told,
                shadow_alerts=shadow,
                muted_alerts=muted,
                matches=_matches(connection, since, until),
                verdicts=_verdicts(connection, since, until),
                notices=_notices(connection, since, until),
                given_up=_given_up(connection, since, until, destinations),
            )

    @repeated
    def keep(self, digest: DailyDigest, *, plans: Sequence[Plan], now: datetime) -> bool:
        """Record it, and owe it to all of `plans`; False when that day has one already, from whichever daemon."""
        alert = kept_as_alert(digest, alert_id=self._make_id(now), now=now)
        key = group_id(DAILY_RULE_ID, alert.group)
        with self._database.writing() as connection:
            wait_for_turn(connection)
            if lock_groups(connection, {key: DAILY_RULE_ID})[key] is not None:
                return False
            save_alerts(connection, [(alert, NOTICE_WINDOW)], known=set())
            remember_last(connection, {key: alert.id})
            owe(connection, [alert], plans, now=now)
        return True


def _in_period(column: ColumnElement[Any], since: datetime, until: datetime) -> ColumnElement[bool]:
    return (column >= since) & (column < until)


def _alerts(connection: Connection, since: datetime, until: datetime) -> tuple[tuple[AlertCount, ...], int, int]:
    """Those that were told, by rule and account; and how many told nobody, for shadow and for mutes."""
    names = ("id", "title", "level", "mode", "muted_by", "group_key", "traits")
    query = select(*(alerts.c[name] for name in names)).where(
        alerts.c.is_notice.is_(False), _in_period(alerts.c.opened_at, since, until)
    )
    told: Counter[tuple[str, Any, str]] = Counter()
    open_questions: dict[str, tuple[str, Any]] = {}
    shadow = muted = 0
    for row in connection.execute(query, execution_options={"yield_per": _CHUNK}):
        if row.mode == Mode.SHADOW.value:
            shadow += 1
        elif row.muted_by is not None:
            muted += 1
        elif account := _account(row):
            told[row.title, row.level, account] += 1
        else:
            open_questions[row.id] = (row.title, row.level)
    for alert_id, account in _accounts_of_samples(connection, sorted(open_questions)):
        told[(*open_questions[alert_id], account)] += 1
    counted = [
        AlertCount(title=title, level=level, account=account, alerts=count)
        for (title, level, account), count in told.items()
    ]
    ordered = sorted(counted, key=lambda each: (-each.level.rank, -each.alerts, each.title, each.account))
    return tuple(ordered), shadow, muted


def _account(row: Row[Any]) -> str:
    """The account of an alert as far as its group and traits say."""
    of_group = dict(row.group_key).get(_ACCOUNT, "")
    seen = {value for kind, value, _ in row.traits or () if kind == TraitKind.ACCOUNT.value}
    return _one_of(seen | ({of_group} if of_group else set()))


def _one_of(accounts: Collection[str]) -> str:
    return _SEVERAL if len(accounts) > 1 else next(iter(accounts), "")


def _accounts_of_samples(connection: Connection, ids: Sequence[str]) -> Iterable[tuple[str, str]]:
    for start in range(0, len(ids), _CHUNK):
        some = alerts.c.id.in_(ids[start : start + _CHUNK])
        for row in connection.execute(select(alerts.c.id, alerts.c.samples).where(some)):
            yield row.id, _one_of({account for sample in row.samples if (account := sample.get("account"))})


def _matches(connection: Connection, since: datetime, until: datetime) -> tuple[RuleMatches, ...]:
    """The rules that most events matched. An event that matched several rules counts for each."""
    count, title = func.count().label("n"), func.max(alerts.c.title).label("title")
    muted = func.sum(case((alerts.c.muted_by.is_not(None), 1), else_=0)).label("muted")
    shadow = func.sum(case((alerts.c.mode == Mode.SHADOW.value, 1), else_=0)).label("shadow")
    query: Select[Any] = (
        select(matches.c.rule_id, count, title, muted, shadow)
        .select_from(matches.outerjoin(alerts, alerts.c.id == matches.c.alert_id))
        .where(_in_period(matches.c.recorded_at, since, until))
        .group_by(matches.c.rule_id)
        .order_by(count.desc(), matches.c.rule_id)
        .limit(_NOISIEST)
    )
    return tuple(
        RuleMatches(
            rule_id=row.rule_id,
            title=row.title or row.rule_id,
            matches=row.n,
            muted=int(row.muted),
            shadow=int(row.shadow),
        )
        for row in connection.execute(query)
    )


def _verdicts(connection: Connection, since: datetime, until: datetime) -> tuple[RuleVerdicts, ...]:
    def said(kind: AnswerKind) -> ColumnElement[int]:
        return func.sum(case((verdicts.c.verdict == kind.value, 1), else_=0))

    expected, not_expected = said(AnswerKind.EXPECTED), said(AnswerKind.NOT_EXPECTED)
    query = (
        select(func.max(alerts.c.title).label("title"), expected.label("expected"), not_expected.label("not_expected"))
        .select_from(verdicts.outerjoin(alerts, alerts.c.id == verdicts.c.alert_id))
        .add_columns(verdicts.c.rule_id)
        .where(_in_period(verdicts.c.at, since, until))
        .group_by(verdicts.c.rule_id)
        .order_by(not_expected.desc(), expected.desc(), verdicts.c.rule_id)
        .limit(_MOST_VERDICTS)
    )
    return tuple(
        RuleVerdicts(title=row.title or row.rule_id, expected=int(row.expected), not_expected=int(row.not_expected))
        for row in connection.execute(query)
    )


def _notices(connection: Connection, since: datetime, until: datetime) -> tuple[tuple[str, int], ...]:
    """What the daemon said of itself, digests apart, most often first."""
    count = func.count().label("n")
    query = (
        select(alerts.c.title, count)
        .where(alerts.c.is_notice.is_(True), alerts.c.rule_id != DAILY_RULE_ID)
        .where(_in_period(alerts.c.opened_at, since, until))
        .group_by(alerts.c.title)
        .order_by(count.desc(), alerts.c.title)
        .limit(_MOST_TITLES)
    )
    return tuple((row.title, int(row.n)) for row in connection.execute(query))


def _given_up(
    connection: Connection, since: datetime, until: datetime, destinations: Collection[str]
) -> dict[str, int]:
    """Of the messages that were made in this period."""
    query = (
        select(deliveries.c.destination, func.count().label("n"))
        .where(deliveries.c.destination.in_(sorted(destinations)))  # by the index on destination and time
        .where(_in_period(deliveries.c.created_at, since, until), deliveries.c.state == DeliveryState.DEAD.value)
        .group_by(deliveries.c.destination)
    )
    return {row.destination: int(row.n) for row in connection.execute(query)}
