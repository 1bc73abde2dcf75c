"""How a process ended is told by a word that its metric begins with at 0."""

from __future__ import annotations

from daemon.ops.metrics import WORKER_ENDS
from daemon.service.member import EndReason


def test_every_end_is_shown_from_the_start() -> None:
    assert set(WORKER_ENDS) == set(EndReason)
