"""The rules in force while looking at the files, or making the rule set, goes wrong in ways that nobody foresaw."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from structlog.testing import capture_logs

from daemon.condition import Cidr
from daemon.detect.filters import Filter
from daemon.detect.reload import Reload, RuleEntry, RuleState
from daemon.errors import Problem
from daemon.model import Bounds, Correlation, CorrelationType, Rule
from daemon.ops.health import Health
from daemon.ops.metrics import Metrics
from daemon.service.daemon import Daemon
from daemon.service.ruling import RuleKeeper
from tests.doubles import conditions
from tests.doubles.daemons import NOON, make_place

GOOD = conditions.rule(conditions.field("eventName", "DeleteGroup"), "good")
OTHER = conditions.rule(conditions.field("eventName", "StopLogging"), "other")
UNBUILDABLE = conditions.rule(conditions.field("sourceIPAddress", Cidr(network="nonsense")), "unbuildable")

ENDED = Filter(
    id="f",
    name="",
    title="exception",
    path="f.yml",
    digest="",
    line=1,
    rules=None,
    condition=GOOD.condition,
    expires_at=datetime(2026, 1, 31, tzinfo=UTC),
    owner="alice",
)
COUNTED = Correlation(
    id="counted",
    title="counted",
    level=GOOD.level,
    status="",
    tags=(),
    description="",
    false_positives=(),
    references=(),
    options=GOOD.options,
    path="c.yml",
    digest="",
    type=CorrelationType.EVENT_COUNT,
    bases=(),
    group_by=(),
    timespan=timedelta(hours=1),
    condition=Bounds(bounds=()),
)


def told(*rules: Rule, broken: tuple[str, ...] = ()) -> Reload:
    """What the book would say of these rules, and of files that just broke."""
    return Reload(
        rules=rules,
        digest=" ".join(rule.id for rule in rules),
        entries=tuple(RuleEntry(state=RuleState.LOADED, path=rule.path, id=rule.id) for rule in rules),
        problems=tuple(Problem(where=f"{path}:1", what="broken YAML") for path in broken),
        broken=broken,
        mended=(),
        removed=(),
    )


class Book:
    """A book that gives what it is told to, or breaks."""

    def __init__(self) -> None:
        self.told: Reload | None = None

    def reload(self, *, now: datetime) -> Reload:
        """What it was told; what changed since the last look is said once."""
        assert self.told, "a fault of ours"
        given, self.told = self.told, replace(self.told, broken=(), expired=())
        return given


class Kept:
    """A keeper over such a book, with metrics and health of its own."""

    def __init__(self, daemon: Daemon) -> None:
        self.book = Book()
        self.changes: list[str] = []
        self.health = Health(monotonic=lambda: 0.0)
        self.shared = replace(daemon.shared, metrics=Metrics(version="1"), health=self.health)
        self.keeper = RuleKeeper(
            self.book,  # type: ignore[arg-type]
            shared=self.shared,
            on_changed=lambda: self.changes.append(self.in_force),
        )

    def reload(self, given: Reload | None) -> None:
        """One look at the files."""
        self.book.told = given
        self.keeper.reload()

    @property
    def in_force(self) -> str:
        """The rules that anything is evaluated by."""
        ruleset = self.keeper.current()
        return " ".join(rule.id for rule in ruleset.rules) if ruleset else ""

    @property
    def metrics(self) -> list[str]:
        """What the metrics say of rules."""
        return [line for line in self.shared.metrics.render().decode().splitlines() if "_rule" in line]

    def shown(self) -> list[str]:
        """The rules that metrics show as in force."""
        return [line.split('rule_id="')[1].split('"')[0] for line in self.metrics if "rule_info{" in line]

    def says(self, sample: str) -> bool:
        """Whether the metrics have this line."""
        return f"trailwarden_{sample}" in self.metrics

    def titles(self) -> list[str]:
        """The notices."""
        return [alert.title for alert in self.shared.store.list_alerts(now=NOON, with_notices=True)]


@pytest.fixture
def kept(tmp_path: Path) -> Iterator[Kept]:
    with make_place(tmp_path).daemon() as daemon:
        yield Kept(daemon)


def test_a_fault_of_ours_in_reading_rules_is_told_and_what_was_in_force_stays(kept: Kept) -> None:
    kept.reload(told(GOOD))
    in_force = kept.keeper.current()
    kept.reload(None)
    assert in_force is not None
    assert (kept.keeper.current(), kept.keeper.is_faulty, kept.changes) == (in_force, True, ["good"])
    assert "A fault in the program" in kept.titles()
    assert kept.says("rules_last_reload_successful 0.0")
    assert kept.says('rule_reloads_total{outcome="failed"} 1.0')


def test_rules_of_which_no_set_can_be_made_are_not_in_force_and_nothing_says_so(kept: Kept) -> None:
    kept.reload(told(GOOD))
    in_force = kept.keeper.current()
    for times in (1, 2):
        kept.reload(told(GOOD, UNBUILDABLE))
        assert (kept.keeper.current(), kept.keeper.is_faulty) == (in_force, True)
        assert kept.shown() == ["good"]
        assert kept.says("rules_last_reload_successful 0.0")
        assert kept.says('rules_loaded{state="loaded"} 1.0')
        assert kept.says(f'rule_reloads_total{{outcome="failed"}} {times}.0')
    assert "A fault in the program" in kept.titles()


def test_filters_that_expired_are_told_once_in_one_notice_that_is_bounded(kept: Kept) -> None:
    ended = [
        replace(ENDED, id=str(number), title=f"exception {number}", path=f"{number}.yml") for number in range(1, 8)
    ]
    for _ in range(2):
        kept.reload(replace(told(GOOD), expired=tuple(ended)))
        kept.keeper.reload()
    (alert,) = [
        alert
        for alert in kept.shared.store.list_alerts(now=NOON, with_notices=True)
        if alert.title == "7 filters expired"
    ]
    assert alert.rule_id.endswith("filter_expired")
    text = alert.facts.description
    assert "exception 1 (1.yml), expired at 2026-01-31 00:00 UTC, owner alice\n" in text
    assert "exception 5 " in text
    assert "exception 6 " not in text
    assert "and 2 more" in text


def test_correlations_reach_the_set_and_the_metrics(kept: Kept) -> None:
    kept.reload(replace(told(GOOD), correlations=(COUNTED,)))
    ruleset = kept.keeper.current()
    assert ruleset is not None
    assert ruleset.correlations == (COUNTED,)
    assert sorted(kept.shown()) == ["counted", "good"]


def test_a_set_that_could_not_be_made_is_tried_at_every_look_until_there_is_one(kept: Kept) -> None:
    for _ in range(2):
        kept.reload(told(UNBUILDABLE))
        assert (kept.in_force, kept.shown(), kept.keeper.is_faulty) == ("", [], True)
        assert "waiting: rules loaded" in kept.health.missing()
        assert kept.says("rules_last_reload_successful 0.0")
    kept.reload(told(OTHER))
    assert (kept.in_force, kept.shown(), kept.keeper.is_faulty, kept.changes) == ("other", ["other"], False, ["other"])
    assert "waiting: rules loaded" not in kept.health.missing()
    assert kept.says("rules_last_reload_successful 1.0")


def test_going_back_to_what_is_still_in_force_mends_the_reload(kept: Kept) -> None:
    for given in (told(GOOD), told(GOOD, UNBUILDABLE), told(GOOD)):
        kept.reload(given)
    assert (kept.in_force, kept.keeper.is_faulty, kept.changes) == ("good", False, ["good"])
    assert kept.says("rules_last_reload_successful 1.0")


def test_a_file_that_broke_is_told_though_no_set_can_be_made(kept: Kept) -> None:
    kept.reload(told(UNBUILDABLE, broken=("a.yml",)))
    assert {"A rule file is broken", "A fault in the program"} <= set(kept.titles())


def test_a_file_that_broke_does_not_hide_the_next_one(kept: Kept) -> None:
    for path in ("one.yml", "two.yml", "one.yml"):
        kept.reload(told(GOOD, broken=(path,)))
    assert kept.titles().count("A rule file is broken") == 2


def test_the_same_rules_again_are_no_news(kept: Kept) -> None:
    kept.reload(told(GOOD))
    with capture_logs() as lines:
        kept.reload(told(GOOD))
    assert (kept.changes, lines) == (["good"], [])
