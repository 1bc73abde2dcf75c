"""What routes and fallbacks need of other keys: destinations of these names, and channels."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence

from daemon.config.faults import Fault, Loc, Sure
from daemon.config.models import Config
from daemon.config.surroundings import unit_path, units_of


def reach_faults(config: Config, *, names: Sequence[str | None], is_sure_of: Sure) -> Iterator[Fault]:
    """Every such fault. `names` is what the destinations are called, as written, None where that is not known."""
    for n, route in enumerate(config.routes):
        if is_sure_of("routes", n, "match", "ou") and is_sure_of("accounts"):
            yield from _unknown_units(n, route.match.ou, units_of(config.accounts))
        if route.channel and is_sure_of("routes", n) and _has_no_channels(config, route.to):
            what, fix = "no destination of this route has channels", "take it out, or route to a Slack destination"
            yield Fault(loc=("routes", n, "channel"), what=what, fix=fix)
        if route.mention and is_sure_of("routes", n) and _has_no_channels(config, (*route.to, *route.escalate_to)):
            what, fix = "no destination of this route can mention anybody", "take it out, or route to Slack"
            yield Fault(loc=("routes", n, "mention"), what=what, fix=fix)
    if None in names or not is_sure_of("destinations", len(names)):  # whether there may be a further one
        return
    known = ", ".join(name for name in names if name)
    for loc, name in _named(config):
        if name not in names and is_sure_of(*loc):
            fix = f"known: {known}" if known else "name one under destinations, or take it out"
            yield Fault(loc=loc, what=f"no destination is called {name!r}", fix=fix)
    yield from _circles(config, is_sure_of=is_sure_of)


def _unknown_units(n: int, asked: Sequence[str], known: Collection[str]) -> Iterator[Fault]:
    named = f"known: {', '.join(sorted(known))}" if known else "no account has an ou"
    for unit in asked:
        if unit_path(unit) not in known:
            what = f"no account under accounts is in the unit {unit!r}"
            yield Fault(loc=("routes", n, "match", "ou"), what=what, fix=f"{named}; give accounts their ou there")


def _named(config: Config) -> Iterator[tuple[Loc, str]]:
    for n, route in enumerate(config.routes):
        yield from ((("routes", n, "to"), name) for name in route.to)
        yield from ((("routes", n, "escalate_to"), name) for name in route.escalate_to)
    for n, each in enumerate(config.destinations):
        if each.fallback is not None:
            yield ("destinations", n, "fallback"), each.fallback


def _circles(config: Config, *, is_sure_of: Sure) -> Iterator[Fault]:
    """Fallbacks that lead back to where they began, each circle told once."""
    following = {
        each.name: each.fallback
        for n, each in enumerate(config.destinations)
        if each.fallback is not None and is_sure_of("destinations", n, "fallback")
    }
    told: set[str] = set()
    for n, each in enumerate(config.destinations):
        way = [each.name]
        while (name := following.get(way[-1])) is not None and name not in way:
            way.append(name)
        if name == each.name and each.name not in told:
            told.update(way)
            what = f"{' falls back to '.join((*way, each.name))}"
            yield Fault(loc=("destinations", n, "fallback"), what=what, fix="let one of them have none, or another")


def _has_no_channels(config: Config, names: Sequence[str]) -> bool:
    named = [each for each in config.destinations if each.name in names]
    return bool(named) and not any(hasattr(each, "channel") for each in named)
