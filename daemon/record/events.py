"""What the store knows of one event: which log files hold it, and the record of it that an alert keeps."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select

from daemon.model import Sample
from daemon.record.alerts import load_alerts
from daemon.record.columns import storable
from daemon.record.engine import Database
from daemon.record.matches import MAX_KEY_CHARS
from daemon.record.schema import matches

_MOST_MATCHES = 100  # one event may match many rules; the samples of their alerts are alike


@dataclass(frozen=True, slots=True, kw_only=True)
class KeptSample:
    """An alert's sample of the event."""

    alert_id: str
    sample: Sample


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredEvent:
    """An event that some rule matched. `kept` is None where no alert shows it: of a crowd only a few are kept."""

    object_urls: tuple[str, ...]
    kept: KeptSample | None


def find_event(database: Database, event_id: str, *, now: datetime) -> StoredEvent | None:
    """What is kept of an event; None when no rule matched it, or its alerts have grown too old."""
    key = storable(event_id, max_chars=MAX_KEY_CHARS)
    query = select(matches.c.alert_id, matches.c.object_url).where(matches.c.event_id == key)
    with database.reading() as connection:
        rows = list(connection.execute(query.order_by(matches.c.id).limit(_MOST_MATCHES)))
        ids = list(dict.fromkeys(row.alert_id for row in rows if row.alert_id))
        alerts = load_alerts(connection, ids, now=now)
    samples = (
        KeptSample(alert_id=alert_id, sample=sample)
        for alert_id in ids
        if alert_id in alerts
        for sample in alerts[alert_id].samples
        if sample.event_id == event_id and sample.record
    )
    if not rows:
        return None
    urls = tuple(dict.fromkeys(row.object_url for row in rows))
    return StoredEvent(object_urls=urls, kept=next(samples, None))
