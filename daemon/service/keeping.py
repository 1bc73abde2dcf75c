"""Several daemons on one state: this one says that it lives, and takes over the listings of one that does not.

On SQLite there is one daemon, which holds everything without asking.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import structlog

from daemon.errors import StoreError
from daemon.ports import Leases

log = structlog.get_logger("trailwarden")

UPKEEP = "upkeep"


def listing_of(source: str) -> str:
    """The lease on listing a source."""
    return f"list {source}"


class Keeper:
    """Called every few seconds. `on_taken` is told of each source whose listing has become this daemon's.

    A lease is held from one poll to the next and not for a poll alone: else a daemon that died would be missed only
    when its next poll was due.
    """

    def __init__(
        self,
        leases: Leases,
        *,
        sources: Sequence[str],
        is_left: Callable[[str], bool],
        on_taken: Callable[[str], None],
    ) -> None:
        """`is_left`: whether the last poll of a source was left to another daemon."""
        self._leases = leases
        self._sources = sources
        self._is_left = is_left
        self._on_taken = on_taken
        self._lost: set[str] = set()

    def keep(self) -> None:
        """Renew what is held and try for the rest. A store that is away is logged: the next turn may find it back."""
        try:
            self._leases.renew()
            for source in self._sources:
                self._try(source)
        except StoreError as fault:
            log.error("leases not renewed: others may take over", error=str(fault))

    def _try(self, source: str) -> None:
        if not self._leases.hold(listing_of(source)):
            self._lost.add(source)
        elif source in self._lost or self._is_left(source):
            self._lost.discard(source)
            log.info("this daemon lists the source from now on", source=source)
            self._on_taken(source)
