"""The one transaction: whole objects, their matches, alerts and deliveries, all or nothing."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import Connection, func, select

from daemon.model import Alert, Correlation, Mode, Notice, ObjectResult, Plan
from daemon.ports import Recorded
from daemon.record import matches
from daemon.record.activity import learn_activity
from daemon.record.alerts import load_alerts, lock_groups, remember_last, save_alerts
from daemon.record.confirm import confirm, vouch
from daemon.record.converse import converse
from daemon.record.dialect import wait_for_turn
from daemon.record.engine import Database, repeated
from daemon.record.escalations import await_answers
from daemon.record.finish import finish, still_open
from daemon.record.firing_alerts import Telling
from daemon.record.first_seen import Sift, sift
from daemon.record.following import Followed, look_at_due, next_look_at, take_in
from daemon.record.grow import LATE_AFTER, Grown, group_id, grow
from daemon.record.ids import MakeId
from daemon.record.leases import Claims
from daemon.record.matches import Found
from daemon.record.muting import lift, mute
from daemon.record.notices import NEWS_LIMIT, NOTICE_WINDOW, again, first_of, group_of, has_room, joins
from daemon.record.owe import owe
from daemon.record.revise import owe_revisions
from daemon.record.schema import alerts, objects
from daemon.record.traits import risen_of


@dataclass(frozen=True, slots=True, kw_only=True)
class _Taken:
    """What became of the matches of a batch; `over` the cap they were not stored, `doubles` were known."""

    new: tuple[matches.MatchKey, ...]
    doubles: int
    over: int
    opened: tuple[Alert, ...]
    grown: Mapping[str, Alert]  # by id
    risen: frozenset[str]
    contradictions: tuple[str, ...]
    suppressed: Mapping[str, int]


class SqlRecorder:
    """Implements ports.Recorder."""

    def __init__(
        self,
        database: Database,
        *,
        make_id: MakeId,
        match_cap: int | None,
        is_history: bool = False,
        sift: Sift = sift,
        late_after: timedelta = LATE_AFTER,
    ) -> None:
        """`match_cap`: matches stored a rule and object; None for no cap. `sift`: which new matches alert.

        Of a history all comes first, in any order, and correlations are looked at once it is `concluded`.
        """
        self._is_history = is_history
        self._database = database
        self._make_id = make_id
        self._match_cap = match_cap
        self._sift = sift
        self._late_after = late_after
        self._claims = Claims(database, objects)

    @repeated
    def complete(
        self,
        results: Sequence[ObjectResult],
        *,
        plans: Sequence[Plan],
        ruleset_digest: str,
        now: datetime,
        correlations: Sequence[Correlation] = (),
    ) -> Recorded:
        """Record whole objects, all or none; what another worker completed first, or has taken over, is passed over."""
        if not any(map(_is_news, results)) and not correlations:
            return Recorded(new_matches=0, opened=())
        telling = self._telling(ruleset_digest, now=now)
        followed = Followed()
        with self._database.writing() as connection:
            fresh = still_open(connection, results, self._claims)
            if any(result.matches or result.contributions for result in fresh):
                wait_for_turn(connection)
            taken = self._take_matches(connection, fresh, ruleset_digest=ruleset_digest, now=now)
            opened = list(taken.opened)
            counting = [each for result in fresh for each in result.contributions]
            take_in(connection, counting, telling, followed)
            if not self._is_history:
                look_at_due(connection, correlations, telling, followed)
            opened += followed.opened
            held = owe(connection, opened, plans, now=now)
            grown = {**taken.grown, **followed.grown}
            risen = taken.risen | followed.risen
            for gathering, count in converse(connection, list(grown.values()), plans, risen=risen, now=now).items():
                held[gathering] = held.get(gathering, 0) + count
            await_answers(connection, [*opened, *grown.values()], plans, now=now)
            owe_revisions(connection, followed.revised, plans, now=now)
            finish(connection, fresh, now=now)
            learn_activity(connection, fresh, now=now)
        left_out = taken.over + sum(result.left_out for result in fresh)
        shadow = sum(alert.mode is Mode.SHADOW for alert in opened)
        suppressed = Counter({"match_cap": left_out, "duplicate": taken.doubles, "shadow": shadow, **held})
        return Recorded(
            new_matches=len(taken.new),
            opened=tuple(opened),
            completed=frozenset(result.row_id for result in fresh if result.row_id is not None),
            matches_by_rule=dict(Counter(rule_id for rule_id, _ in taken.new) + Counter(followed.fired)),
            grown=len(grown),
            contradicted=taken.contradictions,
            suppressed=dict(suppressed + Counter(taken.suppressed) + Counter(followed.suppressed)),
        )

    def _take_matches(
        self, connection: Connection, fresh: Sequence[ObjectResult], *, ruleset_digest: str, now: datetime
    ) -> _Taken:
        """Store what is new, and let alerts open and grow of it."""
        found, over = matches.find(fresh, now=now, cap=self._match_cap)
        row_ids = matches.insert(connection, found)
        doubles = [f for f in found if f.key not in row_ids and not f.match.event.object.is_inline]
        matches.keep_smallest_url(connection, [f for f in doubles if f.row_id is None])
        confirmed = confirm(connection, doubles, now=now)
        row_ids |= confirmed.renewed
        sifted = self._sift(connection, [item for item in found if item.key in row_ids], now=now)
        alerting = mute(connection, sifted.alerting, now=now)
        new = _by_group(alerting)
        last = lock_groups(connection, confirmed.groups | {key: items[0].key[0] for key, items in new.items()})
        known = load_alerts(connection, [alert for key in new if (alert := last[key]) is not None], now=now)
        grown = {
            key: grow(
                known.get(last[key] or ""),
                items,
                make_id=self._make_id,
                ruleset_digest=ruleset_digest,
                late_after=self._late_after,
            )
            for key, items in new.items()
        }
        grown = lift(connection, grown)
        _save(connection, grown, new, known=set(known), row_ids=row_ids)
        changed = [alert for one in grown.values() for alert in one.alerts]
        more = {alert.id: alert for alert in changed if alert.id in known}
        more |= {alert.id: alert for alert in vouch(connection, confirmed, now=now)}
        return _Taken(
            new=tuple(row_ids),
            doubles=len(found) - len(row_ids),
            over=over,
            opened=tuple(alert for alert in changed if alert.id not in known),
            grown=more,
            risen=risen_of(more.values(), known),
            contradictions=tuple(confirmed.contradictions),
            suppressed={**sifted.suppressed, "muted": _muted(grown)},
        )

    @repeated
    def conclude(self, correlations: Sequence[Correlation], *, now: datetime) -> int:
        """Look at all windows of a history, whose end is that of every window; gives how often something fired."""
        telling = self._telling("", now=now)
        followed = Followed()
        with self._database.writing() as connection:
            look_at_due(connection, correlations, telling, followed)
        return sum(followed.fired.values())

    def _telling(self, ruleset_digest: str, *, now: datetime) -> Telling:
        return Telling(
            make_id=self._make_id,
            ruleset_digest=ruleset_digest,
            now=now,
            is_history=self._is_history,
            late_after=self._late_after,
        )

    def next_look_at(self, correlations: Sequence[Correlation]) -> datetime | None:
        """When windows of these correlations are to be looked at next; None when none waits."""
        with self._database.reading() as connection:
            return next_look_at(connection, correlations)

    @repeated
    def notify(self, notice: Notice, *, plans: Sequence[Plan], now: datetime) -> bool:
        """Record a notice as an alert with its deliveries.

        False when its like was told within the hour, which then counts it, or many others of its reason were.
        """
        with self._database.writing() as connection:
            wait_for_turn(connection)
            alert = first_of(notice, make_id=self._make_id, now=now)
            key = group_id(alert.rule_id, group_of(notice))
            last = lock_groups(connection, {key: alert.rule_id})[key]
            known = load_alerts(connection, [last] if last else [], now=now)
            current = known.get(last or "")
            if current is not None and joins(current, now=now):
                save_alerts(connection, [(again(current, notice, now=now), NOTICE_WINDOW)], known={current.id})
                return False
            if not has_room(current, told=_told_lately(connection, alert.rule_id, now=now), now=now):
                return False
            save_alerts(connection, [(alert, NOTICE_WINDOW)], known=set())
            remember_last(connection, {key: alert.id})
            owe(connection, [alert], plans, now=now)
        return True


def _is_news(result: ObjectResult) -> bool:
    return bool(result.row_id is not None or result.matches or result.contributions)


def _told_lately(connection: Connection, rule_id: str, *, now: datetime) -> int:
    opened_at = alerts.c.opened_at
    lately = (alerts.c.rule_id == rule_id) & (opened_at > now - NOTICE_WINDOW) & (opened_at <= now)
    told = select(alerts.c.id).where(lately).limit(NEWS_LIMIT)
    return int(connection.execute(select(func.count()).select_from(told.subquery())).scalar_one())


def _by_group(found: Sequence[Found]) -> dict[str, list[Found]]:
    groups: dict[str, list[Found]] = defaultdict(list)
    for item in found:
        groups[group_id(item.key[0], item.match.group, muted_by=item.muted_by)].append(item)
    return dict(sorted(groups.items()))


def _muted(grown: Mapping[str, Grown]) -> int:
    """How many matches went to alerts that nobody is told of."""
    quiet = {alert.id for one in grown.values() for alert in one.alerts if alert.muted_by is not None}
    return sum(alert_id in quiet for one in grown.values() for alert_id in one.home.values())


def _save(
    connection: Connection,
    grown: dict[str, Grown],
    new: dict[str, list[Found]],
    *,
    known: set[str],
    row_ids: dict[matches.MatchKey, int],
) -> None:
    quiet = {key: items[-1].match.rule.options.close_after for key, items in new.items()}
    changed: list[tuple[Alert, timedelta]] = [(alert, quiet[key]) for key, one in grown.items() for alert in one.alerts]
    save_alerts(connection, changed, known=known)
    remember_last(connection, {key: one.alerts[-1].id for key, one in grown.items()})
    matches.assign(connection, {row_ids[key]: alert for one in grown.values() for key, alert in one.home.items()})
