"""What is to be done with each message of a batch: parsed and routed; nothing is asked, stored or evaluated here."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence, Set
from dataclasses import dataclass, field
from datetime import datetime

from daemon.ports import Arrival
from daemon.sources.arrivals import ArrivalReason, Place, Starts, arrival_of, place_of_event
from daemon.sources.queue import Message
from daemon.trail.envelopes import InlineEvent, Keys, MessageReason, Refused, SetUpMessage, open_envelope
from daemon.trail.keys import SkipReason

NOT_NEEDED = "not_needed"  # deletions and the like
SET_UP = "set_up"  # a notification was set up
NO_RULES, CRASHED = "no_rules", "crashed"
PART_REASONS = (*MessageReason, *ArrivalReason, *SkipReason, NOT_NEEDED, SET_UP, NO_RULES, CRASHED)
# These parts leave their message in the queue, for its dead-letter policy, where a person can look at it.
_LEAVING = {
    ArrivalReason.FOREIGN_BUCKET,
    ArrivalReason.ACCOUNTS_DISAGREE,
    ArrivalReason.NOT_OPEN,
    ArrivalReason.STAMPED_AHEAD,
}


@dataclass(slots=True, kw_only=True)
class Sorted:
    """A message and what it says. `is_left`: it is not deleted, whatever of it was taken.

    `passed` counts what is not taken by reason; `remarks` says for some reasons what exactly was met first.
    """

    message: Message
    arrivals: list[Arrival] = field(default_factory=list)
    event: InlineEvent | None = None
    passed: Counter[str] = field(default_factory=Counter)
    remarks: dict[str, str] = field(default_factory=dict)
    is_left: bool = False

    @property
    def outcome(self) -> str:
        """The word for metrics."""
        if self.is_left:
            is_waiting = self.passed.keys() & {ArrivalReason.NOT_OPEN, ArrivalReason.TOO_MANY_SHARDS, NO_RULES}
            return "put_off" if is_waiting else "refused"
        return "taken" if self.arrivals or self.event else "passed_over"

    def put_off(self, refused: Set[tuple[str, str]]) -> None:
        """What lies in these shards (source and path) is not taken."""
        for arrival in self.arrivals:
            if arrival.shard_of in refused:
                self.leave(ArrivalReason.TOO_MANY_SHARDS, arrival.object.url)
        self.arrivals = [each for each in self.arrivals if each.shard_of not in refused]

    def leave(self, reason: str, remark: str = "") -> None:
        """Take no more of it, and do not delete it."""
        self.is_left = True
        self.passed[reason] += 1
        self.remarks.setdefault(reason, remark)


def sort_message(message: Message, places: Sequence[Place], *, starts: Starts, now: datetime) -> Sorted:
    """Open one message and route what is in it."""
    sheet = Sorted(message=message)
    match open_envelope(message.body):
        case Refused(reason=reason):
            sheet.leave(reason, f"message {message.id}")
        case SetUpMessage():
            sheet.passed[SET_UP] += 1
        case InlineEvent() as event:
            _route_event(sheet, event, places)
        case Keys() as told:
            _route_keys(sheet, told, places, starts=starts, now=now)
    return sheet


def _route_event(sheet: Sorted, event: InlineEvent, places: Sequence[Place]) -> None:
    found = place_of_event(event, places)
    if isinstance(found, Place):
        sheet.event = event
    elif found in _LEAVING:
        said = f"the envelope says {event.account}, recipientAccountId of event {event.event_id} {event.recipient}"
        sheet.leave(found, said)
    else:  # the trail brings it too
        sheet.passed[found] += 1


def _route_keys(sheet: Sorted, told: Keys, places: Sequence[Place], *, starts: Starts, now: datetime) -> None:
    for key in told.keys:
        found = arrival_of(key, places, starts=starts, now=now)
        if isinstance(found, Arrival):
            sheet.arrivals.append(found)
        elif found in _LEAVING:
            sheet.leave(found, f"s3://{key.bucket}/{key.key}")
        else:
            sheet.passed[found] += 1
    if told.ignored:
        sheet.passed[NOT_NEEDED] += told.ignored
    for _ in range(told.refused):
        sheet.leave(MessageReason.BAD_ENTRY, f"message {sheet.message.id}")
