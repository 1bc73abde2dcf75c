"""The store's counts in the form that metrics expose."""

from __future__ import annotations

from collections.abc import Iterable

from daemon.ops.metrics import StoreGauges
from daemon.ports import Clock
from daemon.record.store import Store


def read_gauges(store: Store, clock: Clock, *, destinations: Iterable[str]) -> StoreGauges:
    """Count now; a destination to which nothing is owed shows 0. Raises StoreError."""
    counts = store.counts(now=clock())
    sources, owed = counts.sources, counts.destinations
    return StoreGauges(
        shards={name: of.shards for name, of in sources.items()},
        pending={name: of.pending for name, of in sources.items()},
        quarantined={name: of.quarantined for name, of in sources.items()},
        oldest_pending={name: of.oldest_pending_at.timestamp() for name, of in sources.items() if of.oldest_pending_at},
        outbox_pending={name: owed[name].pending if name in owed else 0 for name in (*destinations, *owed)},
        outbox_oldest={name: of.oldest_at.timestamp() for name, of in owed.items() if of.oldest_at},
        created=counts.created_at.timestamp(),
        bytes=counts.state_bytes,
    )
