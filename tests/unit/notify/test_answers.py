from __future__ import annotations

from datetime import timedelta

import pytest

from daemon.model import Pause, Retry
from daemon.notify.answers import CONTENT, PAUSES, RETRIES, RetryReason, outcome_for, retry_after_delay


@pytest.mark.parametrize("code", sorted(PAUSES))
def test_faults_of_the_surroundings_pause_and_say_what_to_do(code: str) -> None:
    outcome = outcome_for(status=200, code=code, retry_after=None)
    assert isinstance(outcome, Pause)
    assert outcome.reason == code
    assert outcome.hint


@pytest.mark.parametrize("code", sorted(CONTENT | {"a_code_of_next_year"}))
def test_faults_of_content_and_unknown_codes_are_for_the_plain_text_try(code: str) -> None:
    assert outcome_for(status=200, code=code, retry_after=None) is None


@pytest.mark.parametrize("code", sorted(RETRIES))
def test_passing_faults_are_tried_again(code: str) -> None:
    assert outcome_for(status=200, code=code, retry_after="5") == Retry(
        reason=RETRIES[code], after=timedelta(seconds=5)
    )
    assert outcome_for(status=200, code=code, retry_after=None) == Retry(reason=RETRIES[code])


@pytest.mark.parametrize(
    ("status", "code"), [(500, ""), (503, "unheard_of"), (200, ""), (200, "Received a response in a non-JSON format")]
)
def test_what_is_no_answer_of_slacks_is_a_failing_server(status: int, code: str) -> None:
    assert outcome_for(status=status, code=code, retry_after=None) == Retry(reason=RetryReason.SERVER_ERROR)


def test_too_many_messages_wait_as_long_as_slack_says() -> None:
    outcome = outcome_for(status=429, code="ratelimited", retry_after="17")
    assert outcome == Retry(reason=RetryReason.RATE_LIMITED, after=timedelta(seconds=17))


@pytest.mark.parametrize(
    ("header", "seconds"),
    [
        ("30", 30),
        (" 5 ", 5),
        ("0", 1),
        (None, 30),
        ("", 30),
        ("soon", 30),
        ("-4", 30),
        ("²", 30),
        ("9" * 50, 86_400),
        ("2.5", 3),
        ("0.2", 1),
        ("120.0", 120),
        ("1e9", 30),
        ("nan", 30),
        ("inf", 30),
    ],
)
def test_a_retry_after_of_any_kind_gives_a_bounded_wait(header: str | None, seconds: int) -> None:
    assert retry_after_delay(header) == timedelta(seconds=seconds)


@pytest.mark.parametrize(
    ("date", "seconds"),
    [
        ("Wed, 21 Oct 2026 07:28:00 GMT", 90),
        ("Wed, 21 Oct 2026 09:00:00 GMT", 1),
        ("Wed, 21 Oct 2020 07:28:00 GMT", 86_400),
        (None, 30),
        ("yesterday", 30),
    ],
    ids=["later", "past", "far", "no clock", "odd clock"],
)
def test_a_retry_after_that_names_a_moment_is_read_by_the_servers_own_clock(date: str | None, seconds: int) -> None:
    assert retry_after_delay("Wed, 21 Oct 2026 07:29:30 GMT", date=date) == timedelta(seconds=seconds)
