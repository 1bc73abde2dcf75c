from __future__ import annotations

from datetime import timedelta

from hypothesis import given
from hypothesis import strategies as st

from daemon.notify.backoff import ALONE_CAP, PROBE_CAP, RETRY_CAP, alone_delay, probe_delay, retry_delay


def test_waits_double_up_to_their_cap() -> None:
    assert [retry_delay(attempts, jitter=0).total_seconds() for attempts in range(1, 10)] == [
        2, 4, 8, 16, 32, 64, 128, 256, 300,
    ]  # fmt: skip
    assert [alone_delay(attempts, jitter=0).total_seconds() for attempts in (3, 11)] == [8, 2048]
    assert alone_delay(99, jitter=0) == ALONE_CAP
    assert probe_delay(1, jitter=0) == timedelta(seconds=30)
    assert probe_delay(50, jitter=0) == PROBE_CAP


@given(st.integers(min_value=-5, max_value=10**9), st.floats(min_value=0, max_value=1, exclude_max=True))
def test_any_number_of_attempts_and_any_jitter_give_a_wait_within_bounds(attempts: int, jitter: float) -> None:
    assert timedelta(seconds=1) <= retry_delay(attempts, jitter=jitter) <= RETRY_CAP
