"""The state store as the configuration names it; its password is revealed only to the connection."""

from __future__ import annotations

from datetime import datetime

from daemon.config import StateConfig
from daemon.record.store import Access, Settings, Store, has_state, open_store


def open_state(
    state: StateConfig, *, now: datetime, access: Access = Access.OWN, settings: Settings | None = None
) -> Store:
    """Open it. Raises StoreLocked, StoreError."""
    return open_store(state.url, now=now, access=access, settings=settings, password=state.reveal_password)


def is_state_there(state: StateConfig) -> bool:
    """Whether a daemon has made it already. Raises StoreError, also when nobody can say."""
    return has_state(state.url, password=state.reveal_password)
