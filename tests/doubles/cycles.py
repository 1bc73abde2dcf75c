"""A daemon's single cycle, and what it printed."""

from __future__ import annotations

from daemon.service.life import run_cycle
from tests.doubles.daemons import Place


def cycle(place: Place, **options: object) -> int:
    with place.daemon(**options) as daemon:  # type: ignore[arg-type]
        return run_cycle(daemon)


def told(place: Place) -> str:
    """What was printed since the last look."""
    text = place.terminal.getvalue()
    place.terminal.seek(0)
    place.terminal.truncate()
    return text
