"""A first-seen rule in a whole daemon: learning begins when the rule comes into force, and what is new is told."""

from __future__ import annotations

from datetime import timedelta

from daemon.service.life import run_cycle
from tests.doubles.cycles import cycle, told
from tests.doubles.daemons import Place, event
from tests.doubles.rule_text import rule_text

DAY = timedelta(days=1)
TITLE = "A group was deleted"


def novelty(learn: str, fields: str = "derived.principal, awsRegion") -> bytes:
    return rule_text(more=f"trailwarden: {{first_seen: {{fields: [{fields}], learn: {learn}}}}}")


def deliver(place: Place, number: int, *, region: str = "us-east-1") -> None:
    now = place.clock.now
    seen = event(number, awsRegion=region, eventTime=f"{now:%Y-%m-%dT%H:%M:%SZ}")
    place.put(seen, stamp=now, unique=f"{number:016d}")


def test_nothing_is_told_while_it_learns_and_only_what_is_new_afterwards(place: Place) -> None:
    place.write_rule(novelty("7d"))
    deliver(place, 1)
    assert (cycle(place), TITLE in told(place)) == (0, False)
    place.clock.advance(8 * DAY)
    deliver(place, 2)
    assert (cycle(place), told(place)) == (0, "")
    deliver(place, 3, region="sa-east-1")
    assert cycle(place) == 0
    assert told(place).count(TITLE) == 1
    deliver(place, 4, region="sa-east-1")
    assert (cycle(place), told(place)) == (0, "")


def test_a_rule_learns_from_when_it_is_in_force_not_from_its_first_match(place: Place) -> None:
    place.write_rule(novelty("7d"))
    cycle(place)
    place.clock.advance(8 * DAY)
    deliver(place, 1)
    assert cycle(place) == 0
    assert TITLE in told(place)


def test_other_fields_make_it_learn_anew(place: Place) -> None:
    place.write_rule(novelty("7d"))
    cycle(place)
    place.clock.advance(8 * DAY)
    place.write_rule(novelty("7d", fields="awsRegion"))
    deliver(place, 1)
    assert cycle(place) == 0
    said = told(place)
    assert said.count(TITLE) == said.count(f"Edited: {TITLE}") == 1  # the edit, and no alert


def test_what_is_silent_is_counted_by_reason(place: Place) -> None:
    place.write_rule(novelty("7d"))
    deliver(place, 1)
    deliver(place, 2)
    deliver(place, 3, region="sa-east-1")
    with place.daemon() as daemon:
        run_cycle(daemon)
        text = daemon.shared.metrics.render().decode()
    assert 'trailwarden_suppressed_total{reason="learning"} 2.0' in text
    assert 'trailwarden_suppressed_total{reason="seen"} 1.0' in text
    assert 'trailwarden_suppressed_total{reason="first_seen_overflow"} 0.0' in text
