"""`trailwarden check`: everything that could keep the daemon from its work, every fault at once.

Each part gives findings and never stops the next; only a configuration that cannot be used ends it early.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from importlib.metadata import packages_distributions
from pathlib import Path

from daemon.commands.opening import open_config
from daemon.commands.tables import print_line
from daemon.config import Config, SlackConfig
from daemon.detect.rulebook import RuleBook
from daemon.errors import StoreError
from daemon.notify.diagnose import diagnose_slack
from daemon.record.place import refuse_network_files
from daemon.record.store import Access, open_store, sqlite_path
from daemon.service.adapters import open_source, usable_destinations
from daemon.service.clock import utc_now
from daemon.sources.diagnose import diagnose


@dataclass(frozen=True, slots=True, kw_only=True)
class _Found:
    text: str
    is_fault: bool = False
    is_doubt: bool = False


def check_all(config: Path | None, *, is_offline: bool, environment: Mapping[str, str]) -> int:
    """Print what was found; 1 when something is a fault. Raises ConfigError."""
    settings = open_config(config, environment, is_sending=True)
    parts: list[Callable[[Config], Iterable[_Found]]] = [_program, _rules, _state]
    parts += [] if is_offline else [_sources, _destinations]
    has_faults = False
    for part in parts:
        for found in _guarded(part, settings):
            mark = "FAULT" if found.is_fault else "doubt" if found.is_doubt else "ok   "
            print_line(f"{mark}  {found.text}")
            has_faults |= found.is_fault
    return int(has_faults)


def _guarded(part: Callable[[Config], Iterable[_Found]], config: Config) -> Iterator[_Found]:
    try:
        yield from part(config)
    except Exception as fault:  # the top of a part: the next ones are looked at all the same
        yield _Found(text=f"{part.__name__.strip('_')}: could not be checked ({fault!r})", is_fault=True)


def _program(config: Config) -> Iterator[_Found]:
    """The package `daemon` must be ours: python-daemon installs one of that name over it, in silence."""
    owners = set(packages_distributions().get("daemon", [])) - {"trailwarden"}
    if owners:
        what = f"program: the package `daemon` also belongs to {', '.join(sorted(owners))}"
        yield _Found(text=f"{what}; install trailwarden into an environment of its own", is_fault=True)
    yield _Found(text=f"configuration: {len(config.sources)} sources, {len(config.destinations)} destinations")
    for name in config.without_credential:
        yield _Found(text=f"destination {name}: left out, it has no token", is_doubt=True)
    if not usable_destinations(config):
        yield _Found(text="destinations: alerts would go nowhere; enable one", is_fault=True)


def _rules(config: Config) -> Iterator[_Found]:
    told = RuleBook(config.rules).reload(now=utc_now())
    yield _Found(text=f"rules: {len(told.rules)} in force")
    for problem in told.problems:
        yield _Found(text=str(problem), is_fault=not problem.is_warning, is_doubt=problem.is_warning)
    if not told.rules:
        yield _Found(text="rules: none is in force, so nothing can be detected; see rules.paths", is_fault=True)


def _state(config: Config) -> Iterator[_Found]:
    try:
        path = sqlite_path(config.state.url)
        if path.exists():
            with open_store(config.state.url, now=utc_now(), access=Access.READ) as store:
                born = store.counts(now=utc_now()).created_at
            yield _Found(text=f"state: {path}, since {born:%Y-%m-%d}")
            if not (os.access(path, os.W_OK) and os.access(path.parent, os.W_OK | os.X_OK)):
                text = f"state: {path} and its folder cannot be written by this user; give it that right"
                yield _Found(text=text, is_fault=True)
            return
        standing = next(folder for folder in path.parents if folder.exists())
        refuse_network_files(standing / path.name)
    except StoreError as fault:
        yield _Found(text=f"state: {fault}", is_fault=True)
        return
    if not os.access(standing, os.W_OK | os.X_OK):
        yield _Found(text=f"state: {standing} cannot be written; name another place in state.url", is_fault=True)
        return
    yield _Found(text=f"state: {path} will be made at the first start")


def _sources(config: Config) -> Iterator[_Found]:
    for each in config.sources:
        for finding in diagnose(open_source(each)):
            yield _Found(text=str(finding), is_fault=finding.is_fault)


def _destinations(config: Config) -> Iterator[_Found]:
    for each in usable_destinations(config):
        if not isinstance(each, SlackConfig):
            continue
        diagnosis = diagnose_slack(name=each.name, token=each.token.reveal, channel=each.channel, api_url=each.api_url)
        yield from (_Found(text=fact) for fact in diagnosis.facts)
        yield from (_Found(text=str(problem), is_fault=True) for problem in diagnosis.problems)
        yield from (_Found(text=doubt, is_doubt=True) for doubt in diagnosis.doubts)
