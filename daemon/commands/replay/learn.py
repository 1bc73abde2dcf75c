"""`replay --learn`: history goes into the memory of first-seen rules in the state; nothing is recorded or sent."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Sequence

from daemon.commands.moments import moment
from daemon.commands.replay.asked import Asked, Reading
from daemon.commands.replay.output import Format
from daemon.commands.standard_output import write_text
from daemon.commands.tables import print_rows
from daemon.config import StateConfig
from daemon.detect.ruleset import RuleSet
from daemon.errors import ConfigError, Problem
from daemon.model import ObjectResult, Rule
from daemon.record.novelty import learned_at
from daemon.record.store import Access, Store
from daemon.service.state import open_state

_COLUMNS = ("rule_id", "title", "learned", "remembered", "learning_since", "learning_until")


def open_memory(asked: Asked, state: StateConfig) -> Store:
    """The state, beside a daemon that runs. Raises ConfigError without a rule, StoreError without a state."""
    if not _learning(asked):
        fix = "write trailwarden: {first_seen: {fields: [...]}} into one"
        raise ConfigError([Problem(where="--learn", what="no rule in force has first_seen", fix=fix)])
    return open_state(state, now=asked.now, access=Access.SHARE)


def learn(reading: Reading, store: Store) -> None:
    """Read it all, then let the learning time of these rules begin where the history does, and print how they stand.

    A reading that is stopped leaves what was learned until then, and the learning time as it was.
    """
    rules, now = _learning(reading.asked), reading.asked.now
    memory = store.first_seen
    before = {each.rule_id: each.combinations for each in memory.remembered(rules)}
    left_out: Counter[str] = Counter()

    def take(results: list[ObjectResult]) -> int:
        found = [match for result in results for match in result.matches if match.rule.options.first_seen]
        left_out.update(memory.learn(found, now=now))
        return len(found)

    reading.read(RuleSet(rules), take)
    if reading.tally.objects:
        memory.move_beginning(rules, since=reading.reaches_back_to, now=now)
    _print(store, rules, before=before, form=reading.asked.form)
    for rule_id, count in sorted(left_out.items()):
        if count:
            reading.told.say(f"{rule_id}: no room for {count} sightings: it remembers max_combinations, and no more")


def _learning(asked: Asked) -> list[Rule]:
    return [rule for rule in asked.rules.rules if rule.options.first_seen is not None]


def _print(store: Store, rules: Sequence[Rule], *, before: dict[str, int], form: Format) -> None:
    by_id = {rule.id: rule for rule in rules}
    rows: list[tuple[object, ...]] = []
    for each in store.first_seen.remembered(rules):
        rule = by_id[each.rule_id]
        option = rule.options.first_seen
        until = learned_at(option, began_at=each.began_at) if option and option.learn else each.began_at
        learned = each.combinations - before.get(rule.id, 0)
        rows.append((rule.id, rule.title, learned, each.combinations, moment(each.began_at), moment(until)))
    if form is Format.NDJSON:
        write_text("".join(json.dumps(dict(zip(_COLUMNS, row, strict=True))) + "\n" for row in rows))
    else:
        print_rows(_COLUMNS, rows, as_json=form is Format.JSON)
