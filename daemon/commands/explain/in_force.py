"""The rules among which one is looked for: those of the configuration, of `--rules`, or of the one file named."""

from __future__ import annotations

import os
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path

from daemon.commands.opening import Environment
from daemon.commands.rule_list import ReadOnlyMemory
from daemon.commands.tables import print_line
from daemon.config import Config, RulesConfig, find_config, load_config
from daemon.detect.folders import BUILTIN, is_folder, refuse_missing
from daemon.detect.reload import Reload
from daemon.detect.rulebook import RuleBook
from daemon.errors import ConfigError, Problem
from daemon.model import RuleHead
from daemon.record.store import Access
from daemon.service.state import is_state_there, open_state


def may_go_without(rule: str, rule_paths: Sequence[str]) -> bool:
    """Whether no configuration is needed to know the rules."""
    return bool(rule_paths) or is_file(rule)


def is_file(rule: str) -> bool:
    """Whether a rule is named by its file."""
    return rule.startswith(BUILTIN) or os.path.exists(rule)


def full_name(rule: str) -> str:
    """A file's path as rules know theirs; anything else as it is."""
    return str(Path(rule).resolve()) if is_file(rule) and not rule.startswith(BUILTIN) else rule


def open_settings(config: Path | None, environment: Environment, *, is_needed: bool) -> Config | None:
    """The configuration; None where there is none and none is needed. Raises ConfigError."""
    try:
        found = find_config(config, environment)
    except ConfigError as fault:
        if config is None and not is_needed:
            return None
        hint = Problem(where="rules explain", what="without a configuration, say where the rules are", fix="--rules")
        raise ConfigError([*fault.problems, hint]) from fault
    try:
        return load_config(found, environment, is_sending=False)
    except ConfigError:
        if config is not None or is_needed:
            raise
        print_line(
            f"without the configuration {found}, which has faults; `trailwarden check` names them", is_error=True
        )
        return None


def load_rules(rule: str, rule_paths: Sequence[str], settings: Config | None, *, now: datetime) -> Reload:
    """Raises ConfigError for paths that are not there, and for the faults of a file that is named as the rule."""
    refuse_missing(rule_paths, option="--rules")
    section = settings.rules if settings else RulesConfig()
    if not rule_paths and is_file(rule):
        return _load_file(rule, section, now=now)
    if rule_paths:
        return RuleBook(_with_paths(section, rule_paths)).reload(now=now)
    if settings is None or not is_state_there(settings.state):
        return RuleBook(section).reload(now=now)
    with open_state(settings.state, now=now, access=Access.READ) as store:
        return RuleBook(section, ReadOnlyMemory(store.rules)).reload(now=now)


def heads(loaded: Reload) -> Sequence[RuleHead]:
    """All that can be asked about."""
    return [*loaded.rules, *loaded.correlations]


def _load_file(path: str, section: RulesConfig, *, now: datetime) -> Reload:
    """One file as it stands, also where its rule is disabled."""
    refuse_missing([path])
    if is_folder(path):
        fix = f"name one of its rules, with --rules {path}"
        raise ConfigError([Problem(where=path, what="is a folder and no rule", fix=fix)])
    loaded = RuleBook(_with_paths(section.model_copy(update={"disable": ()}), [path])).reload(now=now)
    faults = [problem for problem in loaded.problems if not problem.is_warning]
    if not loaded.rules:
        passed = [Problem(where=entry.path, what=entry.reason) for entry in loaded.entries if entry.reason]
        nothing = [Problem(where=path, what="holds no rule", fix="rule files end in .yml or .yaml")]
        raise ConfigError(faults or passed or nothing)
    return loaded


def _with_paths(section: RulesConfig, paths: Sequence[str]) -> RulesConfig:
    return section.model_copy(update={"paths": RulesConfig.model_validate({"paths": list(paths)}).paths})
