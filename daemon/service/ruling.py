"""Keeps the rules in force: looks at the files again and again, and says so where one broke or was mended."""

from __future__ import annotations

import structlog

from daemon.detect.reload import Reload
from daemon.detect.rulebook import RuleBook
from daemon.detect.ruleset import RuleSet
from daemon.errors import StoreError
from daemon.model import Level, Notice
from daemon.ops.health import Step
from daemon.service.shared import Shared

log = structlog.get_logger("trailwarden")

_PROBLEMS_TOLD = 5


class RuleKeeper:
    """Holds the rule set that the work thread takes; `reload` puts a new one in its place in one step."""

    def __init__(self, book: RuleBook, *, shared: Shared) -> None:
        self._book = book
        self._shared = shared
        self._ruleset = RuleSet(())
        self._is_faulty = False

    def current(self) -> RuleSet:
        """The rule set in force now."""
        return self._ruleset

    @property
    def is_faulty(self) -> bool:
        """Whether some rule file has a fault at present."""
        return self._is_faulty

    def reload(self) -> None:
        """Look at the files. A store that is away is logged; what was in force stays in force."""
        try:
            told = self._book.reload(now=self._shared.clock())
        except StoreError as fault:
            log.error("rules not reloaded", error=str(fault))
            return
        self._is_faulty = not told.is_successful
        if told.is_changed:
            self._ruleset = RuleSet(told.rules, digest=told.digest)
        self._shared.metrics.set_rules(told.rules, states=told.counts, is_ok=told.is_successful)
        if told.is_changed or told.broken or told.mended or told.removed:
            self._tell(told)
        self._shared.health.reached(Step.RULES)

    def _tell(self, told: Reload) -> None:
        outcome = "ok" if told.is_successful else "faulty"
        self._shared.metrics.rule_reloads.labels(outcome).inc()
        log.info("rules loaded", rules=len(told.rules), outcome=outcome, digest=told.digest[:12])
        for problem in told.problems:
            log.warning("rule fault", fault=str(problem), is_warning=problem.is_warning)
        if told.broken:
            self._shared.notices.tell(_broken(told))
        if told.mended:
            log.info("rule files mended", paths=list(told.mended))
        if not told.rules:
            text = "No rule is in force: nothing can be detected. Check rules.paths, and run `trailwarden rules lint`."
            self._shared.notices.tell(Notice(reason="no_rules", title="No rules are loaded", text=text))


def _broken(told: Reload) -> Notice:
    faults = [str(problem) for problem in told.problems if not problem.is_warning]
    shown = "\n".join(faults[:_PROBLEMS_TOLD])
    more = f"\nand {len(faults) - _PROBLEMS_TOLD} more" if len(faults) > _PROBLEMS_TOLD else ""
    text = f"{shown}{more}\nThe last good version of a broken file stays in force. `trailwarden rules lint` tells all."
    return Notice(reason="rule_broken", title="A rule file is broken", text=text, level=Level.HIGH)
