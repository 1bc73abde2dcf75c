"""What is not there, what comes late, and what breaks on the way: silence, grace, refusals, crashes."""

from __future__ import annotations

from daemon.model import LogObject
from daemon.service.life import run_cycle
from daemon.sources.build import MOST_OF_A_DIGEST
from daemon.sources.digests.examine import Examiner
from daemon.trail.digests.examined import Examined
from tests.doubles.digests import Trail
from tests.doubles.proven import HOUR, MINUTES, Proven, content_of, deliver


def test_a_trail_that_falls_silent_is_told_once(place: Proven) -> None:
    deliver(place, place.trail)
    place.cycle()
    for _ in range(2):
        place.clock.advance(5 * HOUR)
        place.cycle()
    assert place.titles() == ["Trail has fallen silent"]
    assert [alert.count for alert in place.alerts()] == [1]


def test_whoever_deletes_all_digests_of_a_shard_does_not_hide_that_they_are_gone(place: Proven) -> None:
    keys = deliver(place, place.trail)
    place.cycle()
    listed = place.bucket.client.list_objects_v2(Bucket=place.bucket.name)["Contents"]
    for digest in [each["Key"] for each in listed if each["Key"] not in keys]:
        place.delete(digest)
    place.clock.advance(5 * HOUR)
    place.cycle()
    assert place.titles() == ["Trail has fallen silent"]


def test_a_planted_file_of_the_far_future_is_vouched_for_by_no_digest(place: Proven) -> None:
    trail = place.trail
    planted = trail.log_key(place.hour.replace(year=2099), "PlantedPlanted00")
    place.put_log(planted, content_of(50), at=place.hour + 31 * MINUTES)
    deliver(place, trail)
    place.cycle()
    place.clock.advance(6 * HOUR)
    for number in range(5, 11):
        end = place.hour + number * HOUR
        place.put(trail.digest(end), at=end)
    place.cycle()
    assert place.titles() == ["Log file that no digest vouches for"]


def test_a_digest_far_larger_than_any_of_cloudtrails_is_forged_and_not_read(place: Proven) -> None:
    trail = place.trail
    deliver(place, trail)
    end = place.hour + 5 * HOUR
    place.put(trail.digest(end), at=end, data=bytes(MOST_OF_A_DIGEST + 1))
    place.clock.advance(HOUR)
    place.cycle()
    assert place.titles() == ["Digest file forged"]


def test_alerts_of_findings_are_opened_when_they_are_found_whatever_the_file_says_of_its_time(place: Proven) -> None:
    keys = deliver(place, place.trail)
    place.cycle()
    place.delete(keys[0])
    place.put_log(keys[1], content_of(99))
    place.clock.advance(5 * HOUR)
    place.cycle()
    assert {alert.opened_at for alert in place.alerts()} == {place.clock()}


def test_a_file_that_no_digest_names_is_told_once_it_is_overdue(place: Proven) -> None:
    trail = place.trail
    planted = trail.log_key(place.hour + 30 * MINUTES, "PlantedPlanted00")
    place.put_log(planted, content_of(50), at=place.hour + 31 * MINUTES)
    keys = deliver(place, trail)
    place.cycle()
    assert place.titles() == []
    place.clock.advance(6 * HOUR)
    for number in range(5, 11):
        end = place.hour + number * HOUR
        place.put(trail.digest(end), at=end)
    place.cycle()
    assert place.titles() == ["Log file that no digest vouches for"]
    (alert,) = place.alerts()
    assert (alert.count, alert.samples[0].record["requestParameters"]["key"]) == (1, planted)
    assert planted not in keys


def test_a_file_that_only_the_digest_knows_is_fetched_and_evaluated_without_alarm(place: Proven) -> None:
    """It came long before, by its times, so that no poll takes it in any more."""
    deliver(place, place.trail)
    place.cycle()
    place.clock.advance(HOUR)
    trail = Trail(bucket=place.bucket.name)
    late = trail.log_key(place.hour - 3 * HOUR, "LateLateLateLate")
    with place.daemon() as daemon:
        place.put_log(late, content_of(7), at=place.hour - 3 * HOUR)
        place.put(Trail(bucket=place.bucket.name, trail="second").digest(place.hour + 5 * HOUR, {late: content_of(7)}))
        sheet = daemon.proving.prove(daemon.watched[0])
        assert sheet is not None
        assert (sheet.fetched, sheet.findings) == (1, 0)
        daemon.worker.work_off()
        again = daemon.proving.prove(daemon.watched[0])
        assert again is not None
        assert again.files["proved"] == 1
    assert place.titles() == []


def test_a_file_that_is_not_there_yet_has_an_hour_to_come_where_buckets_are_copied(place: Proven) -> None:
    trail = place.trail
    end = place.clock() - 10 * MINUTES
    key = trail.log_key(end - 30 * MINUTES)
    place.put(trail.digest(end, {key: content_of(1)}), at=end)
    place.put_log(trail.log_key(end - 20 * MINUTES, "Other"), content_of(2))
    place.cycle()
    assert place.titles() == []
    place.clock.advance(HOUR)
    with place.daemon() as daemon:
        run_cycle(daemon)
    assert "Log file deleted" in place.titles()


def test_keys_that_may_not_be_asked_for_are_a_notice_and_no_finding(place: Proven) -> None:
    deliver(place, place.trail)
    place.keys.refusal = "AccessDeniedException"
    assert place.cycle() == 1
    assert place.titles() == []
    assert "cloudtrail:ListPublicKeys" in place.terminal.getvalue()
    place.keys.refusal = ""
    place.clock.advance(HOUR)
    assert place.cycle() == 0
    with place.daemon() as daemon:
        assert daemon.shared.store.digests.chains(f"s3://{place.bucket.name}")


def test_required_digests_that_are_not_there_are_told_once(place: Proven) -> None:
    place.more = ", digest: require"
    key = place.trail.log_key(place.hour)
    place.put_log(key, content_of(1), at=place.hour)
    place.cycle()
    for _ in range(2):
        place.clock.advance(7 * HOUR)
        place.cycle()
    assert place.titles() == ["Digest file missing"]
    assert [alert.count for alert in place.alerts()] == [1]


def test_switched_off_nothing_is_hashed_or_asked(place: Proven) -> None:
    place.more = ', digest: "off"'
    deliver(place, place.trail)
    with place.daemon() as daemon:
        assert run_cycle(daemon) == 0
        known = daemon.shared.store.digests.known(f"s3://{place.bucket.name}", [place.trail.log_key(place.hour)])
        assert all(file.sha256 is None for file in known.values())
    assert place.keys.asked == []


def test_a_crash_between_finding_and_telling_tells_once(place: Proven) -> None:
    keys = deliver(place, place.trail)
    place.delete(keys[2])
    with place.daemon() as daemon:
        daemon.polling.poll(daemon.watched[0])
        daemon.worker.work_off()
        daemon.proving.prove(daemon.watched[0])  # stored, and then the power fails
    assert place.titles() == []
    place.cycle()
    place.cycle()
    assert [alert.count for alert in place.alerts()] == [1]


def test_one_shard_that_breaks_the_program_keeps_no_other_from_being_proved(place: Proven) -> None:
    deliver(place, place.trail)
    other = Trail(bucket=place.bucket.name, region="us-east-1")
    place.keys.add(region="us-east-1")
    made = other.digest(place.hour)
    place.put(made, at=place.hour)
    with place.daemon() as daemon:
        prover = daemon.watched[0].prover
        assert prover is not None
        prover.examiner = Breaking(prover.examiner, at=made.key)  # type: ignore[assignment]  # a twin for one key
        run_cycle(daemon)
        text = daemon.shared.metrics.render().decode()
    assert f'trailwarden_digests_total{{outcome="verified",source="s3://{place.bucket.name}"}} 5.0' in text
    assert "A fault in the program" in place.terminal.getvalue()


class Breaking:
    """An examiner that has a fault of its own with one key."""

    def __init__(self, inner: Examiner, *, at: str) -> None:
        self._inner = inner
        self._at = at

    def examine(self, obj: LogObject) -> Examined:
        if obj.key == self._at:
            raise RuntimeError("a fault in the program")
        return self._inner.examine(obj)
