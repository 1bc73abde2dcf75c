"""The store's counts in the form that metrics expose."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime

from daemon.ops.metrics import StoreGauges
from daemon.record.counts import OutboxCounts, SourceCounts
from daemon.record.store import Store


def read_gauges(
    store: Store,
    *,
    sources: Iterable[str],
    destinations: Iterable[str],
    doubtful: Mapping[str, tuple[datetime, datetime]],
    now: datetime,
) -> StoreGauges:
    """Count now. One of these that the store has nothing of shows 0; others that it knows are shown too.

    `doubtful`: of which queues, and received within which times, unconfirmed events count. What waits for
    its time by `now` does not count. Raises StoreError.
    """
    counts = store.counts(now=now)
    owed = {name: OutboxCounts() for name in destinations} | dict(counts.destinations)
    known = {name: SourceCounts() for name in sources} | dict(counts.sources)
    return StoreGauges(
        shards={name: of.shards for name, of in known.items()},
        pending={name: of.pending for name, of in known.items()},
        quarantined={name: of.quarantined for name, of in known.items()},
        oldest_pending={name: of.oldest_pending_at.timestamp() for name, of in known.items() if of.oldest_pending_at},
        outbox_pending={name: of.pending for name, of in owed.items()},
        outbox_oldest={name: of.oldest_at.timestamp() for name, of in owed.items() if of.oldest_at},
        unconfirmed=store.hearsay.counts(doubtful),
        verdicts=store.answers.verdict_counts(),
        mutes={state.value: count for state, count in store.answers.mute_counts(now=now).items()},
        created=counts.created_at.timestamp(),
        bytes=counts.state_bytes,
    )
