"""`rules list|lint|test` by the configuration: which files, which variables, what the state remembers of them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

from daemon.commands import rule_list, rule_tests, rules
from daemon.commands.opening import Environment, open_config
from daemon.commands.tables import print_line
from daemon.config import find_config, load_config
from daemon.detect.folders import refuse_missing
from daemon.errors import ConfigError, StoreError
from daemon.record.store import Access
from daemon.service.clock import utc_now
from daemon.service.state import is_state_there, open_state


def list_rules(config: Path | None, *, as_json: bool, environment: Environment) -> int:
    """`rules list`; the last good versions are shown where there is a state store, and 1 if it cannot be read."""
    settings, now = open_config(config, environment), utc_now()
    try:
        if not is_state_there(settings.state):  # no daemon has run yet
            return rule_list.list_rules(settings.rules, memory=None, now=now, as_json=as_json)
        with open_state(settings.state, now=now, access=Access.READ) as store:
            return rule_list.list_rules(settings.rules, memory=store.rules, now=now, as_json=as_json)
    except StoreError as fault:
        print_line(f"without the last good versions, since the state store fails: {fault}", is_error=True)
        return max(1, rule_list.list_rules(settings.rules, memory=None, now=now, as_json=as_json))


def lint_rules(
    config: Path | None, paths: Sequence[str], *, is_strict: bool, as_json: bool, environment: Environment
) -> int:
    """`rules lint`; with paths, a configuration is used for its variables when there is one."""
    found, variables, beside = _rules(config, paths, environment)
    return rules.lint(found, variables=variables, now=utc_now(), as_json=as_json, is_strict=is_strict, beside=beside)


def try_rules(
    config: Path | None, paths: Sequence[str], *, as_json: bool, environment: Environment, junit: Path | None = None
) -> int:
    """`rules test`, written down in the file `junit` too if it is named."""
    found, variables, beside = _rules(config, paths, environment)
    return rule_tests.run_rule_tests(
        found, variables=variables, now=utc_now(), beside=beside, as_json=as_json, junit=junit
    )


def _rules(
    config: Path | None, paths: Sequence[str], environment: Environment
) -> tuple[Sequence[str], Mapping[str, Sequence[str]], Sequence[str]]:
    """Which rule files to look at, the values of their placeholders, and which files there are besides.

    Raises ConfigError.
    """
    refuse_missing(paths)
    try:
        found = find_config(config, environment)
    except ConfigError:
        if not paths:
            raise
        return paths, {}, ()  # files may be looked at without any configuration
    try:
        settings = load_config(found, environment, is_sending=False).rules
    except ConfigError as fault:
        if config is not None or not paths:
            raise
        print_line(_without_variables(len(fault.problems)), is_error=True)
        return paths, {}, ()
    return paths or settings.paths, settings.variables, settings.paths if paths else ()


def _without_variables(faults: int) -> str:
    told = (
        "1 fault; `trailwarden check` names it" if faults == 1 else f"{faults} faults; `trailwarden check` names them"
    )
    return f"without variables, since the configuration has {told}"
