"""Hits to matches fit for alerts, as they are found: no record outlives its turn, and what is kept is bounded."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from daemon.detect.evaluation import Hit
from daemon.model import Contribution, Event, LogObject, Match
from daemon.pipeline.bare import bare_match, combination_of, undecodable_match
from daemon.pipeline.caps import Caps
from daemon.pipeline.contributions import Contributions
from daemon.pipeline.details import RECORD_BYTES, Details, without_details
from daemon.pipeline.event import Groups, event_of
from daemon.pipeline.weight import weight_of_names
from daemon.trail.record import Reject


class ToldMatches:
    """Implements detect's Findings for one object; `matches` and `left_out` are what came of it."""

    def __init__(self, obj: LogObject) -> None:
        self.matches: list[Match] = []
        self.left_out = 0
        self._object = obj
        self._caps = Caps()
        self._details = Details()
        self._contributions = Contributions()

    @property
    def held_bytes(self) -> int:
        """What the matches weigh in memory."""
        return self._caps.spent + self._details.kept.spent + self._contributions.held_bytes

    @property
    def contributions(self) -> tuple[Contribution, ...]:
        """What counts for correlations."""
        return tuple(self._contributions.found)

    def found(self, hits: Sequence[Hit]) -> None:
        """As the protocol says. What is said of a record is worked out once, however many rules hold."""
        groups, telling = Groups(hits[0].record, self._object), [hit for hit in hits if not hit.rule.is_silent]
        kept = [(hit, is_first) for hit in telling if (is_first := self._place(hit, groups)) is not None]
        self.left_out += len(telling) - len(kept)
        counting = [hit for hit in hits if hit.rule.feeds]
        if not kept and not counting:
            return
        event = event_of(hits[0].record, hits[0].raw, self._object)
        self._count(counting, event)
        masked = None
        for hit, is_first in kept:
            match = bare_match(hit.rule, event, groups)
            if self._details.has_room(is_first=is_first):
                if masked is None:
                    masked = self._details.masked(hit.record, size=len(hit.raw))
                self._keep(self._details.explained(match, hit, masked))
            else:
                self._keep(without_details(match, hit.record))

    def _count(self, hits: Sequence[Hit], event: Event) -> None:
        before = self._contributions.left_out
        self._contributions.add(hits, event)
        self.left_out += self._contributions.left_out - before

    def rejected(self, reject: Reject) -> None:
        """As the protocol says."""
        match = undecodable_match(reject, self._object)
        if self._details.has_room(is_first=self._caps.is_first(match.rule.id, match.group)):
            record = self._details.masked(reject.salvaged, size=min(len(reject.raw), RECORD_BYTES))
            match = replace(match, record=record, fields=match.group[1:])
        self._caps.takes(match.rule.id, match.group)
        self._keep(match)

    def _place(self, hit: Hit, groups: Groups) -> bool | None:
        """Whether a hit is the first of its group, or of a first-seen rule's combination; None where it is not kept."""
        rule = hit.rule
        if self._caps.is_closed(rule.id):
            return None
        group = groups[rule.options.group_by] + combination_of(rule, groups)
        is_first = self._caps.is_first(rule.id, group)
        return is_first if self._caps.takes(rule.id, group) else None

    def _keep(self, match: Match) -> None:
        self._caps.spend(weight_of_names(match))
        self.matches.append(match)
