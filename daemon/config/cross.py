"""What no key can see alone: names that clash or lead nowhere, settings that need each other, a missing credential.

Each check runs over whatever it needs that has no fault, so that one fault hides no other and brings none along.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from importlib.util import find_spec
from typing import Any

from daemon.config.cross_daily import daily_faults
from daemon.config.cross_routes import reach_faults
from daemon.config.destinations import SlackConfig, SnsConfig
from daemon.config.faults import Fault, Sure
from daemon.config.models import Config, SourceConfig


def cross_check(config: Config, *, names: Sequence[str | None], is_sure_of: Sure, is_sending: bool) -> list[Fault]:
    """Every such fault. `names` is what the destinations are called, as written, None where that is not known."""
    sources = [(n, source) for n, source in enumerate(config.sources) if is_sure_of("sources", n, "url")]
    found = [
        *_external_ids(sources, is_sure_of),
        *_queues(sources, is_sure_of),
        *_matches(config, is_sure_of),
        *_same_names(names),
        *_same_urls([source for _, source in sources]),
        *_lost_notices(config, names, is_sure_of),
        *_external_ids_of_destinations(config, is_sure_of),
        *reach_faults(config, names=names, is_sure_of=is_sure_of),
        *daily_faults(config, names=names, is_sure_of=is_sure_of),
        *_buttons(config, is_sure_of),
    ]
    if is_sending:
        found += _missing_extras(config, names, is_sure_of)
    if is_sending and any(source.is_remote for _, source in sources):
        found += [*_nobody_to_tell(config, is_sure_of), *_no_credentials(config, names, is_sure_of)]
    return found


def names_of_destinations(tree: dict[Any, Any]) -> tuple[str | None, ...]:
    """What the destinations are called, right or wrong; None where there is no telling."""
    items = tree.get("destinations", [])
    if not isinstance(items, list):
        return (None,)
    return tuple(
        (isinstance(item, dict) and isinstance(item.get("name"), str) and item["name"]) or None for item in items
    )


def _external_ids(sources: Iterable[tuple[int, SourceConfig]], is_sure_of: Sure) -> Iterator[Fault]:
    for n, source in sources:
        is_sure = is_sure_of("sources", n, "external_id") and is_sure_of("sources", n, "role_arn")
        if is_sure and source.external_id and not source.role_arn:
            yield Fault(
                loc=("sources", n, "external_id"), what="is sent when a role is assumed", fix="give role_arn too"
            )


def _external_ids_of_destinations(config: Config, is_sure_of: Sure) -> Iterator[Fault]:
    for n, each in enumerate(config.destinations):
        is_sure = all(is_sure_of("destinations", n, key) for key in ("type", "external_id", "role_arn"))
        if is_sure and isinstance(each, SnsConfig) and each.external_id and not each.role_arn:
            loc = ("destinations", n, "external_id")
            yield Fault(loc=loc, what="is sent when a role is assumed", fix="give role_arn too")


def _queues(sources: Iterable[tuple[int, SourceConfig]], is_sure_of: Sure) -> Iterator[Fault]:
    for n, source in sources:
        loc = ("sources", n, "queue_url")
        if not (is_sure_of(*loc) and is_sure_of("sources", n, "inline_events")):
            continue
        if source.inline_events and not source.queue_url:
            fix = "give queue_url too"
            yield Fault(loc=("sources", n, "inline_events"), what="events themselves come only by a queue", fix=fix)
        if source.queue_url and not source.is_remote:
            yield Fault(loc=loc, what="a queue tells of a bucket, not of a folder", fix="take it out")
        elif source.queue_url and (source.url.startswith("s3://arn:") or _bucket(source.url).endswith("-s3alias")):
            what = "a queue tells of buckets by their names, not by their access points"
            yield Fault(loc=loc, what=what, fix="name the bucket itself in url: s3://bucket[/prefix]")


def _bucket(url: str) -> str:
    return url.removeprefix("s3://").partition("/")[0]


def _matches(config: Config, is_sure_of: Sure) -> Iterator[Fault]:
    for n, each in enumerate(config.rules.overrides):
        loc = ("rules", "overrides", n, "match")
        named = len(each.match.model_dump(exclude_none=True))
        if named > 1 or (named == 0 and is_sure_of(*loc)):
            yield Fault(loc=loc, what="match names exactly one of id, tag and path")


def _same_names(names: Sequence[str | None]) -> Iterator[Fault]:
    for name in sorted({name for name in names if name is not None and names.count(name) > 1}):
        yield Fault(loc=("destinations",), what=f"the name {name!r} stands twice", fix="give each its own")


def _same_urls(sources: Iterable[SourceConfig]) -> Iterator[Fault]:
    urls = [source.url.partition("/AWSLogs")[0] for source in sources]  # a pasted …/AWSLogs/… means the trail above it
    for url in sorted({url for url in urls if urls.count(url) > 1}):
        yield Fault(loc=("sources",), what=f"{url} stands twice", fix="keep one of them")


def _lost_notices(config: Config, names: Sequence[str | None], is_sure_of: Sure) -> Iterator[Fault]:
    if None in names or not is_sure_of("destinations", len(names)):  # whether there may be a further one
        return
    known = ", ".join(name for name in names if name)
    for n, name in enumerate(config.notices):
        if name not in names and is_sure_of("notices", n):
            fix = f"known: {known}" if known else "name one under destinations, or take it out"
            yield Fault(loc=("notices", n), what=f"no destination is called {name!r}", fix=fix)


def _buttons(config: Config, is_sure_of: Sure) -> Iterator[Fault]:
    for n, each in enumerate(config.destinations):
        loc = ("destinations", n)
        is_sure = all(is_sure_of(*loc, key) for key in ("type", "app_token", "may_press"))
        if is_sure and isinstance(each, SlackConfig) and each.app_token and not each.may_press:
            fix = "name a user group, such as may_press: S0123ABCD, or take app_token out"
            yield Fault(loc=(*loc, "app_token"), what="nobody may press its buttons", fix=fix)


def _nobody_to_tell(config: Config, is_sure_of: Sure) -> Iterator[Fault]:
    """None at all is a slip where a real trail is watched; one that is switched off was meant so."""
    if not config.destinations and is_sure_of("destinations"):
        fix = "name one, such as {name: terminal, type: console}"
        yield Fault(loc=("destinations",), what="there is none, so nobody would be told of an alert", fix=fix)


def _no_credentials(config: Config, names: Sequence[str | None], is_sure_of: Sure) -> Iterator[Fault]:
    for n, each in enumerate(config.destinations):
        loc = ("destinations", n)
        is_sure = all(is_sure_of(*loc, key) for key in ("type", "enabled", each.credential))
        if is_sure and each.lacks_credential:
            place = f"destination {names[n]}" if names[n] else ""
            fix = f"{each.credential_fix}, or switch the destination off with enabled: false"
            yield Fault(loc=loc, place=place, what=f"it is enabled and has no {each.credential}", fix=fix)


def _missing_extras(config: Config, names: Sequence[str | None], is_sure_of: Sure) -> Iterator[Fault]:
    """A library that only some destinations need must be there before the first alert is."""
    for n, each in enumerate(config.destinations):
        loc = ("destinations", n)
        is_sure = all(is_sure_of(*loc, key) for key in ("type", "enabled"))
        if is_sure and each.enabled and each.extra and find_spec(each.extra) is None:
            place = f"destination {names[n]}" if names[n] else ""
            fix = f"pip install 'trailwarden[{each.extra}]', or switch the destination off with enabled: false"
            yield Fault(loc=loc, place=place, what=f"the library {each.extra} is not installed", fix=fix)
