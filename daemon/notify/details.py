"""What the thread under an alert holds of its events: the matched fields, or the whole masked record."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from daemon.model import Alert, Sample
from daemon.notify.blocks import Block, Element, context, preformatted, rich_text, section, size, text
from daemon.notify.escape import escape
from daemon.notify.message import BUDGET, PLAIN_LIMIT, Message, Room, bare_text, fitted, metadata_of

_SAMPLES = 3
_LINE_LIMIT = 2_000


def details_message(alert: Alert, *, is_full: bool) -> Message | None:
    """Tell the events of an alert in one reply; None when there is nothing to tell."""
    samples = [sample for sample in alert.samples if sample.fields or (is_full and sample.record)]
    if not samples:
        return None
    body = _full(samples[0], others=alert.count - 1) if is_full else fitted(lambda room: _matched(samples, room))
    return Message(
        text=escape(f"Matched on {samples[0].name}", limit=150),
        plain=_plain(samples),
        bare=bare_text("The events of this alert", command=f"trailwarden alerts show {alert.id}"),
        headline=body,
        metadata=metadata_of(alert, kind="details"),
    )


def _matched(samples: list[Sample], room: Room) -> tuple[Block, ...]:
    paragraphs: list[Element] = []
    for sample in samples[: min(_SAMPLES, room.items)]:
        lines = [f"{path} = {value}" for path, value in sample.fields[: room.fields * 4]]
        left = len(sample.fields) - len(lines)
        paragraphs += [_heading(sample), preformatted(lines + ([f"{left} more"] if left else []), limit=room.value * 2)]
    return (rich_text(*paragraphs), _source(samples[0]))


def _full(sample: Sample, *, others: int) -> tuple[Block, ...]:
    """The record as indented JSON, as many of its lines as fit."""
    lines = json_lines(sample.record)
    shown = len(lines)
    while True:
        left = len(lines) - shown
        more = [f"… {left} more lines: see the log file"] if left else []
        blocks = (
            rich_text(_heading(sample, others=others), preformatted([*lines[:shown], *more], limit=_LINE_LIMIT)),
            _source(sample),
        )
        if size(blocks) <= BUDGET or shown <= 1:
            return blocks
        shown = max(min(shown - 1, shown * BUDGET // size(blocks)), 1)


def json_lines(record: Mapping[str, Any]) -> list[str]:
    """A record as the lines of its indented JSON."""
    return json.dumps(record, indent=2, ensure_ascii=False, default=str).splitlines()


def _heading(sample: Sample, *, others: int = 0) -> Element:
    more = f", and {others} more" if others > 0 else ""
    return section([text(sample.name, limit=150, is_bold=True), text(f"  {sample.time}{more}", limit=100)])


def _source(sample: Sample) -> Block:
    return context([f"Event {sample.event_id}", f"Log file {sample.object_url}"], limit=500)


def _plain(samples: list[Sample]) -> str:
    lines = []
    for sample in samples[:_SAMPLES]:
        lines += [f"{escape(path, limit=100)} = {escape(value, limit=200)}" for path, value in sample.fields[:10]]
        lines.append(f"Event: {escape(sample.event_id, limit=200)}")
    return "\n".join(lines)[:PLAIN_LIMIT]
