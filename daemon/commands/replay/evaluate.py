"""One file's bytes to a result, whatever shape people keep CloudTrail's JSON in; a log file goes the daemon's way."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace

from daemon.detect.ruleset import Evaluation, RuleSet
from daemon.model import LogObject, ObjectResult
from daemon.pipeline import conclude
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

    def __call__(self, obj: LogObject, data: bytes) -> ObjectResult:
        """The result of the whole file, quarantined with a reason where some of it could not be read."""
        is_named_by_cloudtrail = bool(obj.unique)
        evaluation = self.ruleset.evaluate_object(data, max_bytes=self.max_bytes) if is_named_by_cloudtrail else None
        if evaluation is None or _is_of_other_shape(evaluation):
            evaluation = self._evaluate_loose(data)
        return conclude(obj, evaluation, reason=evaluation.fault, row_id=None, is_for_alerts=False)

    def _evaluate_loose(self, data: bytes) -> Evaluation:
        inflated = inflate(data, max_bytes=self.max_bytes)
        parts = [self._evaluate_document(document) for document in _documents(inflated.content)]
        return _together(parts, fault=inflated.fault)

    def _evaluate_document(self, document: bytes) -> Evaluation:
        evaluation = self.ruleset.evaluate(document)
        if _is_of_other_shape(evaluation) and _may_hold_events(document):
            return self.ruleset.evaluate_loose(document)
        return evaluation


def _is_of_other_shape(evaluation: Evaluation) -> bool:
    return evaluation.fault in _OTHER_SHAPE and not evaluation.events and not evaluation.rejects


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


def _together(parts: list[Evaluation], *, fault: ReadFault | None) -> Evaluation:
    errors: dict[str, int] = {}
    for part in parts:
        for rule_id, count in part.errors.items():
            errors[rule_id] = errors.get(rule_id, 0) + count
    return replace(
        parts[0],
        events=sum(part.events for part in parts),
        hits=tuple(hit for part in parts for hit in part.hits),
        rejects=tuple(reject for part in parts for reject in part.rejects),
        further_rejects=sum(part.further_rejects for part in parts),
        fault=fault or next((part.fault for part in parts if part.fault), None),
        newest_at=max((part.newest_at for part in parts if part.newest_at), default=None),
        errors=errors,
    )
