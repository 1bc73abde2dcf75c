"""An alert in one sentence: who did what and, unless the rule says it, in which account and with what end."""

from __future__ import annotations

from collections.abc import Iterator

from daemon.model import Alert, Sample
from daemon.trail.naming import named_account, with_names
from daemon.trail.outcome import Outcome, outcome_of
from daemon.trail.printable import clip, printable

SENTENCE_LIMIT = 500


def summary_of(alert: Alert, *, limit: int = SENTENCE_LIMIT) -> str:
    """The alert's one sentence. What a caller chose may be cut; where it happened, and whether it worked, is not."""
    if not alert.samples:
        return alert.title
    sample = alert.samples[0]
    said = printable(with_names(sample.summary or alert.title, alert.known.accounts), limit=limit)
    if alert.facts.correlation:  # its events may be of several accounts, and end in several ways
        return said
    tail = printable("".join(f" · {part}" for part in _left_unsaid(alert, said)), limit=limit // 2)
    return clip(said, limit=limit - len(tail)) + tail


def _left_unsaid(alert: Alert, said: str) -> Iterator[str]:
    sample = alert.samples[0]
    account = named_account(sample.account, alert.known.accounts) if sample.account not in said else ""
    region = sample.region if sample.region not in said else ""
    where = ", ".join(filter(None, (account, region)))
    if where:
        yield f"in {where}"
    outcome = outcome_of(sample.record)
    if outcome is Outcome.SUCCEEDED or outcome.value in said.casefold() or _code(sample) in said:
        return
    yield outcome.value


def _code(sample: Sample) -> str:
    """What a sentence that tells of a fault holds; something that none holds where the event names no fault."""
    told = (sample.record.get(name) for name in ("errorCode", "errorMessage"))
    return next((text for text in told if isinstance(text, str) and text), "\n")
