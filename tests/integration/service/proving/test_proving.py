"""Digests signed by keys of the test, in a real bucket: what is proved, what is found, and each finding once."""

from __future__ import annotations

import gzip

import pytest

from daemon.service.life import run_cycle
from tests.doubles.digests import Trail
from tests.doubles.proven import HOUR, Proven, content_of, deliver


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


def test_bytes_behind_a_log_file_make_it_a_changed_one(place: Proven) -> None:
    keys = deliver(place, place.trail)
    place.put_raw(keys[1], gzip.compress(content_of(1), mtime=0) + b"hidden", at=place.hour)
    place.cycle()
    assert place.titles() == ["Log file changed"]


def test_a_digest_that_is_gone_is_named_by_the_next(place: Proven) -> None:
    deliver(place, place.trail, skip=frozenset({2}))
    place.cycle()
    assert place.titles() == ["Digest file missing"]
    (alert,) = place.alerts()
    assert alert.samples[0].record["requestParameters"]["reason"] == "not_in_bucket"


def forged(place: Proven, **changes: object) -> list[str]:
    """The reasons told when the third digest of five is not as CloudTrail wrote it."""
    trail = place.trail
    for number in range(5):
        end = place.hour + number * HOUR
        made = trail.digest(end)
        place.put(made, at=end, **(changes if number == 2 else {}))
    place.cycle()
    return [
        f"{alert.title}: {sample.record['requestParameters']['reason']}"
        for alert in place.alerts()
        for sample in alert.samples
    ]


SIGNED = {"signature": "ab" * 256, "signature-algorithm": "SHA256withRSA"}


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"metadata": {}}, "no_signature"),
        ({"metadata": {"signature": "ab" * 256}}, "no_signature"),
        ({"metadata": SIGNED}, "bad_signature"),
        ({"metadata": SIGNED | {"signature-algorithm": "SHA1withRSA"}}, "bad_signature"),
        ({"metadata": SIGNED | {"signature": "not hex"}}, "bad_signature"),
        ({"data": b"\x1f\x8b"}, "bad_gzip"),
        ({"data": gzip.compress(b"{}")}, "bad_field"),
        ({"data": gzip.compress(b"{" * 100_000)}, "not_json"),
        ({"data": gzip.compress(bytes(80_000_000))}, "too_large"),
    ],
    ids=[
        *("no metadata", "no algorithm", "another signature", "another algorithm", "a signature that is none"),
        *("cut off", "no digest", "no JSON", "huge"),
    ],
)
def test_a_forged_digest_is_told_with_its_reason_and_costs_no_other_finding(
    place: Proven, changes: dict[str, object], reason: str
) -> None:
    assert forged(place, **changes) == [f"Digest file forged: {reason}"]


def test_a_digest_with_bytes_behind_it_is_forged(place: Proven) -> None:
    made = place.trail.digest(place.hour)
    place.put(made, at=place.hour, data=made.data + b"x")
    place.put(Trail(bucket=place.bucket.name, last=made).digest(place.hour + 4 * HOUR))
    place.cycle()
    assert "Digest file forged" in place.titles()


@pytest.mark.parametrize("case", ["another's key", "another region's key", "an expired key"])
def test_a_key_that_aws_does_not_know_for_that_place_and_time_is_no_key(place: Proven, case: str) -> None:
    if case == "another region's key":
        place.keys.add(2, region="us-east-1")
    elif case == "an expired key":
        place.keys.add(2, end=place.hour - 30 * HOUR)
    first = place.trail.digest(place.hour)
    place.put(first, at=place.hour)
    mine = Trail(bucket=place.bucket.name, number=2, last=first)
    place.put(mine.digest(place.hour + 4 * HOUR, start=place.hour), at=place.hour + 4 * HOUR)
    place.cycle()
    assert "Digest file forged" in place.titles()
    assert "unknown_key" in place.terminal.getvalue()


def test_a_chain_that_is_replaced_is_told(place: Proven) -> None:
    trail = place.trail
    made = [trail.digest(place.hour + number * HOUR) for number in range(4)]
    for digest in made:
        place.put(digest, at=place.hour)
    other = Trail(bucket=place.bucket.name, last=made[0])
    place.put(other.digest(place.hour + 4 * HOUR), at=place.hour + 4 * HOUR)
    place.cycle()
    assert place.titles() == ["Chain of digest files broken"]


def test_a_restart_after_a_stop_is_told_as_such(place: Proven) -> None:
    trail = place.trail
    place.put(trail.digest(place.hour), at=place.hour)
    place.put(trail.digest(place.hour + 4 * HOUR, restarts=True), at=place.hour + 4 * HOUR)
    place.cycle()
    assert place.titles() == ["Log file validation was off for a while"]
