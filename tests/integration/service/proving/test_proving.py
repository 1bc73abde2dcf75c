"""Digests signed by keys of the test, in a real bucket: what is proved, what is found, and each finding once."""

from __future__ import annotations

from datetime import timedelta

from daemon.service.life import run_cycle
from tests.doubles.digests import Trail
from tests.doubles.proven import HOUR, Proven, content_of

MINUTES = timedelta(minutes=1)


def deliver(place: Proven, trail: Trail, *, hours: int = 5, skip: frozenset[int] = frozenset()) -> list[str]:
    """An honest trail: a log file and a digest an hour, but for digests to be skipped. Gives the keys of the logs."""
    keys = []
    for number in range(hours):
        end = place.hour + number * HOUR
        key = trail.log_key(end - 30 * MINUTES, f"Unique{number:010}")
        place.put_log(key, content_of(number), at=end - 25 * MINUTES)
        made = trail.digest(end, {key: content_of(number)}, restarts=number == 0)
        if number not in skip:
            place.put(made, at=end + 5 * MINUTES)
        keys.append(key)
    return keys


def test_an_honest_trail_is_proved_and_says_nothing(place: Proven) -> None:
    deliver(place, place.trail)
    with place.daemon() as daemon:
        assert run_cycle(daemon) == 0
        text = daemon.shared.metrics.render().decode()
    source = f"s3://{place.bucket.name}"
    assert f'trailwarden_digests_total{{outcome="verified",source="{source}"}} 5.0' in text
    assert f'trailwarden_digest_files_total{{outcome="proved",source="{source}"}} 5.0' in text
    assert f'trailwarden_last_proof_timestamp_seconds{{source="{source}"}} 1.' in text
    assert place.titles() == []
    assert len(place.keys.asked) == 1  # one key, asked for once


def test_a_second_round_looks_at_nothing_again_also_after_a_restart(place: Proven) -> None:
    deliver(place, place.trail)
    assert place.cycle() == 0
    place.clock.advance(HOUR)
    with place.daemon() as daemon:
        assert run_cycle(daemon) == 0
        text = daemon.shared.metrics.render().decode()
    assert f'trailwarden_digests_total{{outcome="verified",source="s3://{place.bucket.name}"}} 0.0' in text
    assert len(place.keys.asked) == 1


def test_a_log_file_that_is_gone_is_told_once(place: Proven) -> None:
    keys = deliver(place, place.trail)
    place.delete(keys[2])
    place.cycle()
    assert place.titles() == ["Log file deleted"]
    place.clock.advance(HOUR)
    place.cycle()
    assert [alert.count for alert in place.alerts()] == [1]


def test_a_log_file_with_other_content_is_told_with_both_hashes(place: Proven) -> None:
    keys = deliver(place, place.trail)
    place.put_log(keys[1], content_of(99), at=place.hour)
    place.cycle()
    (alert,) = place.alerts()
    assert alert.title == "Log file changed"
    told = alert.samples[0].record["requestParameters"]
    assert (told["key"], told["reason"]) == (keys[1], "other_content")
    assert told["expected"] != told["found"]
