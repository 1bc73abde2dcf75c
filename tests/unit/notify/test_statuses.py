from __future__ import annotations

from datetime import timedelta

import pytest

from daemon.model import Dead, Pause, Retry, SendOutcome, Sent
from daemon.notify.statuses import PAUSE_REASONS, outcome_of


@pytest.mark.parametrize(
    ("status", "headers", "outcome"),
    [
        (200, {}, Sent()),
        (299, {}, Sent()),
        (429, {}, Retry(reason="rate_limited", after=timedelta(seconds=30))),
        (429, {"retry-after": "1.5"}, Retry(reason="rate_limited", after=timedelta(seconds=2))),
        (503, {"retry-after": "99999999"}, Retry(reason="server_error", after=timedelta(days=1))),
        (503, {}, Retry(reason="server_error")),
        (500, {"retry-after": "5"}, Retry(reason="server_error")),
        (425, {}, Retry(reason="server_error")),
        (418, {}, Dead(reason="http_418")),
        (999, {}, Retry(reason="server_error")),
    ],
)
def test_a_status_says_what_becomes_of_the_message(status: int, headers: dict[str, str], outcome: SendOutcome) -> None:
    assert outcome_of(status, headers) == outcome


@pytest.mark.parametrize("status", [100, 301, 304, 401, 403, 404, 405, 407, 410])
def test_what_a_person_must_mend_is_a_pause_with_a_known_word_and_a_hint(status: int) -> None:
    outcome = outcome_of(status, {"location": "http://169.254.169.254/"})
    assert isinstance(outcome, Pause)
    assert outcome.reason in PAUSE_REASONS
    assert outcome.hint
    assert "169" not in outcome.hint
