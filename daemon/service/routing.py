"""From the configuration to who is told of what: plans, routes, quiet hours, and what is doubtful about them."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from datetime import timedelta
from zoneinfo import ZoneInfo

from daemon.config import Config, ConsoleConfig, DestinationConfig, PagerDutyConfig, SlackConfig
from daemon.config.routes import QuietHoursConfig, RouteConfig
from daemon.config.surroundings import unit_path, units_of
from daemon.model import TALK, DeliveryKind, Level, Plan, QuietHours, Route, RuleHead
from daemon.model.route_doubts import Surroundings, doubts_of, remarks_on
from daemon.model.routing import folded, passing_on
from daemon.service.wake_doubts import wake_doubts


def make_plans(config: Config, usable: Sequence[DestinationConfig]) -> tuple[Plan, ...]:
    """What the recording transaction needs to know of each destination that is usable."""
    written = make_routes(config.routes, accounts_of=units_of(config.accounts))
    routes = passing_on(written, {each.name for each in usable})
    return tuple(
        Plan(
            destination=each.name,
            min_level=each.min_level,
            kinds=_kinds(each),
            takes_notices=each.name in config.notices,
            repeat_interval=_repeat_interval(each),
            routes=routes,
            quiet=make_quiet(each.quiet_hours),
            late_messages=config.backlog.messages,
            resolves_unanswered=isinstance(each, PagerDutyConfig) and each.resolve == "closed",
        )
        for each in usable
    )


def make_routes(
    routes: Sequence[RouteConfig], *, accounts_of: Mapping[str, Collection[str]] | None = None
) -> tuple[Route, ...]:
    """The routes as they are written. `accounts_of`: the accounts of each organisational unit that routes may name."""
    return tuple(_route(each, accounts_of or {}) for each in routes)


def _route(route: RouteConfig, accounts_of: Mapping[str, Collection[str]]) -> Route:
    match, least = route.match, route.match.min_level or Level.INFORMATIONAL
    return Route(
        destinations=route.to,
        levels=frozenset(level for level in match.level or tuple(Level) if level.rank >= least.rank),
        rules=_asked(map(folded, match.rule)),
        tags=_asked(map(folded, match.tag)),
        accounts=_accounts(match.account, match.ou, accounts_of),
        regions=_asked(match.region),
        channel=route.channel,
        mentions=dict(route.mention),
        is_continued=route.continued,
        escalate_after=route.escalate_unacked_after,
        escalate_to=route.escalate_to,
    )


def _accounts(
    accounts: Sequence[str], units: Sequence[str], accounts_of: Mapping[str, Collection[str]]
) -> frozenset[str] | None:
    """The accounts that are named, if any, and are in one of the units, if any."""
    inside = frozenset(account for unit in units for account in accounts_of.get(unit_path(unit), ())) if units else None
    named = _asked(accounts)
    return inside if named is None else named if inside is None else named & inside


def make_quiet(quiet: QuietHoursConfig | None) -> QuietHours | None:
    """Quiet hours with their time zone looked up."""
    if quiet is None:
        return None
    return QuietHours(
        begins=quiet.begin,
        ends=quiet.end,
        zone=ZoneInfo(quiet.time_zone),
        min_level=quiet.min_level,
        days=quiet.weekdays,
    )


def _repeat_interval(config: DestinationConfig) -> timedelta | None:
    interval = config.repeat_interval if isinstance(config, ConsoleConfig | SlackConfig) else "off"
    return None if interval == "off" else interval


def _kinds(config: DestinationConfig) -> tuple[DeliveryKind, ...]:
    """What it can make use of, besides summaries."""
    match config:
        case SlackConfig():
            details = (DeliveryKind.DETAILS,) if config.details != "none" else ()
            audit = (DeliveryKind.AUDIT,) if config.audit_channel else ()
            return (DeliveryKind.OPEN, *details, *TALK, DeliveryKind.ANSWER, *audit)
        case ConsoleConfig():  # an update is a line of its own there, and says what a reply would
            return DeliveryKind.OPEN, DeliveryKind.UPDATE, DeliveryKind.BROADCAST
        case PagerDutyConfig():
            return DeliveryKind.OPEN, DeliveryKind.BROADCAST, DeliveryKind.ACKNOWLEDGE, DeliveryKind.RESOLVE
    return DeliveryKind.OPEN, DeliveryKind.BROADCAST  # without threads what rings is a message of its own


def channels_of(config: Config, destination: str) -> tuple[str, ...]:
    """The channels that routes name in a destination besides its own, each once."""
    named = [route.channel for route in config.routes if route.channel and destination in route.to]
    return tuple(dict.fromkeys(named))


def route_doubts(config: Config, heads: Sequence[RuleHead], usable: Sequence[DestinationConfig]) -> Iterator[str]:
    """What a person should look at: routes that take nothing, destinations that none leads to."""
    around = _around(config, heads, usable)
    routes = make_routes(config.routes, accounts_of=units_of(config.accounts))
    yield from doubts_of(routes, around)
    yield from wake_doubts(config, routes, heads, usable)
    for name in config.daily_digest.to:
        if name not in around.destinations:
            yield f"daily_digest: {name} is switched off or lacks its credential, so it gets none"


def route_remarks(config: Config, usable: Sequence[DestinationConfig]) -> Iterator[str]:
    """What a person may want to know: destinations that hear of no alert, and are named for something else."""
    yield from remarks_on(
        make_routes(config.routes, accounts_of=units_of(config.accounts)), _around(config, (), usable)
    )


def _around(config: Config, heads: Sequence[RuleHead], usable: Sequence[DestinationConfig]) -> Surroundings:
    return Surroundings(
        heads=heads,
        destinations={each.name: each.min_level for each in usable},
        otherwise_used=_further(config),
        named_besides=frozenset((*config.notices, *config.daily_digest.to)),
        accounts=_watched([source.accounts for source in config.sources]),
        regions=_watched([source.regions for source in config.sources]),
    )


def _further(config: Config) -> frozenset[str]:
    """Destinations that are told in the place of others, or when nobody answers."""
    fallbacks = {each.fallback for each in config.destinations if each.fallback}
    return frozenset(fallbacks.union(*(route.escalate_to for route in config.routes)))


def _watched(restrictions: Sequence[Collection[str] | None]) -> frozenset[str] | None:
    """What sources are restricted to; None if one of them is not."""
    if any(each is None for each in restrictions):
        return None
    return frozenset(name for each in restrictions for name in each or ())


def _asked(names: Collection[str] | Iterator[str]) -> frozenset[str] | None:
    return frozenset(names) or None
