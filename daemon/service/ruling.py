"""Keeps the rules in force: looks at the files again and again, and says so where one broke or was mended."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

import structlog

from daemon.detect.filters import Filter
from daemon.detect.reload import Guard, Reload, RuleState
from daemon.detect.rulebook import RuleBook
from daemon.detect.ruleset import RuleSet
from daemon.errors import StoreError
from daemon.model import Level, Notice
from daemon.ops.health import Step
from daemon.service.notices import crashed
from daemon.service.rule_edits import RuleEdits
from daemon.service.shared import Shared

log = structlog.get_logger("trailwarden")

LOOP = "reload"
_PROBLEMS_TOLD = 5


class RuleKeeper:
    """Holds the rule set that the work thread takes; `reload` puts a new one in its place in one step.

    What the files say is in force only once a set is made of it. Until then it is tried at every look.

    `on_changed` is called when log files may have waited for it.
    """

    def __init__(self, book: RuleBook, *, shared: Shared, on_changed: Callable[[], None]) -> None:
        self._book = book
        self._shared = shared
        self._on_changed = on_changed
        self._ruleset: RuleSet | None = None
        self._digest: str | None = None  # of the rules in force, be there any or none; None before the first
        self._is_faulty = False
        self._counts: Mapping[str, int] | None = None
        self._guard: Guard | None = None
        self._edits = RuleEdits(shared.store.rules, notices=shared.notices, clock=shared.clock)

    def current(self) -> RuleSet | None:
        """The rule set in force now; None when there is no rule to evaluate anything by."""
        return self._ruleset

    @property
    def is_faulty(self) -> bool:
        """Whether some rule file has a fault at present, or the files could not be looked at."""
        return self._is_faulty

    @property
    def counts(self) -> Mapping[str, int] | None:
        """How many rules are in each state, as of the last look at the files; None before the first."""
        return self._counts

    def reload(self) -> None:
        """Look at the files. Whatever goes wrong is logged and counted; what was in force stays in force."""
        self._shared.health.beat(LOOP)
        try:
            self._take(self._book.reload(now=self._shared.clock()))
        except Exception as fault:  # the top of the reload: the next one must come
            self._is_faulty = True
            self._shared.metrics.rules_ok.set(0)
            self._shared.metrics.rule_reloads.labels("failed").inc()
            if isinstance(fault, StoreError):
                log.error("rules not reloaded", error=str(fault))
                return
            log.exception("rules not reloaded")
            self._shared.notices.tell(crashed("Reloading the rules", fault))

    def _take(self, told: Reload) -> None:
        is_new = told.digest != self._digest
        is_news = bool(is_new or told.broken or told.mended or told.removed)
        if is_news:
            self._tell_of_files(told)  # first, since the book says once what broke
        if told.expired:
            self._shared.notices.tell(_expired(told.expired))
        if is_new:
            ruleset = _made(told) if told.rules else None
            self._shared.store.first_seen.begin(told.rules, now=self._shared.clock())
            self._ruleset = ruleset
            self._digest = told.digest
            self._on_changed()
        self._is_faulty, self._counts = not told.is_successful, told.counts
        heads = (*told.rules, *told.correlations)
        self._shared.metrics.set_rules(heads, states=told.counts, is_ok=told.is_successful)
        if told.rules:
            self._shared.health.reached(Step.RULES)
        if is_news:
            self._tell(told)
        if told.guard is not None and told.guard != self._guard and (told.guard.is_kept or told.guard.found):
            self._shared.notices.tell(_too_few(told.guard))
        self._guard = told.guard
        self._edits.look(told)

    def _tell_of_files(self, told: Reload) -> None:
        for problem in told.problems:
            log.warning("rule fault", fault=str(problem), is_warning=problem.is_warning)
        if told.broken:
            self._shared.notices.tell(_broken(told))
        if told.mended:
            log.info("rule files mended", paths=list(told.mended))

    def _tell(self, told: Reload) -> None:
        outcome = "ok" if told.is_successful else "faulty"
        self._shared.metrics.rule_reloads.labels(outcome).inc()
        counts = {"rules": len(told.rules), "correlations": len(told.correlations)}
        log.info("rules loaded", **counts, outcome=outcome, digest=told.digest[:12])
        if not told.rules:
            text = (
                "No rule is in force: nothing can be detected, and log files wait until there is one. "
                "Check rules.paths, and run `trailwarden rules lint`."
            )
            self._shared.notices.tell(Notice(reason="no_rules", title="No rules are loaded", text=text))


def _made(told: Reload) -> RuleSet:
    return RuleSet(told.rules, digest=told.digest, correlations=told.correlations)


def _too_few(guard: Guard) -> Notice:
    kept = "The last good rule set stays in force." if guard.is_kept else "There is no better rule set from before."
    text = (
        f"{guard.found} rules are found, and rules.min_loaded asks for {guard.wanted}. {kept} "
        "Put the files back, or lower rules.min_loaded if so few are meant."
    )
    return Notice(reason="rules_too_few", title="Rules are missing", text=text, level=Level.HIGH)


def _expired(filters: Sequence[Filter]) -> Notice:
    shown = [
        f"{each.title} ({each.path}), expired at {each.expires_at:%Y-%m-%d %H:%M} UTC"
        + (f", owner {each.owner}" if each.owner else "")
        for each in filters[:_PROBLEMS_TOLD]
    ]
    more = f"\nand {len(filters) - _PROBLEMS_TOLD} more" if len(filters) > _PROBLEMS_TOLD else ""
    end = "What it kept back alerts again. Move its end if the exception is still sound, or remove its file."
    return Notice(
        reason="filter_expired",
        title="A filter expired" if len(filters) == 1 else f"{len(filters)} filters expired",
        text="\n".join(shown) + f"{more}\n{end}",
        about=", ".join(sorted({each.path for each in filters[:_PROBLEMS_TOLD]})),
    )


def _broken(told: Reload) -> Notice:
    faults = [str(problem) for problem in told.problems if not problem.is_warning]
    shown = "\n".join(faults[:_PROBLEMS_TOLD])
    more = f"\nand {len(faults) - _PROBLEMS_TOLD} more" if len(faults) > _PROBLEMS_TOLD else ""
    # Of what is wrong inside a file the line is named too.
    is_unread = all(any(_is_at(path, problem.where) for problem in told.problems) for path in told.broken)
    title = "Rules cannot be read" if is_unread else "A rule file is broken"
    text = f"{shown}{more}\n{_in_force_of(told)} `trailwarden rules lint` tells all."
    return Notice(reason="rule_broken", title=title, text=text, level=Level.HIGH, about=", ".join(told.broken))


def _in_force_of(told: Reload) -> str:
    """What is still in force of that which is broken."""
    kept = [entry.path for entry in told.entries if entry.state is RuleState.LAST_GOOD]
    lost = [path for path in told.broken if not any(_is_at(each, path) for each in kept)]
    if not lost:
        return "Its last good version stays in force."
    if len(lost) == len(told.broken):
        return "There is no good version of it from before: nothing of it is in force."
    named = ", ".join(lost[:_PROBLEMS_TOLD]) + (", …" if len(lost) > _PROBLEMS_TOLD else "")
    return f"Last good versions stay in force, but there is none of: {named}."


def _is_at(path: str, place: str) -> bool:
    """Whether it is this place, or lies below it."""
    return path == place or path.startswith(f"{place}/")
