"""What is doubtful about fallbacks and escalations: those that would wake nobody."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence

from daemon.config import Config, DestinationConfig, SlackConfig
from daemon.config.routes import RouteConfig
from daemon.model import Mode, RuleHead
from daemon.model.routing import Route
from daemon.notify.facts import duration_text
from daemon.service.waking import fallbacks_of

_NAMED = 3


def wake_doubts(
    config: Config, routes: Sequence[Route], heads: Sequence[RuleHead], usable: Sequence[DestinationConfig]
) -> Iterator[str]:
    """A sentence for each thing that is worth a look. `routes` are those of the configuration, made."""
    yield from _fallbacks(config, usable)
    names = {each.name for each in usable}
    for n, (written, route) in enumerate(zip(config.routes, routes, strict=True)):
        if written.escalate_unacked_after is not None:
            yield from (f"routes[{n}]: {doubt}" for doubt in _escalation(written, route, heads, usable, names))


def _fallbacks(config: Config, usable: Sequence[DestinationConfig]) -> Iterator[str]:
    following = fallbacks_of(config, usable)
    names = {each.name: each for each in usable}
    for each in usable:
        if each.fallback is None:
            continue
        other = following.get(each.name)
        if each.fallback not in names:
            then = f"what it is owed goes on to {other}" if other else "so it has none"
            yield f"destination {each.name}: its fallback {each.fallback} is off or has no credential, {then}"
        if other is not None and _shares_credential(each, names[other]):
            yield f"destination {each.name}: its fallback {other} has the same credential, and is paused along with it"


def _shares_credential(one: DestinationConfig, other: DestinationConfig) -> bool:
    if not one.credential or one.credential != other.credential:
        return False
    return bool(getattr(one, one.credential).reveal() == getattr(other, other.credential).reveal())


def _escalation(
    written: RouteConfig,
    route: Route,
    heads: Sequence[RuleHead],
    usable: Sequence[DestinationConfig],
    names: Collection[str],
) -> Iterator[str]:
    unusable = [name for name in written.escalate_to if name not in names]
    if unusable:
        yield f"nothing can be escalated to {', '.join(unusable)}: off, or without a credential"
    told = [each for each in usable if each.name in written.to]
    if not any(isinstance(each, SlackConfig) and each.has_buttons for each in told):
        yield "no destination of it has buttons, so only `trailwarden alerts ack` keeps alerts from being escalated"
    after = written.escalate_unacked_after
    closed = sorted(
        head.title for head in heads if _is_for(route, head) and after and head.options.close_after <= after
    )
    if after and closed:
        shown = ", ".join(closed[:_NAMED]) + (f" and {len(closed) - _NAMED} more" if len(closed) > _NAMED else "")
        yield f"after {duration_text(after)} an alert that does not go on is closed, and not escalated: {shown}"


def _is_for(route: Route, head: RuleHead) -> bool:
    """Whether it may take an alert of this rule, going by what is known of a rule alone."""
    is_asked = route.rules is None or not route.rules.isdisjoint({head.id.casefold(), head.title.strip().casefold()})
    is_tagged = route.tags is None or not route.tags.isdisjoint(tag.strip().casefold() for tag in head.tags)
    return head.options.mode is Mode.ALERT and head.level in route.levels and is_asked and is_tagged
