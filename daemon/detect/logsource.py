"""Which rules are for us: those whose logsource covers CloudTrail, and that are not given up. The others, and why."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from daemon.detect.refused import did_you_mean
from daemon.detect.yaml_lines import Document
from daemon.errors import Problem

_PRODUCT, _SERVICE = "aws", "cloudtrail"


class PassReason(StrEnum):
    """Why a rule is passed over without being at fault."""

    DEPRECATED = "deprecated"
    UNSUPPORTED = "unsupported"
    OTHER_LOGS = "other_logs"


@dataclass(frozen=True, slots=True, kw_only=True)
class PassedOver:
    """A rule that is not for us, and why."""

    id: str
    name: str
    title: str
    path: str
    line: int
    reason: PassReason
    text: str


def passed_over(document: Document) -> PassedOver | None:
    """Why a rule is not for us; None for one of ours."""
    logs = _logs(document)
    if logs is not None and not _is_ours(logs):
        named = "/".join(str(value) for value in logs.values() if isinstance(value, str)) or "nothing"
        return _pass(document, PassReason.OTHER_LOGS, f"is for {named}, not for {_PRODUCT}/{_SERVICE}")
    return given_up(document)


def given_up(document: Document) -> PassedOver | None:
    """Why what stands in a document, whichever logs it is for, is not to be used any more; None for what is."""
    status = str(document.value.get("status")).lower()
    if status in (PassReason.DEPRECATED, PassReason.UNSUPPORTED):
        return _pass(document, PassReason(status), f"its status is {status}")
    return None


def _pass(document: Document, reason: PassReason, text: str) -> PassedOver:
    return PassedOver(
        id=str(document.value.get("id") or "").lower(),
        name=str(document.value.get("name") or "").strip(),
        title=str(document.value.get("title") or ""),
        path=document.path,
        line=document.line_of(()),
        reason=reason,
        text=text,
    )


def _logs(document: Document) -> dict[str, Any] | None:
    """The parts of the logsource that choose logs, or None where it is not one."""
    source = document.value.get("logsource")
    if not isinstance(source, dict):
        return None
    return {key: source[key] for key in ("product", "service", "category") if source.get(key) is not None}


def _is_ours(logs: Mapping[str, Any]) -> bool:
    """A logsource is ours unless it names something else: `product: aws` alone covers CloudTrail too."""
    product, service = (str(logs.get(key, ours)).lower() for key, ours in (("product", "aws"), ("service", _SERVICE)))
    return product == _PRODUCT and service == _SERVICE and ("product" in logs or "service" in logs)


def nearly_ours(document: Document) -> Iterator[Problem]:
    """The doubt about a rule that was passed over for what looks like a slip."""
    logs = _logs(document) or {}
    for key, ours in (("product", _PRODUCT), ("service", _SERVICE)):
        written = str(logs.get(key, ours)).lower()
        if written != ours and did_you_mean(written, [ours]).startswith("did"):
            what = f"passed over, since its {key} is '{written}'"
            yield document.problem(("logsource", key), what, f"did you mean '{ours}'?", is_warning=True)


def odd_logsource(document: Document) -> Iterator[Problem]:
    """The fault of a rule that does not say which logs it is for."""
    if not _logs(document):
        fix = f"add logsource: {{product: {_PRODUCT}, service: {_SERVICE}}}"
        yield document.problem(("logsource",), "the rule does not say which logs it is for", fix)
