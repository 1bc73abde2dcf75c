"""Which form of a message is sent: the richest that is taken."""

from __future__ import annotations

import pytest

from daemon.model import Dead, Pause, Retry, SendOutcome, Sent
from daemon.notify.answers import RetryReason
from daemon.notify.forms import send_forms
from tests.doubles.alerts import a_delivery

FORBIDDEN = Pause(reason="forbidden", hint="h")
GONE = Pause(reason="gone", hint="h")
LATER = Retry(reason="server_error")


@pytest.mark.parametrize(
    ("answers", "outcome", "tried"),
    [
        ([Sent()], Sent(), "r"),
        ([Dead(reason="x"), Sent()], Sent(), "rp"),
        ([FORBIDDEN, Dead(reason="x"), Sent()], Sent(), "rpb"),
        ([FORBIDDEN] * 3, FORBIDDEN, "rpb"),
        ([Dead(reason="x")] * 3, Retry(reason=RetryReason.REFUSED), "rpb"),
        ([Dead(reason="x"), LATER], LATER, "rp"),
        ([GONE], GONE, "r"),
        ([LATER], LATER, "r"),
    ],
)
def test_a_plainer_form_follows_only_what_was_refused_for_its_content(
    answers: list[SendOutcome], outcome: SendOutcome, tried: str
) -> None:
    left, sent = iter(answers), []

    def post(form: str) -> SendOutcome:
        sent.append(form)
        return next(left)

    assert send_forms("rpb", a_delivery(), post) == outcome
    assert "".join(sent) == tried


def test_what_is_singled_out_is_sent_in_a_plainer_form_by_turns() -> None:
    sent: list[str] = []

    def post(form: str) -> SendOutcome:
        sent.append(form)
        return Dead(reason="x")

    outcomes = [
        send_forms("rpb", a_delivery(attempts=attempts, reason="refused_alone"), post) for attempts in range(3, 7)
    ]
    assert sent == ["p", "b", "p", "b"]
    assert set(outcomes) == {Retry(reason=RetryReason.REFUSED)}
