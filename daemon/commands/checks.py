"""The parts of `trailwarden check`: each looks at one thing that the daemon needs, and gives what it finds.

A part looks only where the configuration is what the file says: a default in the place of a fault would be blamed for
what nobody asked for.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Sized
from dataclasses import dataclass, replace
from importlib.metadata import packages_distributions

from daemon.config import Draft, SourceConfig, StateConfig
from daemon.detect.rulebook import RuleBook
from daemon.detect.undecodable import UNDECODABLE
from daemon.errors import SourceUnavailable, StoreError
from daemon.record.place import refuse_network_files
from daemon.record.postgres_engine import is_postgres
from daemon.record.store import Access, open_store, sqlite_path
from daemon.service.adapters import open_source, usable_destinations
from daemon.service.clock import utc_now
from daemon.service.diagnosing import diagnose_destination
from daemon.service.members import organization_accounts
from daemon.service.routing import channels_of, route_doubts, route_remarks
from daemon.service.state import is_state_there, open_state
from daemon.sources.build import build_digest_source, build_keys, build_queue, source_name
from daemon.sources.diagnose import Finding, diagnose
from daemon.sources.diagnose_digests import diagnose_digests
from daemon.sources.diagnose_queue import diagnose_queue

_OF_RULES = ("paths", "disable", "variables")
_OF_SOURCE = (
    "url",
    "kinds",
    "accounts",
    "regions",
    "role_arn",
    "external_id",
    "region",
    "endpoint_url",
    "requester_pays",
)
_OF_NO_CONNECTION = {"name", "min_level", "details", "fallback"}  # of a destination
_OF_QUEUE = ("url", "queue_url", "poll_every", "role_arn", "external_id", "region")


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """One line for a person. A doubt is worth a look and no fault."""

    text: str
    is_fault: bool = False
    is_doubt: bool = False


def program() -> Iterator[Found]:
    """The package `daemon` must be ours: python-daemon installs one of that name over it, in silence."""
    owners = set(packages_distributions().get("daemon", [])) - {"trailwarden"}
    if owners:
        what = f"program: the package `daemon` also belongs to {', '.join(sorted(owners))}"
        yield Found(text=f"{what}; install trailwarden into an environment of its own", is_fault=True)


def configuration(draft: Draft) -> Iterator[Found]:
    """The file itself, and whether alerts would reach anybody."""
    config, is_remote = draft.config, any(source.is_remote for source in draft.config.sources)
    yield from (Found(text=str(problem), is_fault=True) for problem in draft.problems)
    if not draft.problems:
        yield Found(
            text=f"configuration: {_counted('source', config.sources)}, {_counted('destination', config.destinations)}"
        )
    if is_remote and (config.without_credential or not config.destinations):
        return  # told already, as a fault
    for n, each in enumerate(config.destinations):
        of_credential = ("type", "enabled", each.credential)
        if each.name in config.without_credential and _is_sure_of(draft, ("destinations", n), of_credential):
            yield Found(text=f"destination {_name(draft, n)}: left out, it has no {each.credential}", is_doubt=True)
    if draft.is_sure_of("destinations") and not usable_destinations(config):
        yield Found(text="destinations: alerts would go nowhere; enable one", is_fault=True)


def rules(draft: Draft) -> Iterator[Found]:
    """Every rule file, as the daemon would load it."""
    if not _is_sure_of(draft, ("rules",), _OF_RULES):
        yield _passed_over("rules")
        return
    config = draft.config.rules
    if not draft.is_sure_of("rules", "overrides"):
        config = config.model_copy(update={"overrides": ()})
    told = RuleBook(config).reload(now=utc_now())
    yield Found(text=f"rules: {len(told.rules)} in force")
    for problem in told.problems:
        text = str(replace(problem, is_warning=False))  # whether it is one, the mark says
        yield Found(text=text, is_fault=not problem.is_warning, is_doubt=problem.is_warning)
    if all(map(draft.is_sure_of, ("routes", "destinations", "accounts", "daily_digest"))):
        heads = (*told.rules, *told.correlations, UNDECODABLE)
        usable = usable_destinations(draft.config)
        doubts = route_doubts(draft.config, heads, usable)
        yield from (Found(text=remark) for remark in route_remarks(draft.config, usable))
        yield from (Found(text=doubt, is_doubt=True) for doubt in doubts)
    if not told.rules:
        yield Found(text="rules: none is in force, so nothing can be detected; see rules.paths", is_fault=True)


def state(draft: Draft) -> Iterator[Found]:
    """The state store, without making one: its birth must stay news."""
    if not _is_sure_of(draft, ("state",), ("url", "password")):
        yield _passed_over("state")
        return
    if is_postgres(draft.config.state.url):
        yield from _database(draft.config.state)
        return
    url = draft.config.state.url
    try:
        path = sqlite_path(url)
        if path.exists():
            with open_store(url, now=utc_now(), access=Access.READ) as store:
                born = store.counts().created_at
            yield Found(text=f"state: {path}, since {born:%Y-%m-%d}")
            if not (os.access(path, os.W_OK) and os.access(path.parent, os.W_OK | os.X_OK)):
                text = f"state: {path} and its folder cannot be written by this user; give it that right"
                yield Found(text=text, is_fault=True)
            return
        standing = next(folder for folder in path.parents if folder.exists())
        refuse_network_files(standing / path.name)
    except StoreError as fault:
        yield Found(text=f"state: {fault}", is_fault=True)
        return
    if not os.access(standing, os.W_OK | os.X_OK):
        yield Found(text=f"state: {standing} cannot be written; name another place in state.url", is_fault=True)
        return
    yield Found(text=f"state: {path} will be made at the first start")


def _database(state: StateConfig) -> Iterator[Found]:
    """PostgreSQL: whether it answers, and what lies there."""
    try:
        if not is_state_there(state):
            yield Found(text=f"state: {state.url.partition('@')[2] or state.url} will be made at the first start")
            return
        with open_state(state, now=utc_now(), access=Access.READ) as store:
            born, name = store.counts().created_at, store.database.name
    except StoreError as fault:
        yield Found(text=f"state: {fault}", is_fault=True)
        return
    yield Found(text=f"state: {name}, since {born:%Y-%m-%d}")


def sources(draft: Draft) -> Iterator[Found]:
    """Credentials and bucket of every source, and what proving it needs."""
    for n, each in enumerate(draft.config.sources):
        if not _is_sure_of(draft, ("sources", n), _OF_SOURCE):
            yield _passed_over(f"sources[{n}]")
            continue
        found = diagnose(open_source(each))
        is_to_be_proved = each.is_remote and each.digest != "off" and _is_sure_of(draft, ("sources", n), ("digest",))
        if is_to_be_proved and not found[0].is_fault:  # the first is about credentials
            told = {str(finding) for finding in found}
            found += [finding for finding in _digests(each) if str(finding) not in told]
        for finding in found:
            yield Found(text=str(finding), is_fault=finding.is_fault, is_doubt=finding.is_doubt)


def _digests(source: SourceConfig) -> Iterator[Finding]:
    digests, keys = build_digest_source(source, clock=utc_now), build_keys(source)
    return diagnose_digests(digests, keys, now=utc_now(), is_required=source.digest == "require")


def queues(draft: Draft) -> Iterator[Found]:
    """Every queue that a source names, once."""
    told: set[str] = set()
    for n, each in enumerate(draft.config.sources):
        if not each.queue_url or each.queue_url in told or not _is_sure_of(draft, ("sources", n), _OF_QUEUE):
            continue
        told.add(each.queue_url)
        for finding in diagnose_queue(build_queue(each.queue_url, each), poll_every=each.poll_every):
            yield Found(text=str(finding), is_fault=finding.is_fault, is_doubt=finding.is_doubt)


def organizations(draft: Draft) -> Iterator[Found]:
    """The accounts that a source's organisation has, where they are to be asked for."""
    for n, each in enumerate(draft.config.sources):
        if not _is_sure_of(draft, ("sources", n), (*_OF_SOURCE, "silence")):
            continue
        if each.silence.organization and each.is_listened_to:
            yield _organization(each)


def _organization(source: SourceConfig) -> Found:
    name = source_name(source)
    try:
        accounts = organization_accounts(source)
    except SourceUnavailable as fault:
        fix = "only the management account or a delegated administrator may ask; else list them in silence.accounts"
        return Found(text=f"{name}: {fault}; {fix}", is_fault=True)
    return Found(text=f"{name}: its organisation has {_counted('active account', accounts)}")


def destinations(draft: Draft) -> Iterator[Found]:
    """What can be found out of every destination without sending."""
    usable = usable_destinations(draft.config)
    for n, each in enumerate(draft.config.destinations):
        if not _is_sure_of(draft, ("destinations", n), set(type(each).model_fields) - _OF_NO_CONNECTION):
            yield _passed_over(f"destinations[{n}]")
            continue
        if each not in usable:
            continue
        further = channels_of(draft.config, each.name) if draft.is_sure_of("routes") else ()
        diagnosis = diagnose_destination(each, name=_name(draft, n), further=further)
        yield from (Found(text=fact) for fact in diagnosis.facts)
        yield from (Found(text=str(problem), is_fault=True) for problem in diagnosis.problems)
        yield from (Found(text=doubt, is_doubt=True) for doubt in diagnosis.doubts)


def _counted(noun: str, things: Sized) -> str:
    return f"{len(things)} {noun}" if len(things) == 1 else f"{len(things)} {noun}s"


def _is_sure_of(draft: Draft, section: tuple[int | str, ...], keys: Iterable[str]) -> bool:
    return all(draft.is_sure_of(*section, key) for key in keys)


def _name(draft: Draft, n: int) -> str:
    """What a person knows the destination by."""
    return draft.config.destinations[n].name if draft.is_sure_of("destinations", n, "name") else f"number {n + 1}"


def _passed_over(what: str) -> Found:
    return Found(text=f"{what}: not looked at, since its configuration has a fault", is_doubt=True)
