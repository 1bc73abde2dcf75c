"""A message in several forms, from the richest to one without a word of its event: which of them is sent, and when.

What an attacker writes into an event must not keep its alert from people: a firewall on the way that blocks one text
lets the barest form pass. Where not even that is taken it is not the content, and the alert is kept for later.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TypeVar

from daemon.model import OFTEN, Dead, Delivery, Pause, Retry, SendOutcome
from daemon.notify.answers import RetryReason
from daemon.notify.statuses import FORBIDDEN

Form = TypeVar("Form")


def send_forms(forms: Sequence[Form], delivery: Delivery, post: Callable[[Form], SendOutcome]) -> SendOutcome:
    """Post the first form, and the plainer ones as long as each is refused for what it holds.

    A delivery that is singled out is posted in one of the plainer forms, by turns over its tries. `forms` holds two
    at least. Never Dead: what no form passes for is tried again, and given up only while others pass (suspects.py).
    """
    if delivery.is_singled_out:
        plainer = forms[1:]
        return _kept(post(plainer[(delivery.attempts - OFTEN) % len(plainer)]))
    outcome = post(forms[0])
    for form in forms[1:]:
        if not _is_refused(outcome):
            break
        outcome = post(form)
    return _kept(outcome)


def _is_refused(outcome: SendOutcome) -> bool:
    return isinstance(outcome, Dead) or (isinstance(outcome, Pause) and outcome.reason == FORBIDDEN)


def _kept(outcome: SendOutcome) -> SendOutcome:
    return Retry(reason=RetryReason.REFUSED) if isinstance(outcome, Dead) else outcome
