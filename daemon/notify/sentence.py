"""An alert in one sentence: who did what, in which account, and with what end.

A rule's sentence holds names that the caller chose, so no words in it count as having said the last two: they are put
behind it whatever it says. Only the sentence that stands for rules without one is known to say them.
"""

from __future__ import annotations

from collections.abc import Iterator

from daemon.model import Alert
from daemon.trail.identity import resolve_actor
from daemon.trail.naming import named_account, with_names
from daemon.trail.outcome import Outcome, outcome_of
from daemon.trail.printable import clip, printable
from daemon.trail.summary import default_summary

SENTENCE_LIMIT = 500


def summary_of(alert: Alert, *, limit: int = SENTENCE_LIMIT) -> str:
    """The alert's one sentence. What a caller chose may be cut; where it happened, and whether it worked, is not."""
    if not alert.samples:
        return alert.title
    sample = alert.samples[0]
    whole = with_names(sample.summary or alert.title, alert.known.accounts)
    said = printable(whole, limit=limit)
    if alert.facts.correlation:  # its events may be of several accounts, and end in several ways
        return said
    if len(whole) <= limit and sample.summary == default_summary(sample.record, resolve_actor(sample.record)):
        return said
    tail = printable("".join(f" · {part}" for part in _left_unsaid(alert)), limit=limit // 2)
    return clip(said, limit=limit - len(tail)) + tail


def _left_unsaid(alert: Alert) -> Iterator[str]:
    sample = alert.samples[0]
    account = named_account(sample.account, alert.known.accounts)
    where = ", ".join(filter(None, (account, sample.region)))
    if where:
        yield f"in {where}"
    outcome = outcome_of(sample.record)
    if outcome is not Outcome.SUCCEEDED:
        yield outcome.value
