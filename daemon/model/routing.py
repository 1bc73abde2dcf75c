"""Routes: which destinations an alert goes to, into which channel, and whom it mentions there. Pure."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import timedelta

from daemon.model.alerts import Alert, TraitKind
from daemon.model.rules import Level

EVERY_LEVEL = frozenset(Level)


@dataclass(frozen=True, slots=True, kw_only=True)
class Address:
    """Where in a destination an alert goes, and whom it wakes; None is the destination's own channel.

    `mentions` are ids of Slack user groups (`S…`) and users (`U…`, `W…`), `here` or `channel`.
    """

    channel: str | None = None
    mentions: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Subject:
    """What routes ask of an alert. Its accounts and regions are those of the events that it shows, and that joined."""

    level: Level
    rule: frozenset[str]  # its id and its title
    tags: frozenset[str]
    accounts: frozenset[str]
    regions: frozenset[str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Route:
    """One route: what it takes, and whom it tells. A condition that is None asks nothing.

    Rules and tags are folded as `folded` does. `mentions` are by the least level that they are for. What nobody has
    answered `escalate_after` so long goes to those in `escalate_to` too.
    """

    destinations: tuple[str, ...]
    levels: frozenset[Level] = EVERY_LEVEL
    rules: frozenset[str] | None = None
    tags: frozenset[str] | None = None
    accounts: frozenset[str] | None = None
    regions: frozenset[str] | None = None
    channel: str | None = None
    mentions: Mapping[Level, tuple[str, ...]] = field(default_factory=dict)
    is_continued: bool = False
    escalate_after: timedelta | None = None
    escalate_to: tuple[str, ...] = ()

    @property
    def takes_everything(self) -> bool:
        """Whether it has no condition at all."""
        asked = (self.rules, self.tags, self.accounts, self.regions)
        return self.levels == EVERY_LEVEL and all(each is None for each in asked)

    def takes(self, subject: Subject) -> bool:
        """Whether every condition holds; of a list it is enough that one of it does."""
        return (
            subject.level in self.levels
            and _any(self.rules, subject.rule)
            and _any(self.tags, subject.tags)
            and _any(self.accounts, subject.accounts)
            and _any(self.regions, subject.regions)
        )

    def mentioned_at(self, level: Level) -> tuple[str, ...]:
        """Whom it mentions: what stands for the highest level that is not above this one."""
        below = [each for each in self.mentions if each.rank <= level.rank]
        return self.mentions[max(below, key=lambda each: each.rank)] if below else ()


def address_in(destination: str, routes: Sequence[Route], subject: Subject) -> Address | None:
    """Where in this destination an alert goes; None when it does not.

    The first route that takes it ends the search, unless that one is continued. An alert goes to a destination once:
    as the first of its routes that names it says. What reaches the end of the list goes to every destination, so that
    no alert is lost in a gap between routes.
    """
    for route in routes:
        if not route.takes(subject):
            continue
        if destination in route.destinations:
            return Address(channel=route.channel, mentions=route.mentioned_at(subject.level))
        if not route.is_continued:
            return None
    return Address()


def routes_of(routes: Sequence[Route], subject: Subject) -> Iterator[Route]:
    """The routes that take an alert, in order."""
    for route in routes:
        if route.takes(subject):
            yield route
            if not route.is_continued:
                return


def passing_on(routes: Sequence[Route], usable: Collection[str]) -> tuple[Route, ...]:
    """The routes, of which those whose destinations are all off end no search: else they would swallow alerts."""
    return tuple(
        route if any(name in usable for name in route.destinations) else replace(route, is_continued=True)
        for route in routes
    )


def subject_of(alert: Alert) -> Subject:
    """What routes ask of this alert."""
    return Subject(
        level=alert.level,
        rule=frozenset((folded(alert.rule_id), folded(alert.title))),
        tags=frozenset(map(folded, alert.facts.tags)),
        accounts=_seen(alert, TraitKind.ACCOUNT) | {sample.account for sample in alert.samples},
        regions=_seen(alert, TraitKind.REGION) | {sample.region for sample in alert.samples},
    )


def _seen(alert: Alert, kind: TraitKind) -> frozenset[str]:
    return frozenset(trait.value for trait in alert.traits if trait.kind is kind)


def folded(name: str) -> str:
    """A rule's id or title, or a tag, as names are compared: whatever their case."""
    return name.strip().casefold()


def _any(asked: frozenset[str] | None, found: frozenset[str]) -> bool:
    return asked is None or not asked.isdisjoint(found)
