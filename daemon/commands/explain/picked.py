"""Which events are explained: those of a file, unless they are many, or the one that has an id."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from daemon.commands.explain.given import STANDARD_INPUT, GivenEvent, events_in, read_given, wrong_event
from daemon.commands.explain.stored import recall
from daemon.commands.explain.story import Rules, compile_rule
from daemon.config import Config
from daemon.detect.explain import Show
from daemon.model import RuleHead
from daemon.record.store import Access
from daemon.service.adapters import open_source
from daemon.service.state import is_state_there, open_state
from daemon.sources.inputs.words import counted
from daemon.trail.faults import ReadFault
from daemon.trail.masking import mask_value

MOST_EXPLAINED = 10  # more is no longer read by anybody
_MOST_NUMBERS = 20


@dataclass(frozen=True, slots=True, kw_only=True)
class Picked:
    """The events, where they were had from, what is doubtful about that, and what of them may be shown.

    A person's own file is shown as it is. What the program fetched is masked as in alerts.
    """

    events: Sequence[GivenEvent]
    origin: str
    show: Show
    doubts: Sequence[str] = ()


def pick_from_file(name: str, *, number: int | None, rule: RuleHead, rules: Rules) -> Picked | None:
    """The events of a file, or of standard input; None where there is no such file. Raises ConfigError."""
    if name != STANDARD_INPUT and not os.path.lexists(name):
        return None
    origin = "standard input" if name == STANDARD_INPUT else name
    kept: list[GivenEvent] = []
    faults: list[str] = []
    holding: list[int] = []
    total = 0
    holds = compile_rule(rule, rules)
    for found in events_in(read_given(name)):
        if isinstance(found, ReadFault):
            faults.append(found.value)
            continue
        total = found.number
        if number is None and found.record is not None and holds(found.record):
            holding.append(total)
        if total == number or (number is None and len(kept) < MOST_EXPLAINED):
            kept.append(found)
    if not total:
        told = ", ".join(dict.fromkeys(faults)).replace("_", " ") or "empty"
        raise wrong_event(name, f"holds no event ({told})", "hand in a CloudTrail record, as JSON")
    if not kept:
        raise wrong_event(name, f"holds {counted(total, 'event')}, and so none of number {number}")
    if number is None and total > MOST_EXPLAINED:
        raise wrong_event(name, f"holds {total} events, {_among(holding)}", "pick one with --number")
    doubts = [f"{origin}: not all of it could be read ({fault.replace('_', ' ')})" for fault in dict.fromkeys(faults)]
    return Picked(events=kept, origin=origin, show=_as_it_is, doubts=[*doubts, *map(_oddity, filter(_is_odd, kept))])


def pick_from_store(event_id: str, settings: Config | None, *, number: int | None, now: datetime) -> Picked:
    """The event of this id. Raises ConfigError, StoreError."""
    if settings is None:
        raise wrong_event(event_id, "no such file", "to look an event's id up, the configuration is needed: -c")
    if not is_state_there(settings.state):
        raise wrong_event(event_id, "no such file, and there is no state store yet that could know an event of that id")
    if number is not None:
        raise wrong_event(event_id, "an id means one event", "leave --number out")
    with open_state(settings.state, now=now, access=Access.READ) as store:
        stored = store.find_event(event_id, now=now)
    had = recall(event_id, stored, settings.sources, open_source=open_source)
    return Picked(events=[had.event], origin=had.origin, show=mask_value, doubts=[had.doubt] if had.doubt else [])


def _as_it_is(_field: str, value: Any) -> Any:
    return value


def _among(holding: Sequence[int]) -> str:
    if not holding:
        return "and the rule holds for none of them"
    shown = ", ".join(map(str, holding[:_MOST_NUMBERS])) + (", …" if len(holding) > _MOST_NUMBERS else "")
    return f"and the rule holds for {len(holding)} of them ({'number' if len(holding) == 1 else 'numbers'} {shown})"


def _is_odd(event: GivenEvent) -> bool:
    return event.record is not None and not event.record.keys() & {"eventName", "eventSource", "eventVersion"}


def _oddity(event: GivenEvent) -> str:
    return f"event {event.number} has neither eventName nor eventSource: is it a CloudTrail record?"
