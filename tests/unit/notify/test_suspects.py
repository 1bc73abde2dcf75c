from __future__ import annotations

from datetime import timedelta

from daemon.model import REFUSED_ALONE, Dead, Retry, Sent
from daemon.notify.answers import RetryReason
from daemon.notify.suspects import Suspects
from tests.doubles.alerts import NOW, a_delivery

AWAY = Retry(reason=RetryReason.SERVER_ERROR, after=timedelta(seconds=7))
ALONE = Retry(reason=REFUSED_ALONE, after=timedelta(seconds=7))
OTHER = a_delivery(id=2)


def fail(suspects: Suspects, number: int, *, is_sound: bool = True) -> object:
    return suspects.judge(AWAY, a_delivery(id=number), is_sound=is_sound, now=NOW)


def test_who_fails_before_and_after_another_passed_fails_alone() -> None:
    suspects = Suspects()
    assert fail(suspects, 1) == AWAY
    assert suspects.judge(Sent(), OTHER, is_sound=True, now=NOW) == Sent()
    assert fail(suspects, 1) == ALONE
    assert fail(suspects, 1) == AWAY  # nobody passed since


def test_what_passed_before_the_destination_went_away_proves_nothing() -> None:
    suspects = Suspects()
    fail(suspects, 1)
    suspects.judge(Sent(), OTHER, is_sound=True, now=NOW)
    assert fail(suspects, 1, is_sound=False) == AWAY


def test_a_first_failure_is_nobodys_alone() -> None:
    suspects = Suspects()
    suspects.judge(Sent(), OTHER, is_sound=True, now=NOW)
    assert fail(suspects, 1) == AWAY


def test_a_message_that_was_told_or_died_is_forgotten() -> None:
    for end in (Sent(), Dead(reason="no_text")):
        suspects = Suspects()
        fail(suspects, 1)
        suspects.judge(end, a_delivery(id=1), is_sound=True, now=NOW)
        suspects.judge(Sent(), OTHER, is_sound=True, now=NOW)
        assert fail(suspects, 1) == AWAY


def test_a_refusal_of_the_content_does_not_make_others_pass() -> None:
    suspects = Suspects()
    fail(suspects, 1)
    suspects.judge(Dead(reason="no_text"), OTHER, is_sound=True, now=NOW)
    assert fail(suspects, 1) == AWAY


def test_a_fault_that_says_nothing_of_the_destination_is_left_as_it_is() -> None:
    suspects = Suspects()
    limited = Retry(reason=RetryReason.RATE_LIMITED)
    assert suspects.judge(limited, a_delivery(id=1, attempts=9), is_sound=True, now=NOW) == limited
    assert suspects.tried == frozenset()


def test_whoever_failed_is_behind_all_others_until_one_passes_or_all_have_had_their_turn() -> None:
    suspects = Suspects()
    fail(suspects, 1)
    fail(suspects, 2)
    assert suspects.tried == frozenset({1, 2})
    fail(suspects, 1)
    assert suspects.tried == frozenset({1})


def test_once_one_passes_nobody_is_behind_for_what_was() -> None:
    suspects = Suspects()
    fail(suspects, 1)
    suspects.judge(Sent(), OTHER, is_sound=True, now=NOW)
    assert suspects.tried is None


def test_after_that_whoever_fails_next_begins_a_new_round() -> None:
    suspects = Suspects()
    suspects.judge(Sent(), OTHER, is_sound=True, now=NOW)
    fail(suspects, 3)
    assert suspects.tried == frozenset({3})


def test_a_round_of_probes_is_bounded() -> None:
    suspects = Suspects()
    for number in range(501):
        fail(suspects, number)
    assert suspects.tried == frozenset({500})
