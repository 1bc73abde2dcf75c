"""What only an alert shows of a match: the masked record, the fields it matched on, the sentence that tells it.

A record of a kilobyte of gzip may decode to a hundred megabytes and take seconds to mask, so that an object full of
them is told in full only up to a bound of memory and of work. Beyond it a match still says who, what and when.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from daemon.detect.evaluation import Hit
from daemon.model import Event, Match
from daemon.pipeline.event import text
from daemon.pipeline.weight import weight_of_json
from daemon.trail.masking import mask_record
from daemon.trail.summary import default_summary, render_summary

RECORD_BYTES = 64 * 1024  # of an event's masked JSON that an alert may keep
DETAILS_BYTES = 16 << 20  # of memory, for the details of one object's matches
LOOKED_BYTES = 16 << 20  # of JSON that is masked and explained for one object
LEFT_OUT = "Details left out: its log file holds too many matches, or too large ones"
_FIELDS_BYTES = 64 * 1024  # of memory, for the fields of one match
_TOLD = ("errorCode", "errorMessage")

Fields = tuple[tuple[str, str], ...]


class Budget:
    """Bytes that may be spent on one object. The second half is for what is the first of its group alone."""

    def __init__(self, size: int) -> None:
        self._size = size
        self.spent = 0

    def has_room(self, *, is_first: bool) -> bool:
        """Whether something may still be spent. The last to spend may go over."""
        return self.spent < (self._size if is_first else self._size // 2)

    def spend(self, size: int) -> None:
        """So much is gone."""
        self.spent += size


class Details:
    """Gives matches of one object their details as long as there is room."""

    def __init__(self) -> None:
        self.kept = Budget(DETAILS_BYTES)
        self._looked = Budget(LOOKED_BYTES)

    def has_room(self, *, is_first: bool) -> bool:
        """Whether a match may have details."""
        return self.kept.has_room(is_first=is_first) and self._looked.has_room(is_first=is_first)

    def masked(self, record: Mapping[str, Any], *, size: int) -> Mapping[str, Any]:
        """A record of that size in bytes, fit to be kept."""
        self._looked.spend(size)
        masked = mask_record(record, max_bytes=RECORD_BYTES)
        self.kept.spend(weight_of_json(masked))
        return masked

    def explained(self, match: Match, hit: Hit, masked: Mapping[str, Any]) -> Match:
        """The match with all that an alert shows of it."""
        self._looked.spend(min(len(hit.raw), RECORD_BYTES))
        template, actor = hit.rule.options.summary, match.event.actor
        summary = render_summary(template, masked, actor) if template else default_summary(masked, actor)
        fields = _bounded(hit.explain(masked))
        self.kept.spend(weight_of_json(fields))
        return replace(match, fields=fields, summary=summary, record=masked)


def without_details(match: Match, record: Mapping[str, Any]) -> Match:
    """The match with a sentence that costs next to nothing, and says that there is more."""
    named = _named(match.event) | {key: text(record.get(key)) for key in _TOLD}
    return replace(match, summary=f"{default_summary(named, match.event.actor)}. {LEFT_OUT}")


def _named(event: Event) -> dict[str, Any]:
    return {
        "eventSource": event.source,
        "eventName": event.name,
        "recipientAccountId": event.account,
        "awsRegion": event.region,
    }


def _bounded(fields: Fields) -> Fields:
    """As many as may be kept: a keyword that stands everywhere in a deep record names it all, each by a long path."""
    room = _FIELDS_BYTES
    for number, pair in enumerate(fields):
        room -= weight_of_json(pair)
        if room < 0:
            return fields[:number]
    return fields
