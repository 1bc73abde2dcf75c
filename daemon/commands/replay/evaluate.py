"""One file's bytes to a result, whatever shape people keep CloudTrail's JSON in; a log file goes the daemon's way."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from functools import reduce

from daemon.detect.evaluation import Evaluation, Findings
from daemon.detect.ruleset import RuleSet
from daemon.model import LogObject, ObjectResult
from daemon.pipeline import BareMatches, Found, result_of
from daemon.trail.faults import ReadFault
from daemon.trail.inflate import inflate

# Inside a JSON string the quotes would be escaped, so this is always the seam of two documents (`zcat *.json.gz`).
_SEAM = re.compile(rb'\}\s*(?=\{\s*"Records"\s*:)')
_KEY = b'"Records"'
_EVENT_KEYS = (b'"eventName"', b'"eventSource"', b'"eventVersion"', b'"CloudTrailEvent"')
_UTF16 = (b"\xff\xfe", b"\xfe\xff")
_OTHER_SHAPE = {ReadFault.NO_RECORDS, ReadFault.NOT_JSON}


@dataclass(frozen=True, slots=True, kw_only=True)
class Evaluator:
    """Evaluates files with one rule set; what inflates to more than `max_bytes` is refused."""

    ruleset: RuleSet
    max_bytes: int

    def __call__(self, obj: LogObject, data: bytes, *, take: Callable[[Found], None]) -> ObjectResult:
        """The result of the whole file, quarantined with a reason where some of it could not be read.

        Each of its matches and contributions goes to `take` as it is found, and none is in the result: a file may
        hold any number.
        """
        findings = BareMatches(obj, take=take)
        evaluation = None
        if obj.unique:  # CloudTrail named it
            evaluation = self.ruleset.evaluate_object(data, max_bytes=self.max_bytes, findings=findings)
        if evaluation is None or _is_of_other_shape(evaluation):
            evaluation = self._evaluate_loose(data, findings)
        return result_of(obj, evaluation)

    def _evaluate_loose(self, data: bytes, findings: Findings) -> Evaluation:
        inflated = inflate(data, max_bytes=self.max_bytes)
        parts = (self._evaluate_document(document, findings) for document in _documents(inflated.content))
        together = reduce(_together, parts)
        return replace(together, fault=inflated.fault) if inflated.fault else together

    def _evaluate_document(self, document: bytes, findings: Findings) -> Evaluation:
        evaluation = self.ruleset.evaluate(document, findings=findings)
        if _is_of_other_shape(evaluation) and _may_hold_events(document):
            return self.ruleset.evaluate_loose(document, findings=findings)
        return evaluation


def _is_of_other_shape(evaluation: Evaluation) -> bool:
    return evaluation.fault in _OTHER_SHAPE and not evaluation.events and not evaluation.rejected


def _documents(content: bytes) -> Iterator[bytes]:
    """A file of several log files behind each other, apart; any other content as it is."""
    begin = 0
    if content.find(_KEY, content.find(_KEY) + 1) > 0:
        for seam in _SEAM.finditer(content):
            yield content[begin : seam.start() + 1]
            begin = seam.end()
    yield content[begin:] if begin else content


def _may_hold_events(document: bytes) -> bool:
    return document.startswith(_UTF16) or any(key in document for key in _EVENT_KEYS)


def _together(one: Evaluation, other: Evaluation) -> Evaluation:
    return Evaluation(
        events=one.events + other.events,
        rejected=one.rejected + other.rejected,
        fault=one.fault or other.fault,
        newest_at=max(filter(None, (one.newest_at, other.newest_at)), default=None),
        errors=Counter(one.errors) + Counter(other.errors),
    )
