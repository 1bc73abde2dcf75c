"""Correlations over a handful of events, in memory: what the tests inside rule files are held to. Pure.

The daemon follows them in its store; both slide the same windows.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from daemon.detect.compile import compile_condition
from daemon.detect.contribute import count_for
from daemon.model import Correlation, GroupKey, Rule
from daemon.windows import Occurrence, bursts_of, firing_points, group_above, timespan_us, values_above

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)
_Groups = defaultdict[GroupKey, list[Occurrence]]
_EVER = ((-(2**62), 2**62),)


@dataclass(frozen=True, slots=True, kw_only=True)
class Fired:
    """A burst: which correlation, in which group, and the ids of the events that made it, by time."""

    correlation_id: str
    group: GroupKey
    events: tuple[str, ...]


def correlate(
    rules: Sequence[Rule], correlations: Sequence[Correlation], events: Iterable[Mapping[str, Any]]
) -> list[Fired]:
    """Every burst of linked correlations, lower ones first. Each event has an `eventTime` that can be read."""
    following = _Following()
    predicates = [(rule, compile_condition(rule.condition)) for rule in rules if rule.feeds]
    for number, event in enumerate(events):
        for rule, holds in predicates:
            if holds(event):
                following.count(rule, event, str(event.get("eventID") or f"event {number}"))
    for correlation in correlations:
        following.look(correlation)
    return following.fired


class _Following:
    """What has counted so far, by correlation and group."""

    def __init__(self) -> None:
        self.fired: list[Fired] = []
        self._counted: defaultdict[str, defaultdict[GroupKey, list[Occurrence]]] = defaultdict(
            lambda: defaultdict(list)
        )
        self._events: dict[str, tuple[str, ...]] = {}  # those behind an occurrence

    def count(self, rule: Rule, event: Mapping[str, Any], event_id: str) -> None:
        at = (_moment(event["eventTime"]) - _EPOCH) // _MICROSECOND
        self._events[event_id] = (event_id,)
        for feed in rule.feeds:
            for group, values in count_for(feed, event):
                self._counted[feed.correlation.id][group].append(Occurrence(at, at, feed.base, event_id, values))

    def look(self, correlation: Correlation) -> None:
        reach = timespan_us(correlation)
        for group, counted in list(self._counted[correlation.id].items()):
            for span in bursts_of(firing_points(correlation, counted, within=_EVER), reach=reach):
                inside = [one for one in counted if one.until >= span.first - reach and one.at <= span.last]
                ordered = sorted(inside, key=lambda one: (one.at, one.key))
                made = tuple(dict.fromkeys(event for one in ordered for event in self._events[one.key]))
                self.fired.append(Fired(correlation_id=correlation.id, group=group, events=made))
                key = f"burst {len(self.fired)}"
                self._events[key] = made
                for feed in correlation.feeds:
                    one = Occurrence(span.first, span.last, feed.base, key, values_above(feed, group))
                    self._counted[feed.correlation.id][group_above(feed, group)].append(one)


def _moment(text: str) -> datetime:
    moment = datetime.fromisoformat(text)
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)
