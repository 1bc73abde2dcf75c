"""Lets the rules look at what proof of completeness found, whenever the work on log files comes by."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from daemon.detect.ruleset import RuleSet
from daemon.model import ObjectResult
from daemon.ports import Recorded
from daemon.service.proving.telling import tell_findings
from daemon.service.shared import Shared
from daemon.service.tally import Tally


class FindingTeller:
    """`complete` is how the work records results. `on_opened` is called when alerts were opened."""

    def __init__(self, shared: Shared, *, tally: Tally, on_opened: Callable[[], None]) -> None:
        self._shared = shared
        self._tally = tally
        self._on_opened = on_opened

    def tell(self, ruleset: RuleSet, complete: Callable[[Sequence[ObjectResult], RuleSet], Recorded]) -> None:
        """All that waits. Raises StoreError."""

        def record(results: Sequence[ObjectResult]) -> None:
            recorded = complete(results, ruleset)
            self._tally.count_recorded(recorded)
            if recorded.opened or recorded.grown:
                self._on_opened()

        shared = self._shared
        while found := tell_findings(shared.store.digests, ruleset, record=record, clock=shared.clock):
            self._tally.count_findings(found)
