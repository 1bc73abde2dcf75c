"""One record: its bytes to a mapping by ever more tolerant means, and what can be salvaged where none helps."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import msgspec

from daemon.trail.faults import RejectReason

Record = dict[str, Any]
_DECODE = msgspec.json.Decoder().decode
_SALVAGED = ("eventID", "eventName", "eventSource", "eventTime", "awsRegion", "recipientAccountId", "sourceIPAddress")
_SALVAGED_OF_IDENTITY = ("type", "arn", "accountId", "principalId", "userName", "invokedBy")
_LONGEST_INTEGER = 300  # digits; Python refuses to read far longer ones
_LONGEST_SALVAGED = 2048
LONGEST_RECORD = 4 << 20  # CloudTrail's have at most 1 MB; decoded, hostile ones take thirty times their size
_SURROGATE = re.compile("[\ud800-\udfff]")


class Undecodable(Exception):
    """No means makes an object of these bytes."""

    def __init__(self, reason: RejectReason) -> None:
        super().__init__(reason)
        self.reason = reason


@dataclass(frozen=True, slots=True, kw_only=True)
class Reject:
    """A record that cannot be decoded: its bytes, and those of its fields that could be had, in their usual places."""

    raw: bytes
    reason: RejectReason
    salvaged: Mapping[str, Any] = field(default_factory=dict)


def decode_record(raw: bytes | msgspec.Raw) -> Record:
    """A record as a dict; raises Undecodable.

    What strict JSON refuses is read so that nothing is lost from sight: bad UTF-8 and lone surrogates become U+FFFD,
    control characters stay, a number too large for its type stays as its text, of doubled keys the last one counts.
    """
    if memoryview(raw).nbytes > LONGEST_RECORD:
        raise Undecodable(RejectReason.TOO_LARGE)
    try:
        record = _DECODE(raw)
    except (msgspec.MsgspecError, UnicodeError, RecursionError):
        record = _tolerant(bytes(raw))
    if not isinstance(record, dict):
        raise Undecodable(RejectReason.NOT_AN_OBJECT)
    return record


def _tolerant(raw: bytes) -> Any:
    try:
        return json.loads(
            raw.decode("utf-8-sig", "replace"),
            strict=False,
            parse_constant=str,
            parse_int=_integer,
            parse_float=_decimal,
            object_pairs_hook=lambda pairs: {_scrub(key): _scrub(value) for key, value in pairs},
        )
    except RecursionError:
        raise Undecodable(RejectReason.TOO_DEEP) from None
    except ValueError:
        raise Undecodable(RejectReason.NOT_JSON) from None


def _integer(text: str) -> int | str:
    return int(text) if len(text) <= _LONGEST_INTEGER else text


def _decimal(text: str) -> float | str:
    number = float(text)
    return text if number in (float("inf"), float("-inf")) else number


def _scrub(value: Any) -> Any:
    if isinstance(value, str):
        return _SURROGATE.sub("\ufffd", value)
    if isinstance(value, list):
        return [_scrub(member) for member in value]
    return value


def reject(raw: bytes, reason: RejectReason) -> Reject:
    """A Reject of these bytes, with what can be salvaged from them."""
    salvaged: dict[str, Any] = _salvage(raw, _SALVAGED)
    identity = re.search(rb'"userIdentity"\s*:\s*\{', raw)
    if identity and (found := _salvage(raw[identity.end() :], _SALVAGED_OF_IDENTITY)):
        salvaged["userIdentity"] = found
    return Reject(raw=raw, reason=reason, salvaged=salvaged)


def _salvage(raw: bytes, keys: tuple[str, ...]) -> dict[str, str]:
    found = {}
    for key in keys:
        pattern = rb'"%b"\s*:\s*"((?:[^"\\]|\\.){0,%d})"' % (key.encode(), _LONGEST_SALVAGED)
        text = re.search(pattern, raw, re.DOTALL)
        if text:
            found[key] = _scrub(text.group(1).decode("utf-8", "replace"))
    return found
