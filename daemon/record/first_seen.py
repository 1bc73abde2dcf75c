"""First-seen rules in the recording transaction: of the new matches those that alert, and what is remembered of all.

What a match comes to is decided in `novelty`; here a rule's memory is locked, loaded and written down.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any, Protocol

from sqlalchemy import Connection, Row, func, select

from daemon.model import FirstSeen, GroupKey, Rule
from daemon.record.dialect import insert_missing, replace_rows
from daemon.record.matches import Found
from daemon.record.novelty import Memory, Verdict, learned_at, rule_key
from daemon.record.schema import first_seen, first_seen_rules

_CHUNK = 500
_OVERFLOW: GroupKey = (("overflow", "combinations"),)

Watched = Mapping[str, tuple[str, FirstSeen]]  # rule id and option by key


@dataclass(frozen=True, slots=True, kw_only=True)
class Sifted:
    """The matches that alert, and how many others there are by reason; overflow is both."""

    alerting: list[Found]
    suppressed: Mapping[str, int] = field(default_factory=dict)


class Sift(Protocol):
    """Decides which of the matches that were just stored alert."""

    def __call__(self, connection: Connection, new: Sequence[Found], *, now: datetime) -> Sifted:
        """Part them."""


def keep_all(connection: Connection, new: Sequence[Found], *, now: datetime) -> Sifted:
    """For replay, which decides at the end, when it has seen all."""
    return Sifted(alerting=list(new))


def sift(connection: Connection, new: Sequence[Found], *, now: datetime) -> Sifted:
    """Part matches that were just stored. What is told of them is remembered in this transaction, or not at all."""
    by_key: dict[str, list[Found]] = defaultdict(list)
    rules: dict[str, tuple[str, FirstSeen]] = {}
    alerting: list[Found] = []
    for found in new:
        option = found.match.rule.options.first_seen
        if option is None:
            alerting.append(found)
            continue
        key = rule_key(found.key[0], option.fields)
        by_key[key].append(found)
        rules[key] = (found.key[0], option)
    counts: Counter[Verdict] = Counter()
    rows = lock_rules(connection, rules, began_at=now)
    for key, matched in by_key.items():
        for found, verdict in _judge(connection, rows[key], rules[key][1], matched):
            counts[verdict] += 1
            if verdict is Verdict.NEW:
                alerting.append(found)
            elif verdict is Verdict.OVERFLOW:
                alerting.append(_as_overflow(found))
    del counts[Verdict.NEW]
    return Sifted(alerting=alerting, suppressed={verdict.value: count for verdict, count in counts.items()})


def watched(rules: Iterable[Rule]) -> Watched:
    """The first-seen rules among these, by the key of their memory."""
    return {
        rule_key(rule.id, option.fields): (rule.id, option)
        for rule in rules
        if (option := rule.options.first_seen) is not None
    }


def lock_rules(connection: Connection, rules: Watched, *, began_at: datetime) -> dict[str, Row[Any]]:
    """Lock the rows of these, in order, making what is missing: whoever holds them decides alone what is new."""
    if not rules:
        return {}
    keys = sorted(rules)
    values = [
        {"key": key, "rule_id": rules[key][0], "began_at": began_at, "forget_s": forget_s(rules[key][1])}
        for key in keys
    ]
    connection.execute(insert_missing(connection, first_seen_rules), values)
    found: dict[str, Row[Any]] = {}
    for start in range(0, len(keys), _CHUNK):
        some = first_seen_rules.c.key.in_(keys[start : start + _CHUNK])
        query = select(first_seen_rules).where(some).order_by(first_seen_rules.c.key).with_for_update()
        found.update((row.key, row) for row in connection.execute(query))
    return found


def recall(connection: Connection, row: Row[Any], option: FirstSeen, combinations: Collection[str]) -> Memory:
    """What is remembered of these combinations, and how many more may be."""
    known: dict[str, datetime] = {}
    asked = sorted(combinations)
    of_rule = first_seen.c.rule == row.id
    for start in range(0, len(asked), _CHUNK):
        some = first_seen.c.combination.in_(asked[start : start + _CHUNK])
        query = select(first_seen.c.combination, first_seen.c.last_at).where(of_rule, some)
        known.update((found.combination, found.last_at) for found in connection.execute(query))
    room = 0
    if len(known) < len(combinations):  # counting a hundred thousand takes a moment, and mostly nothing is new
        counted = select(func.count()).select_from(first_seen).where(of_rule)
        room = option.max_combinations - int(connection.execute(counted).scalar_one())
    return Memory(learned_at=learned_at(option, began_at=row.began_at), forget=option.forget, room=room, known=known)


def remember(connection: Connection, row: Row[Any], memory: Memory) -> None:
    """Write down what has changed; a combination's time never goes back."""
    rows = [
        {"rule": row.id, "combination": combination, "last_at": memory.changed[combination]}
        for combination in sorted(memory.changed)
        if memory.changed[combination] != memory.known.get(combination)
    ]
    if rows:
        connection.execute(replace_rows(connection, first_seen, key=("rule", "combination")), rows)


def forget_s(option: FirstSeen) -> int:
    """Whole seconds."""
    return int(option.forget.total_seconds())


def _judge(
    connection: Connection, row: Row[Any], option: FirstSeen, matched: Sequence[Found]
) -> list[tuple[Found, Verdict]]:
    memory = recall(connection, row, option, {found.combination for found in matched})
    # An event of the future, which only a clock that is wrong can give, must not be held for seen until then.
    told = [
        (found, memory.see(found.combination, min(found.at, found.clock)))
        for found in sorted(matched, key=lambda found: found.order)
    ]
    remember(connection, row, memory)
    return told


def _as_overflow(found: Found) -> Found:
    """The match as one of a single alert, which tells that this rule can no longer say what is new."""
    rule = found.match.rule
    option = rule.options.first_seen
    limit = f"{option.max_combinations:,} " if option else ""
    titled = replace(rule, title=f"{rule.title}: more than {limit}combinations, and no room to remember another")
    return replace(found, match=replace(found.match, rule=titled, group=_OVERFLOW))
