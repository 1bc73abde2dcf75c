"""Hits to matches that say only who, what, when and in which group: what a backtest prints, handed on one by one."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from daemon.detect.contribute import count_for
from daemon.detect.evaluation import Hit
from daemon.detect.undecodable import UNDECODABLE
from daemon.model import Contribution, Event, Feed, GroupKey, LogObject, Match, Rule
from daemon.pipeline.event import Groups, event_of
from daemon.trail.record import Reject

Found = Match | Contribution


class BareMatches:
    """Implements detect's Findings for one object; `take` is given each match and contribution as it is found."""

    def __init__(self, obj: LogObject, *, take: Callable[[Found], None]) -> None:
        self._object = obj
        self._take = take

    def found(self, hits: Sequence[Hit]) -> None:
        """As the protocol says."""
        record = hits[0].record
        event, groups = event_of(record, hits[0].raw, self._object), Groups(record, self._object)
        for hit in hits:
            if not hit.rule.is_silent:
                self._take(bare_match(hit.rule, event, groups))
            for feed in hit.rule.feeds:
                for group, values in count_for(feed, hit.record):
                    self._take(bare_contribution(feed, event, group, values))

    def rejected(self, reject: Reject) -> None:
        """As the protocol says."""
        self._take(undecodable_match(reject, self._object))


def bare_match(rule: Rule, event: Event, groups: Groups) -> Match:
    """A match without details."""
    return Match(
        rule=rule,
        event=event,
        group=groups[rule.options.group_by],
        fields=(),
        summary="",
        record=_NOTHING,
        combination=combination_of(rule, groups),
    )


def combination_of(rule: Rule, groups: Groups) -> GroupKey:
    """What the fields of a first-seen rule hold, nothing of any other rule. A field without a value holds ''."""
    first_seen = rule.options.first_seen
    return groups[first_seen.fields] if first_seen else ()


def bare_contribution(feed: Feed, event: Event, group: GroupKey, values: tuple[str | float, ...]) -> Contribution:
    """A contribution that says nothing of its event but who, what and when."""
    return Contribution(
        correlation=feed.correlation, base=feed.base, group=group, event=event, values=values, record=_NOTHING
    )


def undecodable_match(reject: Reject, obj: LogObject) -> Match:
    """The built-in alert's match for a record that cannot be decoded."""
    event = event_of(reject.salvaged, reject.raw, obj)
    group = (("recipientAccountId", event.account), ("reason", reject.reason.value))
    told = f"{event.name or 'an unnamed call'} by {event.actor.label}"
    summary = f"A record that cannot be decoded ({reject.reason}): {told}"
    return Match(rule=UNDECODABLE, event=event, group=group, fields=(), summary=summary, record=_NOTHING)


_NOTHING: Mapping[str, Any] = {}
