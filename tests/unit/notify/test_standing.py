from __future__ import annotations

from datetime import timedelta

import pytest

from daemon.model import Dead, Pause, Retry, SendOutcome, Sent
from daemon.notify.answers import UNREACHABLE, RetryReason
from daemon.notify.standing import Standing, due_again_at, falls_back_until, pause_notice, standing_after
from tests.doubles.alerts import NOW

NOT_IN_CHANNEL = Pause(reason="not_in_channel", hint="invite the app")
AWAY = Pause(reason=UNREACHABLE, hint="check the network")
LOST = Retry(reason=RetryReason.LOST_ANSWER)


def after(*outcomes: SendOutcome) -> Standing:
    standing = Standing()
    for outcome in outcomes:
        standing = standing_after(standing, outcome, now=NOW, jitter=0)
    return standing


def test_a_pause_is_probed_at_growing_intervals() -> None:
    waits = [(after(*[NOT_IN_CHANNEL] * times).resume_at or NOW) - NOW for times in (1, 2, 3, 20)]
    assert [wait.total_seconds() for wait in waits] == [30, 60, 120, 600]


def test_a_pause_of_stated_length_is_as_long_as_stated() -> None:
    paused = after(Pause(reason="x", hint="y", after=timedelta(hours=2)))
    assert paused.waits_until(NOW) == NOW + timedelta(hours=2)


@pytest.mark.parametrize("outcome", [Sent(), Dead(reason="invalid_blocks")])
def test_an_answer_to_the_content_shows_that_the_destination_works(outcome: SendOutcome) -> None:
    assert after(NOT_IN_CHANNEL, outcome) == Standing()


def test_three_lost_answers_in_a_row_pause_and_fewer_do_not() -> None:
    assert not after(LOST, LOST).is_paused
    assert not after(LOST, LOST, Sent(), LOST, LOST).is_paused
    assert after(LOST, LOST, LOST).is_paused


def test_a_failure_while_paused_lengthens_the_pause() -> None:
    assert after(NOT_IN_CHANNEL, LOST).pauses == 2


@pytest.mark.parametrize("reason", [RetryReason.RATE_LIMITED, RetryReason.UNKNOWN_ANSWER, RetryReason.CRASHED])
def test_what_concerns_one_message_never_pauses_the_rest(reason: RetryReason) -> None:
    assert after(*[Retry(reason=reason)] * 10) == Standing()


def test_a_message_that_alone_is_refused_pauses_nothing_and_as_a_probe_proves_nothing() -> None:
    alone = Retry(reason=RetryReason.REFUSED_ALONE)
    assert after(*[alone] * 10) == Standing()
    assert after(LOST, LOST, alone, LOST).is_paused
    probed = after(NOT_IN_CHANNEL, alone)
    assert (probed.pauses, probed.reason, probed.hint) == (2, "not_in_channel", "invite the app")


def test_the_probe_is_due_when_its_time_has_come_and_also_when_the_clock_was_set_back() -> None:
    paused = after(NOT_IN_CHANNEL)
    assert paused.waits_until(NOW + timedelta(seconds=29)) == NOW + timedelta(seconds=30)
    assert paused.waits_until(NOW + timedelta(seconds=30)) is None
    assert paused.waits_until(NOW - timedelta(days=1)) is None
    assert Standing().waits_until(NOW) is None


@pytest.mark.parametrize(
    ("outcome", "seconds"),
    [
        (Sent(), None),
        (Dead(reason="x"), None),
        (LOST, 8),
        (Retry(reason="rate_limited", after=timedelta(seconds=17)), 17),
        (Retry(reason=RetryReason.REFUSED_ALONE), 8),
        (NOT_IN_CHANNEL, 30),
    ],
)
def test_a_delivery_comes_again_when_its_outcome_says(outcome: SendOutcome, seconds: int | None) -> None:
    due_at = due_again_at(outcome, after(outcome), attempts=3, now=NOW, jitter=0)
    assert due_at == (None if seconds is None else NOW + timedelta(seconds=seconds))


def test_what_is_refused_alone_comes_again_once_an_hour_in_the_end() -> None:
    alone = Retry(reason=RetryReason.REFUSED_ALONE)
    assert due_again_at(alone, after(alone), attempts=30, now=NOW, jitter=0) == NOW + timedelta(hours=1)


def test_people_are_told_once_a_pause_with_what_to_do() -> None:
    notice = pause_notice("security", Standing(), after(NOT_IN_CHANNEL))
    assert notice is not None
    assert (notice.reason, notice.about) == ("destination_paused", "security")
    assert "invite the app" in notice.text
    assert pause_notice("security", after(NOT_IN_CHANNEL), after(NOT_IN_CHANNEL, NOT_IN_CHANNEL)) is None
    assert pause_notice("security", Standing(), Standing()) is None
    assert pause_notice("security", after(NOT_IN_CHANNEL), after(NOT_IN_CHANNEL)) is None


def test_a_network_that_is_gone_for_a_moment_is_no_news() -> None:
    assert pause_notice("security", Standing(), after(AWAY)) is None
    assert pause_notice("security", after(AWAY), after(AWAY, AWAY)) is not None


def test_a_pause_whose_reason_becomes_another_is_told_again() -> None:
    assert pause_notice("security", after(AWAY), after(AWAY, NOT_IN_CHANNEL)) is not None
    assert pause_notice("security", after(AWAY, AWAY), after(AWAY, AWAY, NOT_IN_CHANNEL)) is not None


def test_what_somebody_must_mend_falls_back_at_once() -> None:
    assert falls_back_until(after(NOT_IN_CHANNEL), now=NOW) == NOW
    assert falls_back_until(after(), now=NOW) is None


def test_what_may_be_over_at_once_falls_back_after_two_minutes() -> None:
    away, minute = after(AWAY), timedelta(minutes=1)
    assert falls_back_until(away, now=NOW + minute) is None
    assert falls_back_until(away, now=NOW + 2 * minute) == NOW + 2 * minute
    lost = after(LOST, LOST, LOST)
    assert (falls_back_until(lost, now=NOW + minute), lost.began_at) == (None, NOW)


def test_what_was_owed_for_two_minutes_already_falls_back_once_the_first_probe_fails() -> None:
    assert falls_back_until(after(AWAY, AWAY), now=NOW + timedelta(seconds=30)) == NOW - timedelta(seconds=90)


def test_a_pause_that_goes_on_began_when_it_began() -> None:
    later = standing_after(after(AWAY), AWAY, now=NOW + timedelta(minutes=1), jitter=0)
    assert later.began_at == NOW


def test_a_single_cycle_does_not_wait_for_a_probe() -> None:
    assert falls_back_until(after(AWAY), now=NOW, is_last=True) == NOW - timedelta(minutes=2)
