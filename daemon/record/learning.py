"""When first-seen rules begin to learn, what they learn from history, and what they forget."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import delete, func, select, update

from daemon.model import FirstSeen, Match, Rule
from daemon.record.dialect import wait_for_turn
from daemon.record.engine import Database
from daemon.record.first_seen import forget_s, lock_rules, recall, remember, watched
from daemon.record.novelty import Verdict, combination_id, forgotten_before, rule_key
from daemon.record.schema import first_seen, first_seen_rules

_BATCH = 2000


@dataclass(frozen=True, slots=True, kw_only=True)
class Remembered:
    """How a rule's memory stands: so many combinations, learning since `began_at`."""

    rule_id: str
    began_at: datetime
    combinations: int


class SqlFirstSeen:
    """The memory of first-seen rules, apart from recording."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def begin(self, rules: Iterable[Rule], *, now: datetime) -> None:
        """These rules are in force: those that are new begin to learn. What others remember is kept for a while."""
        in_force = watched(rules)
        table = first_seen_rules
        with self._database.writing() as connection:
            wait_for_turn(connection)
            lock_rules(connection, in_force, began_at=now)
            for row in connection.execute(select(table).order_by(table.c.key)).all():
                rule = in_force.get(row.key)
                left_at = None if rule else row.left_at or now
                forget = forget_s(rule[1]) if rule else row.forget_s
                if (left_at, forget) != (row.left_at, row.forget_s):
                    one = update(table).where(table.c.id == row.id)
                    connection.execute(one.values(left_at=left_at, forget_s=forget))

    def learn(self, found: Sequence[Match], *, now: datetime) -> Counter[str]:
        """Remember what history holds; counts by rule id the sightings for which there was no more room.

        Learning a thing twice changes nothing. What would be forgotten by now is not learned.
        """
        by_key: dict[str, list[Match]] = defaultdict(list)
        options: dict[str, tuple[str, FirstSeen]] = {}
        for match in found:
            if (option := match.rule.options.first_seen) is not None:
                by_key[rule_key(match.rule.id, option.fields)].append(match)
                options[rule_key(match.rule.id, option.fields)] = (match.rule.id, option)
        left_out: Counter[str] = Counter()
        with self._database.writing() as connection:
            wait_for_turn(connection)
            for key, row in lock_rules(connection, options, began_at=now).items():
                seen = list(_sightings(by_key[key], options[key][1], now=now))
                memory = recall(connection, row, options[key][1], {combination for _, combination in seen})
                for at, combination in sorted(seen):
                    left_out[row.rule_id] += memory.see(combination, at) is Verdict.OVERFLOW
                remember(connection, row, memory)
        return left_out

    def move_beginning(self, rules: Iterable[Rule], *, since: datetime, now: datetime) -> None:
        """The history that these rules have learned from reaches back to then: so does their learning time."""
        table = first_seen_rules
        with self._database.writing() as connection:
            wait_for_turn(connection)
            for row in lock_rules(connection, watched(rules), began_at=now).values():
                if since < row.began_at:
                    connection.execute(update(table).where(table.c.id == row.id).values(began_at=since))

    def remembered(self, rules: Iterable[Rule]) -> list[Remembered]:
        """How it stands for those of these rules that have a memory, by rule id."""
        keys = watched(rules)
        counted = (
            select(func.count()).where(first_seen.c.rule == first_seen_rules.c.id).correlate(first_seen_rules)
        ).scalar_subquery()
        query = select(first_seen_rules, counted.label("combinations")).order_by(first_seen_rules.c.rule_id)
        with self._database.reading() as connection:
            return [
                Remembered(rule_id=row.rule_id, began_at=row.began_at, combinations=row.combinations)
                for row in connection.execute(query)
                if row.key in keys
            ]


def forget(database: Database, *, now: datetime) -> int:
    """Forget combinations that count as new again, and rules that left long ago; gives how many combinations."""
    with database.reading() as connection:
        rows = connection.execute(select(first_seen_rules)).all()
    total = 0
    for row in rows:
        bound = forgotten_before(now, forget=timedelta(seconds=row.forget_s))
        total += _forget(database, row.id, before=bound)
        if row.left_at is not None and row.left_at < bound:
            _drop(database, row.id)
    return total


def _sightings(found: Iterable[Match], option: FirstSeen, *, now: datetime) -> Iterable[tuple[datetime, str]]:
    bound = forgotten_before(now, forget=option.forget)
    for match in found:
        at = min(match.event.at or match.event.object.stamped_at, now)
        if at >= bound:
            yield at, combination_id(match.combination)


def _forget(database: Database, rule: int, *, before: datetime) -> int:
    of_rule = first_seen.c.rule == rule
    old = select(first_seen.c.combination).where(of_rule, first_seen.c.last_at < before).limit(_BATCH)
    total = 0
    while True:
        with database.writing() as connection:
            wait_for_turn(connection)
            count = connection.execute(delete(first_seen).where(of_rule, first_seen.c.combination.in_(old))).rowcount
        total += count
        if count < _BATCH:
            return total


def _drop(database: Database, rule: int) -> None:
    """Unless it has come back, or something was seen meanwhile."""
    is_empty = ~select(first_seen.c.rule).where(first_seen.c.rule == rule).exists()
    has_left = first_seen_rules.c.left_at.is_not(None)
    with database.writing() as connection:
        wait_for_turn(connection)
        connection.execute(delete(first_seen_rules).where(first_seen_rules.c.id == rule, has_left, is_empty))
