"""A rule that breaks while it is evaluated: seen in the metrics, told, and made up for once the rule is mended."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import pytest

from daemon.condition import Condition, Number
from daemon.detect.ruleset import RuleSet
from daemon.model import Level, ObjectState
from daemon.service.crashes import Crashes
from daemon.service.daemon import Daemon
from daemon.service.evaluating import InProcess
from daemon.service.working import Worker
from tests.doubles.conditions import Explosive, field, rule
from tests.doubles.daemons import Place, event, make_place

BROKEN = field("requestParameters.count", Number(value=Explosive(7)))
MENDED = field("requestParameters.count", Number(value=8))


@pytest.fixture
def place(tmp_path: Path) -> Place:
    place = make_place(tmp_path)
    place.put(event(1), event(2, eventName="CreateGroup", requestParameters={"count": 8}))
    return place


@contextmanager
def working(daemon: Daemon, condition: Condition) -> Iterator[Worker]:
    """The daemon's worker with two rules: a good one, and one with this condition."""
    rules = RuleSet([rule(condition, "counted"), rule(field("eventName", "DeleteGroup"), "good")])
    daemon.shared.metrics.set_rules(rules.rules, states={}, is_ok=True)
    with closing(InProcess()) as evaluator:
        yield Worker(
            daemon.watched,
            shared=daemon.shared,
            ruleset=lambda: rules,
            evaluator=evaluator,
            crashes=Crashes(daemon.shared),
            on_opened=lambda: None,
        )


def alerts(daemon: Daemon, place: Place) -> list[tuple[str, int]]:
    return sorted((a.rule_id, a.count) for a in daemon.shared.store.list_alerts(now=place.clock()))


def test_the_file_is_set_aside_the_rule_is_counted_and_the_other_rules_alert(place: Place) -> None:
    with place.daemon() as daemon, working(daemon, BROKEN) as worker:
        before = daemon.shared.metrics.render().decode()
        daemon.polling.poll(daemon.watched[0])
        assert worker.work_off().quarantined == 1

        (row,) = daemon.shared.store.list_objects(states=list(ObjectState))
        after = daemon.shared.metrics.render().decode()
        notices = daemon.shared.store.list_alerts(now=place.clock(), with_notices=True, min_level=Level.MEDIUM)
        assert (row.state, row.reason) == (ObjectState.QUARANTINED, "rule_error")
        assert alerts(daemon, place) == [("good", 1)]
        assert "A log file was set aside" in [notice.title for notice in notices]
    for rule_id, moved_to in (("counted", 1.0), ("good", 0.0)):
        assert f'trailwarden_rule_errors_total{{rule_id="{rule_id}"}} 0.0' in before
        assert f'trailwarden_rule_errors_total{{rule_id="{rule_id}"}} {moved_to}' in after
    assert f'objects_total{{outcome="quarantined",source="{row.source}"}} 1.0' in after


def test_once_the_rule_is_mended_the_file_can_be_tried_again_and_nothing_is_counted_twice(place: Place) -> None:
    with place.daemon() as daemon:
        daemon.polling.poll(daemon.watched[0])
        with working(daemon, BROKEN) as worker:
            worker.work_off()
        daemon.shared.store.retry_objects([], all_quarantined=True, now=place.clock())
        with working(daemon, MENDED) as worker:
            assert worker.work_off().done == 1

        assert alerts(daemon, place) == [("counted", 1), ("good", 1)]
