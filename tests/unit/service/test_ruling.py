"""The rules in force while looking at the files goes wrong in ways that nobody foresaw."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

from daemon.detect.reload import Reload
from daemon.service.ruling import RuleKeeper
from tests.doubles.daemons import make_place


class Breaking:
    """A book that gives what it is told to, or breaks."""

    def __init__(self, told: Reload) -> None:
        self.told: Reload | None = told

    def reload(self, *, now: datetime) -> Reload:
        assert self.told, "a fault of ours"
        return self.told


def test_a_fault_of_ours_in_reading_rules_is_told_and_what_was_in_force_stays(tmp_path: Path) -> None:
    place = make_place(tmp_path)
    with place.daemon() as daemon:
        ruleset = daemon.rules.current()
        assert ruleset
        told = Reload(
            rules=ruleset.rules,
            digest="d",
            is_changed=True,
            entries=(),
            problems=(),
            broken=(),
            mended=(),
            removed=(),
        )
        changes: list[bool] = []
        book = Breaking(told)
        keeper = RuleKeeper(book, shared=daemon.shared, on_changed=lambda: changes.append(True))  # type: ignore[arg-type]
        keeper.reload()
        in_force = keeper.current()
        book.told = None
        keeper.reload()

        assert in_force is not None
        assert (keeper.current(), keeper.is_faulty, changes) == (in_force, True, [True])
        listed = daemon.shared.store.list_alerts(now=place.clock(), with_notices=True)
        assert "A fault in the program" in [alert.title for alert in listed]
        text = daemon.shared.metrics.render().decode()
        assert "rules_last_reload_successful 0.0" in text
        assert 'rule_reloads_total{outcome="failed"} 1.0' in text
