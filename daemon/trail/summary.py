"""One sentence about an event: from a rule's template and the record to text that is safe to show.

A template knows placeholders and nothing else: no attributes, no conversions, no code.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from difflib import get_close_matches
from typing import Any

from daemon.model import Actor
from daemon.trail.masking import mask_value
from daemon.trail.outcome import Outcome, outcome_of
from daemon.trail.printable import MISSING, clip, printable

_SUMMARY_LIMIT = 500
_VALUE_LIMIT = 160
_LIST_SHOWN = 5
_LEAVES = 50
_TEMPLATE_LIMIT = 1_000
_TOKEN = re.compile(r"\{\{|\}\}|\{([^{}]*)\}|[{}]")
_PATH = re.compile(r"[A-Za-z_][\w-]*(\.[\w:/ -]+)*", re.ASCII)
_DERIVED = ("actor", "derived.principal")
_RECORD_FIELDS = """
    additionalEventData addendum apiVersion awsRegion edgeDeviceDetails errorCode errorMessage eventCategory
    eventContext eventID eventName eventSource eventTime eventType eventVersion insightDetails managementEvent
    readOnly recipientAccountId requestID requestParameters resources responseElements serviceEventDetails
    sessionCredentialFromConsole sharedEventID sourceIPAddress tlsDetails userAgent userIdentity vpcEndpointAccountId
    vpcEndpointId actor derived.principal
"""
_VERBS = {Outcome.SUCCEEDED: "called", Outcome.DENIED: "was denied", Outcome.FAILED: "failed to call"}


def render_summary(template: str, record: Mapping[str, Any], actor: Actor) -> str:
    """Fill `{actor}` and `{requestParameters.groupName}` in; never raises.

    What is missing shows as a dash, several values with commas. Secrets are masked also when the record is raw.
    """

    def fill(match: re.Match[str]) -> str:
        if match[1] is None:
            return match[0][0]  # {{ and }} stand for one brace; a stray one for itself
        return _placeholder(match[1].strip(), record, actor)

    return printable(_TOKEN.sub(fill, template[:_TEMPLATE_LIMIT]), limit=_SUMMARY_LIMIT)


def default_summary(record: Mapping[str, Any], actor: Actor) -> str:
    """Say who did what and how it ended: `alice called iam:DeleteGroup in 111122223333, us-east-1`."""
    outcome = outcome_of(record)
    service = _shown(record, "eventSource").removesuffix(".amazonaws.com")
    where = ", ".join(text for key in ("recipientAccountId", "awsRegion") if (text := _shown(record, key)) != MISSING)
    code = _shown(record, "errorCode")
    sentence = (
        f"{clip(actor.label, limit=_VALUE_LIMIT)} {_VERBS[outcome]} {service}:{_shown(record, 'eventName')}"
        + (f" in {where}" if where else "")
        + (f" ({code})" if outcome is Outcome.FAILED and code != MISSING else "")
    )
    return printable(sentence, limit=_SUMMARY_LIMIT)


def check_template(template: str) -> list[str]:
    """Tell every fault of a template, for `rules lint`; an empty list when it is fine."""
    faults = [] if len(template) <= _TEMPLATE_LIMIT else [f"longer than {_TEMPLATE_LIMIT} characters"]
    for match in _TOKEN.finditer(template):
        if match[0] in ("{", "}"):
            faults.append(
                f"'{match[0]}' at character {match.start() + 1} has no partner; write '{match[0] * 2}' for a brace"
            )
        elif match[1] is not None:
            faults.extend(_path_faults(match[1].strip()))
    return faults


def _path_faults(path: str) -> Iterator[str]:
    if not path:
        yield "empty placeholder {}; name a field, for example {actor} or {requestParameters.groupName}"
    elif not _PATH.fullmatch(path):
        yield f"{{{path}}} is no field path; only names with dots between them may stand in braces"
    elif path not in _DERIVED and path.partition(".")[0] not in _RECORD_FIELDS.split():
        near = get_close_matches(path.partition(".")[0], _RECORD_FIELDS.split(), n=1)
        yield f"{{{path}}} is no field of a CloudTrail record" + (f"; did you mean '{near[0]}'?" if near else "")


def _placeholder(path: str, record: Mapping[str, Any], actor: Actor) -> str:
    if path == "actor":
        return clip(actor.label, limit=_VALUE_LIMIT)
    if path == "derived.principal":
        return clip(actor.principal, limit=_VALUE_LIMIT)
    return _shown(record, path)


def _shown(record: Mapping[str, Any], path: str) -> str:
    found: list[Any] = []
    for value in _leaves(record, path.split(".")):
        if value is not None and value not in found:
            found.append(value)
        if len(found) >= _LEAVES:
            break
    texts = [
        printable(_as_text(mask_value(path, value, max_chars=_VALUE_LIMIT)), limit=_VALUE_LIMIT) for value in found
    ]
    if len(texts) > _LIST_SHOWN:
        left = "many more" if len(texts) >= _LEAVES else f"{len(texts) - _LIST_SHOWN} more"
        texts = [*texts[:_LIST_SHOWN], left]
    return clip(", ".join(filter(None, texts)), limit=_VALUE_LIMIT) or MISSING


def _leaves(value: Any, path: list[str]) -> Iterator[Any]:
    """Walk a dotted path, over the members of arrays and through keys that hold dots themselves."""
    if isinstance(value, list):
        for member in value:
            yield from _leaves(member, path)
    elif not path:
        yield value
    elif isinstance(value, Mapping):
        for length in range(1, len(path) + 1):
            key = ".".join(path[:length])
            if key in value:
                yield from _leaves(value[key], path[length:])


def _as_text(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, (dict, list)):
        return json.dumps(value, separators=(",", ":"), ensure_ascii=False, default=str)
    return str(value)
