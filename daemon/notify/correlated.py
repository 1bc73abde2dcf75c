"""The events that made a correlation's alert, a line each, and what is said when late events take it back."""

from __future__ import annotations

from daemon.model import Alert, Sample
from daemon.notify.blocks import rich_text, section, text
from daemon.notify.escape import escape
from daemon.notify.message import COLORS, PLAIN_LIMIT, TEXT_LIMIT, Message, bare_text, metadata_of

_LIMIT = 500


def event_lines(alert: Alert, *, rows: int) -> list[str]:
    """`2026-03-02T08:00:00Z  DeleteGroup  alice  203.0.113.9  (rule)`: the events that are kept, by time."""
    ordered = sorted(alert.samples, key=lambda sample: (sample.time, sample.event_id))
    lines = [_line(sample) for sample in ordered[:rows]]
    left = alert.count - len(lines)
    return [*lines, f"{left} more"] if left > 0 else lines


def revision_text(alert: Alert) -> str:
    """Why an alert no longer stands as it was told."""
    return f"Revised: {alert.revised}. {alert.title}"


def revision_message(alert: Alert) -> Message | None:
    """The reply that takes an alert back; None where by now it holds again."""
    if alert.revised is None:
        return None
    said = revision_text(alert)
    return Message(
        text=escape(said, limit=TEXT_LIMIT),
        plain=escape(said, limit=_LIMIT)[:PLAIN_LIMIT],
        bare=bare_text("An alert was revised", command=f"trailwarden alerts show {alert.id}"),
        headline=(rich_text(section([text(said, limit=_LIMIT)])),),
        color=COLORS[alert.level],
        metadata=metadata_of(alert, kind="reply"),
    )


def _line(sample: Sample) -> str:
    told = dict(sample.fields)
    parts = (sample.time, sample.name, sample.actor, told.get("sourceIPAddress", ""), f"({told.get('rule', '')})")
    return "  ".join(part for part in parts if part and part != "()")
