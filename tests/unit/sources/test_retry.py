"""Delays double up to an hour, and what failed together comes back spread out."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from daemon.sources.retry import FIRST, LONGEST, retry_delay


def test_each_attempt_doubles_the_delay_up_to_an_hour() -> None:
    delays = [retry_delay(attempts, jitter=0).total_seconds() for attempts in range(1, 13)]

    assert delays == [5, 10, 20, 40, 80, 160, 320, 640, 1280, 2560, 3600, 3600]


@given(st.integers(-5, 10**9), st.floats(0, 1))
def test_no_number_of_attempts_leads_out_of_bounds(attempts: int, jitter: float) -> None:
    assert FIRST / 2 <= retry_delay(attempts, jitter=jitter) <= LONGEST


@given(st.integers(1, 20))
def test_jitter_takes_up_to_half_away(attempts: int) -> None:
    assert retry_delay(attempts, jitter=1) == retry_delay(attempts, jitter=0) / 2
