"""The daily digest in a whole daemon: once a day and destination, whatever restarts, fails or is paused."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from daemon.model import Alert, Answer, AnswerKind, MuteRequest, MuteScope, Pause, Person, SendOutcome, Sent
from daemon.model.daily import digest_in
from daemon.ports import Parcel
from daemon.service import daily
from daemon.service.adapters import make_notifier
from daemon.service.daemon import Daemon
from daemon.service.life import _schedule, run_cycle
from tests.doubles import postgres
from tests.doubles.daemons import NOON, Place, event, make_place

WANTED = 'daily_digest: {to: terminal, at: "14:00"}\naccounts: {"111122223333": prod}'
TWO_O_CLOCK = NOON + timedelta(hours=2)
DAY, HOUR = timedelta(days=1), timedelta(hours=1)
ALICE = Person(id="command:alice", name="alice")


@pytest.fixture
def place(tmp_path: Path) -> Place:
    return make_place(tmp_path)


def digests(daemon: Daemon) -> list[Alert]:
    """Those that were made, oldest first."""
    found = daemon.shared.store.list_alerts(now=daemon.shared.clock(), with_notices=True)
    return [alert for alert in reversed(found) if digest_in(alert)]


def send(daemon: Daemon) -> None:
    daemon.dispatcher.run_once(drain=True)


def shown(place: Place) -> str:
    """What the terminal shows since the last look."""
    text = place.terminal.getvalue()
    place.terminal.seek(0)
    place.terminal.truncate()
    return text


def test_a_day_is_told_once_when_its_time_has_come(place: Place) -> None:
    place.put(event(1), event(2, requestParameters={"groupName": "other"}))
    with place.daemon(more=WANTED) as daemon:
        run_cycle(daemon)
        assert digests(daemon) == []
        shown(place)
        place.clock.now = TWO_O_CLOCK
        run_cycle(daemon)
        told = shown(place)
        run_cycle(daemon)
        assert shown(place) == ""
    assert "Daily digest, 2026-05-04" in told
    assert "1 alert since 2026-05-04 12:10 UTC: 1 high." in told
    assert "1  high   prod (111122223333)  A group was deleted" in told
    assert "2  A group was deleted" in told
    assert "1 shard; newest event 2026-05-04 11:02 UTC (2 h ago)" in told
    assert "terminal: nothing waits" in told
    assert "1 in force" in told
    assert "A new state store was made" in told


def test_silence_is_told_too_and_each_digest_begins_where_the_last_one_ended(place: Place) -> None:
    with place.daemon(more=WANTED) as daemon:
        for days in range(3):
            place.clock.now = TWO_O_CLOCK + days * DAY + timedelta(minutes=days)
            run_cycle(daemon)
        found = [digest_in(alert) for alert in digests(daemon)]
    first, second, third = (digest for digest in found if digest)
    assert (second.since, third.since) == (first.until, second.until)
    assert third.headline.startswith("Nothing happened since 2026-05-05 14:01 UTC")


def test_what_is_recorded_in_the_very_minute_is_for_the_next_one(place: Place) -> None:
    with place.daemon(more=WANTED) as daemon:
        for days in range(2):
            place.clock.now = TWO_O_CLOCK + days * DAY
            if not days:
                place.put(event(1))
                daemon.polling.poll(daemon.watched[0])
                daemon.worker.work_off()
            daemon.daily.look()
        first, second = (digest for alert in digests(daemon) if (digest := digest_in(alert)))
    assert first.headline.startswith("Nothing happened since")
    assert second.headline == "1 alert since 2026-05-04 13:59 UTC: 1 high."


def test_a_daemon_that_was_down_at_its_time_sends_it_that_day_and_no_later(place: Place) -> None:
    with place.daemon(more=WANTED):
        pass
    place.clock.now = TWO_O_CLOCK + 9 * HOUR
    with place.daemon(more=WANTED) as daemon:
        daemon.daily.look()
        daemon.daily.look()
        assert [alert.group for alert in digests(daemon)] == [(("day", "2026-05-04"),)]
    place.clock.now = TWO_O_CLOCK + DAY + 11 * HOUR  # tomorrow's went by, and the day after it has begun
    with place.daemon(more=WANTED) as daemon:
        daemon.daily.look()
        assert len(digests(daemon)) == 1


def test_a_restart_after_it_was_made_sends_it_once(place: Place) -> None:
    with place.daemon(more=WANTED) as daemon:
        place.clock.now = TWO_O_CLOCK
        daemon.daily.look()  # and then the machine fails: made, and not sent
    with place.daemon(more=WANTED) as daemon:
        daemon.daily.look()
        send(daemon)
        assert shown(place).count("Daily digest, 2026-05-04") == 1
    with place.daemon(more=WANTED) as daemon:
        daemon.daily.look()
        send(daemon)
    assert "Daily digest" not in shown(place)


def test_a_state_that_is_younger_than_the_time_of_day_has_nothing_to_tell_yet(place: Place) -> None:
    place.clock.now = TWO_O_CLOCK + HOUR
    with place.daemon(more=WANTED) as daemon:
        daemon.daily.look()
        assert digests(daemon) == []


def test_without_anybody_to_send_it_to_there_is_none(place: Place) -> None:
    with place.daemon() as daemon:
        place.clock.now = TWO_O_CLOCK
        daemon.daily.look()
        assert (daemon.daily.is_wanted, digests(daemon)) == (False, [])


class Closed:
    """A destination that can take nothing at present."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.is_open = False
        self.told: list[str] = []

    def send(self, parcel: Parcel) -> SendOutcome:
        if not self.is_open:
            return Pause(reason="closed", hint="wait", after=timedelta(minutes=5))
        self.told.append(parcel.alerts[0].title)
        return Sent()


def test_a_destination_that_was_paused_gets_each_digest_once_it_is_back(place: Place) -> None:
    closed = Closed("hall")
    config = """
sources: [{{url: "file:bucket"}}]
rules: {{paths: [rules]}}
destinations: [{{name: terminal, type: console}}, {{name: hall, type: console}}]
daily_digest: {{to: [terminal, hall], at: "14:00"}}
{more}
"""

    def notifier(each: object) -> object:
        is_hall = getattr(each, "name", "") == "hall"
        return closed if is_hall else make_notifier(each, stdout=place.terminal)  # type: ignore[arg-type]  # its section

    with place.daemon(config=config, notifier=notifier) as daemon:
        for days in range(2):
            place.clock.now = TWO_O_CLOCK + days * DAY
            daemon.daily.look()
            send(daemon)
        assert shown(place).count("Daily digest, ") == 2
        assert closed.told == []
        closed.is_open = True
        place.clock.now += HOUR
        send(daemon)
        send(daemon)
    assert [title for title in closed.told if "Daily" in title] == [
        "Daily digest, 2026-05-04",
        "Daily digest, 2026-05-05",
    ]


def test_each_mute_is_named_with_its_end_and_what_was_muted_is_marked(place: Place) -> None:
    place.put(event(1))
    with place.daemon(more=WANTED) as daemon:
        run_cycle(daemon)
        (alert,) = daemon.shared.store.list_alerts(now=place.clock())
        request = MuteRequest(scope=MuteScope.ACCOUNT, duration=3 * DAY, reason="moving house")
        answers = daemon.shared.store.answers
        answers.give(
            Answer(kind=AnswerKind.MUTE, by=ALICE, alert_id=alert.id, mute=request), plans=(), now=place.clock()
        )
        answers.give(Answer(kind=AnswerKind.EXPECTED, by=ALICE, alert_id=alert.id), plans=(), now=place.clock())
        place.put(event(3), unique="BBBBBBBBBBBBBBBB")
        place.clock.now += timedelta(minutes=30)
        run_cycle(daemon)
        shown(place)
        place.clock.now = TWO_O_CLOCK
        run_cycle(daemon)
        told = shown(place)
    assert "1 high; 1 muted." in told
    assert "2  A group was deleted (1 muted)" in told
    assert "A group was deleted: 1 expected" in told
    assert "Mute 1 ends 2026-05-07 12:10 UTC (in 2 days)" in told
    assert "for account prod (111122223333): moving house (by alice; 1 event so far)" in told


def test_a_state_that_is_away_puts_a_digest_off(place: Place) -> None:
    with place.daemon(more=WANTED) as daemon:
        place.clock.now = TWO_O_CLOCK
        with daemon.shared.store.database.writing() as connection:
            connection.exec_driver_sql("ALTER TABLE verdicts RENAME TO elsewhere")
        daemon.daily.look()
        assert digests(daemon) == []
        with daemon.shared.store.database.writing() as connection:
            connection.exec_driver_sql("ALTER TABLE elsewhere RENAME TO verdicts")
        daemon.daily.look()
        assert len(digests(daemon)) == 1


@pytest.fixture
def url() -> Iterator[str]:
    with postgres.database() as url:
        yield url


def test_of_two_daemons_on_one_database_one_makes_it(place: Place, url: str) -> None:
    with ExitStack() as stack:
        more = f'{WANTED}\nstate: {{url: "{url}"}}'
        first, second = (stack.enter_context(place.daemon(more=more)) for _ in range(2))
        place.clock.now = TWO_O_CLOCK
        # Both have looked and found none before either makes it.
        first.daily._make(TWO_O_CLOCK.date(), daily.SETTLED)
        second.daily._make(TWO_O_CLOCK.date(), daily.SETTLED)
        for each in (first, second):
            each.daily.look()
            send(each)
        assert len(digests(first)) == 1
    assert shown(place).count("Daily digest, ") == 1


def test_the_schedule_is_that_of_the_configuration_and_looks_again_for_what_was_missed(place: Place) -> None:
    more = 'daily_digest: {to: terminal, at: "08:00", time_zone: Europe/Berlin, days: [mon, fri]}'
    with place.daemon(more=more) as daemon:
        fires = daily.trigger(daemon.config)
        cron, again = fires.triggers
        scheduler = _schedule(daemon)
        scheduler.start(paused=True)
        try:
            job = scheduler.get_job(daily.LOOP)
            assert (job.max_instances, job.coalesce, job.misfire_grace_time) == (1, True, None)
            assert timedelta(0) < job.next_run_time - datetime.now(UTC) <= daily.FIRST_AFTER
        finally:
            scheduler.shutdown(wait=False)
    friday = cron.get_next_fire_time(None, datetime(2026, 5, 5, tzinfo=UTC))
    assert friday.astimezone(UTC) == datetime(2026, 5, 8, 6, 0, tzinfo=UTC)
    assert again.interval == timedelta(minutes=10)
