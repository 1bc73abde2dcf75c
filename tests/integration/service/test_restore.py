"""A state that was lost and came back from a backup, or not at all: nothing is missed, and what may come twice."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from daemon.model import ObjectState
from daemon.record.backup import back_up
from daemon.record.restore import restore
from daemon.service.life import run_cycle
from tests.doubles.backups import Kept, kept_in
from tests.doubles.cycles import told
from tests.doubles.daemons import CONFIG, Place, event, make_place
from tests.doubles.queues import QueueSetting, notification

HOUR, DAY = timedelta(hours=1), timedelta(days=1)


@pytest.fixture(params=["sqlite", "postgresql"])
def state(tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[Kept]:
    with kept_in(request.param, tmp_path) as kept:
        yield kept


@pytest.fixture
def place(tmp_path: Path) -> Place:
    return make_place(tmp_path)


def deliver(place: Place, user: str, *, late: timedelta = timedelta(0)) -> None:
    """A log file is written now, of a call of this user; `late`: though it is stamped so long before."""
    arn = f"arn:aws:iam::111122223333:user/{user}"
    stamp = place.clock() - late
    record = event(
        1,
        eventID=f"event-of-{user}",
        eventTime=f"{stamp:%Y-%m-%dT%H:%M:%SZ}",
        userIdentity={"type": "IAMUser", "arn": arn, "userName": user},
    )
    path = place.put(record, stamp=stamp, unique=f"{user.replace('-', ''):X<16}")
    os.utime(path, (place.clock().timestamp(),) * 2)  # else it would look new for ever


def cycle(place: Place, state: Kept, *, config: str = CONFIG) -> list[str]:
    """One cycle; the users that were told of, and `new state` for the notice."""
    with place.daemon(config=config, more=f'state: {{url: "{state.url}"}}') as daemon:
        assert run_cycle(daemon) == 0
        done = daemon.shared.store.list_objects(states=[ObjectState.DONE], limit=1000)
        assert len({row.object.key for row in done}) == len(done)
    text = told(place)
    users = re.findall(r"\buser/([a-z0-9-]+)", text)
    return sorted(set(users)) + (["new state"] if "A new state store was made" in text else [])


@pytest.mark.parametrize("age", [2 * HOUR, 5 * DAY, 40 * DAY], ids=["2h", "5d", "40d"])
def test_what_came_since_the_backup_is_evaluated_again_and_nothing_is_missed(
    place: Place, state: Kept, age: timedelta
) -> None:
    deliver(place, "before")
    assert cycle(place, state) == ["before", "new state"]
    state.back_up()
    users = [f"since-{number}" for number in range(4)]
    for user in users:
        place.clock.advance(age / 4)
        deliver(place, user)
        deliver(place, f"late-{user}", late=20 * HOUR)
        cycle(place, state)
    deliver(place, "unread")
    state.lose()

    state.restore()
    again = cycle(place, state)
    place.clock.advance(6 * HOUR)  # by then each shard was swept
    again += cycle(place, state)

    assert sorted(again) == sorted([*users, *(f"late-{user}" for user in users), "unread"])
    assert cycle(place, state) == []


def test_a_backup_made_while_messages_wait_sends_them_again(place: Place, state: Kept) -> None:
    deliver(place, "alice")
    with place.daemon(more=f'state: {{url: "{state.url}"}}') as daemon:
        daemon.polling.poll(daemon.watched[0])
        daemon.worker.work_off()
        state.back_up()
        daemon.dispatcher.run_once(drain=True)
    assert "user/alice" in told(place)
    state.lose()

    state.restore()
    assert cycle(place, state) == ["alice", "new state"]
    assert cycle(place, state) == []


def test_an_event_that_was_told_before_the_backup_is_known_whatever_file_brings_it(place: Place, state: Kept) -> None:
    deliver(place, "alice")
    cycle(place, state)
    state.back_up()
    state.lose()
    state.restore()

    place.clock.advance(HOUR)
    deliver(place, "alice", late=timedelta(minutes=30))
    assert cycle(place, state) == []


def test_a_state_that_is_lost_whole_begins_at_start_and_says_so(place: Place, state: Kept) -> None:
    config = CONFIG.replace('"file:bucket"', '"file:bucket", start: -1h')
    deliver(place, "early")
    cycle(place, state, config=config)
    place.clock.advance(3 * HOUR)
    deliver(place, "recent")
    assert cycle(place, state, config=config) == ["recent"]
    place.clock.advance(timedelta(minutes=30))
    state.lose()

    assert cycle(place, state, config=config) == ["recent", "new state"]
    assert cycle(place, state, config=config) == []


def test_what_a_queue_told_since_the_backup_is_found_by_the_poll_though_its_messages_are_gone(
    setting: QueueSetting,
) -> None:
    state, backup = setting.place.folder / "data/trailwarden.db", setting.place.folder / "backup.db"
    with setting.daemon():
        back_up(state, backup)
    with setting.daemon() as daemon:
        key = setting.put(event(1))
        setting.send(notification(setting.bucket.name, key))
        setting.work(daemon)
        assert told(setting.place).count("A group was deleted") == 1
        assert setting.left() == 0

    restore(backup, state, now=setting.place.clock())
    with setting.daemon() as daemon:
        setting.work(daemon)
    assert told(setting.place).count("A group was deleted") == 1
