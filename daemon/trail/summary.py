"""One sentence about an event: from a rule's template and the record to text that is safe to show."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any

from daemon.model import Actor
from daemon.trail.masking import mask_value
from daemon.trail.outcome import Outcome, outcome_of
from daemon.trail.printable import MISSING, clip, printable
from daemon.trail.template import Optional, Piece, Placeholder, parse

_SUMMARY_LIMIT = 500
_VALUE_LIMIT = 160
_LIST_SHOWN = 5
_LEAVES = 50
_VERBS = {Outcome.SUCCEEDED: "called", Outcome.DENIED: "was denied", Outcome.FAILED: "failed to call"}


def render_summary(template: str, record: Mapping[str, Any], actor: Actor) -> str:
    """Fill `{actor}` and `{requestParameters.groupName}` in; never raises. The language is template.py's.

    What is missing shows as a dash, several values with commas. Secrets are masked also when the record is raw.
    """
    text = "".join(_told(piece, record, actor) for piece in parse(template))
    return printable(text, limit=_SUMMARY_LIMIT)


def default_summary(record: Mapping[str, Any], actor: Actor) -> str:
    """Say who did what and how it ended: `alice called iam:DeleteGroup in 111122223333, us-east-1`."""
    outcome = outcome_of(record)
    service = (_shown(record, "eventSource") or MISSING).removesuffix(".amazonaws.com")
    where = ", ".join(text for key in ("recipientAccountId", "awsRegion") if (text := _shown(record, key)))
    code = _shown(record, "errorCode")
    sentence = (
        f"{clip(actor.label, limit=_VALUE_LIMIT)} {_VERBS[outcome]} {service}:{_shown(record, 'eventName') or MISSING}"
        + (f" in {where}" if where else "")
        + (f" ({code})" if outcome is Outcome.FAILED and code else "")
    )
    return printable(sentence, limit=_SUMMARY_LIMIT)


def _told(piece: Piece, record: Mapping[str, Any], actor: Actor) -> str:
    if isinstance(piece, str):
        return piece
    if isinstance(piece, Optional):
        texts = [part if isinstance(part, str) else _filled(part, record, actor) for part in piece.pieces]
        return "" if None in texts else "".join(filter(None, texts))
    found = _filled(piece, record, actor)
    return MISSING if found is None else found


def _filled(placeholder: Placeholder, record: Mapping[str, Any], actor: Actor) -> str | None:
    values = (_value(path, record, actor) for path in placeholder.paths)
    return next(filter(None, values), placeholder.otherwise)


def _value(path: str, record: Mapping[str, Any], actor: Actor) -> str:
    if path == "actor":
        return clip(actor.label, limit=_VALUE_LIMIT)
    if path == "derived.principal":
        return clip(actor.principal, limit=_VALUE_LIMIT)
    if path == "called":
        return _VERBS[outcome_of(record)]
    return _ending(record) if path == "outcome" else _shown(record, path)


def _ending(record: Mapping[str, Any]) -> str:
    """`succeeded`, `denied (AccessDenied)`, `failed (Failed authentication)`."""
    outcome = outcome_of(record)
    fault = _shown(record, "errorCode") or _shown(record, "errorMessage")
    return f"{outcome} ({fault})" if fault and outcome is not Outcome.SUCCEEDED else outcome.value


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
    return clip(", ".join(filter(None, texts)), limit=_VALUE_LIMIT)


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
        return json.dumps(value, separators=(",", ":"), ensure_ascii=False, default=str) if value else ""
    return str(value)
