"""`rules explain`: which rule, which events, and why the one says what it says about the others; gives the exit code.

0: the rule holds for an event that was explained; 1: for none of them; 2: used wrongly, or the event cannot be had.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from daemon.commands.explain.in_force import full_name, heads, load_rules, may_go_without, open_settings
from daemon.commands.explain.output import print_json_stories, print_stories
from daemon.commands.explain.picked import pick_from_file, pick_from_store
from daemon.commands.explain.story import rules_of, tell
from daemon.commands.explain.which_rule import find_rule
from daemon.commands.opening import Environment
from daemon.commands.tables import print_line
from daemon.config import LogConfig
from daemon.errors import ConfigError, Problem, TrailwardenError
from daemon.ops.logs import set_up_logging
from daemon.service.clock import utc_now


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """The command line. `rule_paths` stand for those of the configuration; `number` picks one of a file's events."""

    rule: str
    event: str
    rule_paths: Sequence[str] = ()
    number: int | None = None
    as_json: bool = False


def explain_rule(asked: Asked, config: Path | None, *, environment: Environment) -> int:
    """Raises ConfigError for whatever keeps it from an answer."""
    try:
        return _explain(asked, config, environment)
    except ConfigError:
        raise
    except TrailwardenError as fault:  # its exit code is 1, and that is an answer here
        raise ConfigError([Problem(where="rules explain", what=str(fault))]) from fault


def _explain(asked: Asked, config: Path | None, environment: Environment) -> int:
    now = utc_now()
    settings = open_settings(config, environment, is_needed=not may_go_without(asked.rule, asked.rule_paths))
    loaded = load_rules(asked.rule, asked.rule_paths, settings, now=now)
    rule = find_rule(full_name(asked.rule), heads(loaded), entries=loaded.entries)
    rules = rules_of(heads(loaded))
    picked = pick_from_file(asked.event, number=asked.number, rule=rule, rules=rules)
    if picked is None:
        set_up_logging(LogConfig(level="warning"))  # on standard error; by itself it goes where the answer does
        picked = pick_from_store(asked.event, settings, number=asked.number, now=now)
    for doubt in picked.doubts:
        print_line(doubt, is_error=True)
    stories = [tell(rule, rules, event, show=picked.show) for event in picked.events]
    (print_json_stories if asked.as_json else print_stories)(rule, stories, picked)
    return int(not any(story.holds for story in stories))
