"""An edit of the rules is told once, also over a restart; the first rule set and a change of nothing are not."""

from __future__ import annotations

from datetime import timedelta

import pytest

from daemon.model import Level
from daemon.service.daemon import Daemon
from daemon.service.life import run_cycle
from tests.doubles.daemons import Place, event
from tests.doubles.rule_text import OTHER_ID, rule_text

OTHER = rule_text("selection: {eventName: StopLogging}\ncondition: selection", rule_id=OTHER_ID, title="Stopped")


def told(daemon: Daemon) -> list[tuple[str, Level, str]]:
    """The notices about changed or missing rules, oldest first."""
    found = daemon.shared.store.list_alerts(now=daemon.shared.clock(), with_notices=True)
    return [
        (alert.title, alert.level, alert.facts.description)
        for alert in reversed(found)
        if alert.rule_id in ("notice:rules_changed", "notice:rules_too_few")
    ]


def test_the_first_rule_set_of_a_state_is_no_news(place: Place) -> None:
    with place.daemon() as daemon:
        daemon.rules.reload()
        assert told(daemon) == []


def test_a_weakened_rule_is_told_as_high(place: Place) -> None:
    with place.daemon() as daemon:
        place.write_rule(rule_text(level="low"))
        daemon.rules.reload()
        daemon.rules.reload()
        ((title, level, text),) = told(daemon)
    assert (title, level) == ("Rules changed: 1 level lowered", Level.HIGH)
    assert "Level lowered: A group was deleted (high to low)" in text


def test_what_changed_while_the_daemon_was_off_is_told_at_its_start(place: Place) -> None:
    with place.daemon():
        pass
    place.write_rule(OTHER, name="other.yml")
    with place.daemon() as daemon:
        ((title, level, _),) = told(daemon)
        assert (title, level) == ("Rules changed: 1 added", Level.LOW)
    with place.daemon() as daemon:
        assert len(told(daemon)) == 1


def test_a_rule_that_is_disabled_in_the_configuration_is_told(place: Place) -> None:
    place.write_rule(OTHER, name="other.yml")
    with place.daemon():
        pass
    config = (place.folder / "config.yaml").read_text().replace("[rules]}", f"[rules], disable: ['{OTHER_ID}']}}")
    with place.daemon(config=config.replace("{", "{{").replace("}", "}}")) as daemon:
        assert [title for title, *_ in told(daemon)] == ["Rules changed: 1 disabled"]


def test_very_many_changes_make_one_bounded_notice(place: Place) -> None:
    with place.daemon() as daemon:
        for number in range(40):
            rule_id = f"22222222-3333-4444-8555-{number:012}"
            content = rule_text(f"selection: {{eventName: Call{number}}}\ncondition: selection", rule_id=rule_id)
            place.write_rule(content, name=f"{number}.yml")
        daemon.rules.reload()
        ((title, _, text),) = told(daemon)
    assert title == "Rules changed: 40 added"
    assert "and 32 more" in text
    assert len(text) < 1500


def test_more_edits_than_an_hour_has_room_for_are_told_later_together(place: Place) -> None:
    with place.daemon() as daemon:
        for number in range(8):
            place.write_rule(rule_text(title=f"Title {number}"))
            daemon.rules.reload()
            place.clock.advance(timedelta(minutes=1))
        assert len(told(daemon)) == 5
        place.clock.advance(timedelta(hours=1))
        daemon.rules.reload()
        assert "Title 7" in told(daemon)[-1][2]
        assert len(told(daemon)) == 6


@pytest.mark.parametrize("content", ["nonsense", "{}"])
def test_a_memory_that_cannot_be_read_begins_anew(place: Place, content: str) -> None:
    with place.daemon() as daemon:
        daemon.shared.store.rules.keep_snapshot(content)
    place.write_rule(rule_text(level="low"))
    with place.daemon() as daemon:
        assert told(daemon) == []
        place.write_rule(rule_text(level="high"))
        daemon.rules.reload()
        assert [title for title, *_ in told(daemon)] == ["Rules changed: 1 level raised"]


def test_rules_that_are_missing_stay_in_force_and_are_told_once(place: Place) -> None:
    with place.daemon() as daemon:
        (place.folder / "rules/rule.yml").unlink()
        daemon.rules.reload()
        daemon.rules.reload()
        ruleset = daemon.rules.current()
        assert ruleset is not None
        assert [rule.title for rule in ruleset.rules] == ["A group was deleted"]
        assert [(title, level) for title, level, _ in told(daemon)] == [("Rules are missing", Level.HIGH)]
        assert daemon.rules.is_faulty


def test_each_alert_carries_the_digest_of_the_rule_set_that_made_it(place: Place) -> None:
    with place.daemon() as daemon:
        digests = []
        for number in (1, 2):
            place.write_rule(rule_text(more=f"trailwarden: {{summary: 'edition {number}', close_after: 1m}}"))
            daemon.rules.reload()
            place.put(event(number), unique=f"FILE{number:012}")
            run_cycle(daemon)
            rules = daemon.rules.current()
            assert rules is not None
            digests.append(rules.digest)
            place.clock.advance(timedelta(minutes=5))
        second, first = daemon.shared.store.list_alerts(now=place.clock())
        assert [first.ruleset_digest, second.ruleset_digest] == digests
        assert len({*digests}) == 2


def test_a_rule_that_is_weakened_mended_and_weakened_again_within_the_hour_is_told_each_time(place: Place) -> None:
    with place.daemon() as daemon:
        for level in ("low", "high", "low"):
            place.clock.advance(timedelta(minutes=5))
            place.write_rule(rule_text(level=level))
            daemon.rules.reload()
        titles = [title.removeprefix("Rules changed: ") for title, *_ in told(daemon)]
    assert titles == ["1 level lowered", "1 level raised", "1 level lowered"]
