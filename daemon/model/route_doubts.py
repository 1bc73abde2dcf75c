"""What is doubtful about routes: those that can never take an alert, and destinations that no route leads to. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from daemon.model.routing import Route, folded, passing_on
from daemon.model.rules import Level, Mode, RuleHead


@dataclass(frozen=True, slots=True, kw_only=True)
class Surroundings:
    """What routes are held against. `accounts` and `regions` are what sources are restricted to; None: nothing.

    `destinations` are those that may be told, with the least level each takes; `otherwise_used` those that are
    told of alerts by other ways, such as fallbacks, and `named_besides` those that are told something else than alerts.
    """

    heads: Sequence[RuleHead]
    destinations: Mapping[str, Level]
    otherwise_used: frozenset[str] = frozenset()
    named_besides: frozenset[str] = frozenset()
    accounts: frozenset[str] | None = None
    regions: frozenset[str] | None = None


def doubts_of(routes: Sequence[Route], around: Surroundings) -> Iterator[str]:
    """A sentence for each thing that is worth a look, named by its place in the list."""
    routes = passing_on(routes, around.destinations)
    for number, route in enumerate(routes):
        place = f"routes[{number}]"
        faults = list(_impossible(route, around)) or list(_shadowed(route, routes[:number]))
        yield from (f"{place}: can never take an alert: {fault}" for fault in faults[:1])
        if not faults:
            yield from (f"{place}: {doubt}" for doubt in _partly(route, around))
    for name, gets in _left_out(routes, around):
        if name not in around.named_besides:
            yield f"destination {name}: no route leads to it, so it {gets}; name it in a route, or take it out"


def remarks_on(routes: Sequence[Route], around: Surroundings) -> Iterator[str]:
    """A sentence for each destination that may well be meant so: it hears of no alert, and of other things."""
    for name, gets in _left_out(passing_on(routes, around.destinations), around):
        if name in around.named_besides:
            yield f"destination {name}: no route leads to it, so it {gets}, besides notices or the daily digest"


def _impossible(route: Route, around: Surroundings) -> Iterator[str]:
    if not route.levels:
        yield "no level is both in `level` and at least `min_level`"
    if route.accounts is not None and not _watched(route.accounts, around.accounts):
        yield "none of its accounts is watched by a source"
    if route.accounts == frozenset():
        yield "none of its accounts is in its organisational units"
    if route.regions is not None and not _watched(route.regions, around.regions):
        yield "none of its regions is watched by a source"
    for what, asked, known in _named(route, around):
        if asked is not None and asked.isdisjoint(known):
            yield f"no rule that is loaded has its {what} ({', '.join(sorted(asked))})"
    fitting = [head for head in around.heads if _fits(route, head)]
    if around.heads and not fitting:
        yield "no rule that is loaded fits all of rule, tag and level together"
    elif fitting and all(head.options.mode is Mode.SHADOW for head in fitting):
        yield "every rule that it is for is in shadow, and so tells nobody"


def _shadowed(route: Route, earlier: Sequence[Route]) -> Iterator[str]:
    """Whether earlier routes that end the search take all of it, be it one for each level."""
    ending = [(n, each) for n, each in enumerate(earlier) if not each.is_continued and _covers(each, route)]
    covered = frozenset[Level]().union(*(each.levels for _, each in ending))
    if route.levels <= covered:
        yield f"{', '.join(f'routes[{n}]' for n, _ in ending)} before it takes all of that; move it up, or set continue"


def _partly(route: Route, around: Surroundings) -> Iterator[str]:
    for what, asked, known in _named(route, around):
        lost = sorted((asked or frozenset()) - known)
        if lost:
            yield f"no rule that is loaded has the {what} {', '.join(lost)}"
    for what, places, watched in (
        ("account", route.accounts, around.accounts),
        ("region", route.regions, around.regions),
    ):
        unseen = sorted((places or frozenset()) - watched) if watched is not None else []
        if unseen:
            yield f"no source watches the {what} {', '.join(unseen)}"
    away = [name for name in route.destinations if name not in around.destinations]
    if len(away) == len(route.destinations):
        yield f"all that it names ({', '.join(away)}) are off or have no credential, so alerts go on to routes below"
    elif away:
        yield f"{', '.join(away)} is off or has no credential, so this route tells it nothing"
    for name in route.destinations:
        least = around.destinations.get(name)
        if least is not None and all(level.rank < least.rank for level in route.levels):
            yield f"{name} takes nothing below {least}, so this route tells it nothing"


def _left_out(routes: Sequence[Route], around: Surroundings) -> Iterator[tuple[str, str]]:
    """Destinations that no route leads to, and what they get."""
    if not routes:
        return
    named = {name for route in routes for name in route.destinations}
    has_end = any(route.takes_everything and not route.is_continued for route in routes)
    for name in around.destinations:
        if name in named or name in around.otherwise_used:
            continue
        yield name, "gets no alert" if has_end else "gets only what no route takes"


def _named(route: Route, around: Surroundings) -> Iterator[tuple[str, frozenset[str] | None, frozenset[str]]]:
    yield "rule", route.rules, frozenset(name for head in around.heads for name in _names(head))
    yield "tag", route.tags, frozenset(folded(tag) for head in around.heads for tag in head.tags)


def _names(head: RuleHead) -> frozenset[str]:
    return frozenset((folded(head.id), folded(head.title)))


def _fits(route: Route, head: RuleHead) -> bool:
    return (
        head.level in route.levels
        and (route.rules is None or not route.rules.isdisjoint(_names(head)))
        and (route.tags is None or not route.tags.isdisjoint(map(folded, head.tags)))
    )


def _watched(asked: frozenset[str], watched: frozenset[str] | None) -> bool:
    return watched is None or not asked.isdisjoint(watched)


def _covers(wide: Route, narrow: Route) -> bool:
    """Whether it takes, at its own levels, whatever the other takes."""
    pairs = (
        (wide.rules, narrow.rules),
        (wide.tags, narrow.tags),
        (wide.accounts, narrow.accounts),
        (wide.regions, narrow.regions),
    )
    return all(asked is None or (of is not None and of <= asked) for asked, of in pairs)
