"""What one cycle does about log files that the environment refuses."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest

from daemon.errors import EnvironmentReason, ObjectGone, ObjectTooLarge, ObjectUnreadable, SourceUnavailable
from daemon.model import LogObject, ObjectState
from daemon.service.life import run_cycle
from tests.doubles.cycles import cycle, told
from tests.doubles.daemons import CONFIG, NOON, Place, Standing, event


class Refusing(Standing):
    """A source whose reads end as the test says."""

    def __init__(self, config: object, fault: Exception | None, **options: object) -> None:
        super().__init__(config, **options)
        self.fault = fault

    def get(self, obj: LogObject) -> bytes:
        if self.fault:
            raise self.fault
        return super().get(obj)


def refusing(fault: Exception | None) -> object:
    return lambda config, **options: Refusing(config, fault, **options)


def test_a_refusal_of_the_environment_leaves_the_object_pending_with_one_notice_and_ends_by_itself(
    place: Place,
) -> None:
    place.put(event(1))
    place.put(event(2), unique="BBBBBBBBCCCCDDDD")
    denied = SourceUnavailable("s3:GetObject is denied; allow it", reason=EnvironmentReason.ACCESS_DENIED)

    assert cycle(place, source=refusing(denied)) == 1
    assert told(place).count("cannot be read") == 1

    place.clock.advance(timedelta(hours=1))
    with place.daemon() as daemon:
        assert run_cycle(daemon) == 0
        assert {row.state for row in daemon.shared.store.list_objects(states=list(ObjectState))} == {ObjectState.DONE}
    assert told(place).count("A group was deleted") == 1


class PartlyRefusing(Refusing):
    """Refuses only what the test names; keeps what was asked for."""

    asked: list[str]
    refused: set[str]
    on_get: Callable[[], None] = staticmethod(lambda: None)

    def get(self, obj: LogObject) -> bytes:
        self.on_get()
        self.asked.append(obj.unique)
        return super().get(obj) if obj.unique in self.refused else self._inner.get(obj)


def test_however_many_objects_stay_unreadable_the_readable_ones_of_their_shard_are_evaluated(place: Place) -> None:
    old = [f"{number:016}" for number in range(300)]  # more than the work takes at a time
    for number, unique in enumerate(old):
        place.put(event(number), unique=unique, stamp=NOON - timedelta(minutes=30))
    place.put(
        event(999, userIdentity={"type": "IAMUser", "arn": "arn:aws:iam::111122223333:user/bob"}), unique="Z" * 16
    )
    denied = SourceUnavailable("its key was destroyed", reason=EnvironmentReason.KMS_DENIED)
    asked: list[str] = []

    def make(config: object, **options: object) -> PartlyRefusing:
        source = PartlyRefusing(config, denied, **options)
        source.asked, source.refused = asked, set(old)
        return source

    with place.daemon(source=make) as daemon:
        assert run_cycle(daemon) == 1
        place.clock.advance(timedelta(seconds=10))
        assert run_cycle(daemon) == 1
        (done,) = daemon.shared.store.list_objects(states=[ObjectState.DONE])
        assert done.object.unique == "Z" * 16
        place.clock.advance(timedelta(minutes=1))
        asked.clear()
        place.put(event(1000), unique="Y" * 16)
        run_cycle(daemon)
        assert asked[0] == "Y" * 16  # what is new comes first, whatever else is to be tried again


def test_a_run_that_takes_hours_tries_what_is_refused_only_once(place: Place) -> None:
    for number in range(400):
        place.put(event(number), unique=f"{number:016}", stamp=NOON - timedelta(minutes=30))
    denied = SourceUnavailable("its key was destroyed", reason=EnvironmentReason.KMS_DENIED)
    asked: list[str] = []

    def make(config: object, **options: object) -> PartlyRefusing:
        source = PartlyRefusing(config, denied, **options)
        source.asked, source.refused = asked, {f"{number:016}" for number in range(0, 400, 40)}
        source.on_get = lambda: place.clock.advance(timedelta(minutes=1))
        return source

    with place.daemon(source=make) as daemon:
        assert run_cycle(daemon) == 1
        assert len(daemon.shared.store.list_objects(states=[ObjectState.PENDING])) == 10
    assert len(asked) == len(set(asked)) == 400


def test_a_shard_that_is_shut_is_not_asked_for_every_object_at_once(place: Place) -> None:
    for number in range(300):
        place.put(event(number), unique=f"{number:016}")
    denied = SourceUnavailable("denied", reason=EnvironmentReason.ACCESS_DENIED)

    with place.daemon(source=refusing(denied)) as daemon:
        run_cycle(daemon)
        rows = daemon.shared.store.list_objects(states=[ObjectState.PENDING], limit=400)
        assert sorted({row.attempts for row in rows}) == [0, 1]


@pytest.mark.parametrize(
    ("fault", "state", "reason", "code"),
    [
        (ObjectGone("gone"), ObjectState.GONE, None, 0),
        (ObjectTooLarge("large"), ObjectState.QUARANTINED, "too_large", 1),
        (ObjectUnreadable("restore it", reason="archived"), ObjectState.QUARANTINED, "archived", 1),
        (ZeroDivisionError(), ObjectState.QUARANTINED, "crashed", 1),
    ],
    ids=["gone", "too large", "archived", "a fault of ours"],
)
def test_what_cannot_be_read_is_accounted_for(
    place: Place, fault: Exception, state: ObjectState, reason: str | None, code: int
) -> None:
    place.put(event(1))

    with place.daemon(source=refusing(fault)) as daemon:
        assert run_cycle(daemon) == code
        (row,) = daemon.shared.store.list_objects(states=list(ObjectState))
    assert (row.state, row.reason) == (state, reason)


def test_a_cycle_tries_each_file_once_however_long_that_takes(place: Place) -> None:
    place.put(event(1))
    tries: list[str] = []

    class Away(Standing):
        def get(self, obj: LogObject) -> bytes:
            tries.append(obj.name)
            place.clock.advance(timedelta(minutes=3))  # longer than the first waits of the backoff
            raise SourceUnavailable("no answer", reason=EnvironmentReason.UNREACHABLE)

    assert cycle(place, source=Away) == 1
    assert len(tries) == 1


TWO = CONFIG.replace('[{{url: "file:bucket"}}]', '[{{url: "file:bucket"}}, {{url: "file:other"}}]')


def put_in_both(place: Place, content: bytes) -> None:
    """Deliver the same file into the usual bucket and another one."""
    path = place.put_bytes(content)
    twin = place.folder / "other" / path.relative_to(place.folder / "bucket")
    twin.parent.mkdir(parents=True)
    twin.write_bytes(content)


def test_a_corrupt_file_in_one_source_does_not_hide_one_in_another(place: Place) -> None:
    put_in_both(place, b"\x1f\x8b not gzip")
    assert cycle(place, config=TWO) == 1
    assert told(place).count("A log file was set aside") == 2


def test_a_source_that_cannot_be_read_does_not_hide_another(place: Place) -> None:
    put_in_both(place, b"whatever")
    denied = SourceUnavailable("s3:GetObject is denied; allow it", reason=EnvironmentReason.ACCESS_DENIED)
    assert cycle(place, config=TWO, source=refusing(denied)) == 1
    assert told(place).count("cannot be read") == 2
