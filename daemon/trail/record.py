"""One record: its bytes to a mapping by ever more tolerant means, and what can be salvaged where none helps."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping, Set
from dataclasses import dataclass, field
from typing import Any

import msgspec

from daemon.trail.faults import RejectReason
from daemon.trail.scan import members

Record = dict[str, Any]
_DECODE = msgspec.json.Decoder().decode
_SALVAGED = ("eventName", "eventSource", "eventTime", "awsRegion", "recipientAccountId", "sourceIPAddress")
_SALVAGED_OF_IDENTITY = ("type", "arn", "accountId", "principalId", "userName", "invokedBy")
_OPENING = re.compile(rb"(?:\xef\xbb\xbf)?\s*\{")
_TEXT = re.compile(rb'\s*"((?:[^"\\]|\\.){0,2048}+)"\s*', re.DOTALL)
_LONGEST_INTEGER = 300  # digits; Python refuses to read far longer ones
_SEARCHED = 256 << 10  # bytes of a reject, from its beginning; a bracket costs as much as a thousand letters
LONGEST_RECORD = 4 << 20  # CloudTrail's have at most 1 MB; decoded, hostile ones take thirty times their size
DEEPEST_RECORD = 200  # CloudTrail's stay below 20; near a thousand, what walks a record breaks off
_CONTAINERS = (dict, list)
_SURROGATE = re.compile("[\ud800-\udfff]")


class Undecodable(Exception):
    """No means makes an object of these bytes."""

    def __init__(self, reason: RejectReason) -> None:
        super().__init__(reason)
        self.reason = reason


@dataclass(frozen=True, slots=True, kw_only=True)
class Reject:
    """A record that cannot be decoded: its bytes, and those of its fields that could be had, in their usual places.

    Its event id stands under `claimedEventID`: it may be anybody's, so that such a record is told by its bytes alone.
    """

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
    text = bytes(raw)
    if text.count(b"{") + text.count(b"[") > DEEPEST_RECORD and _is_too_deep(record):
        raise Undecodable(RejectReason.TOO_DEEP)
    return record


def _is_too_deep(record: Record) -> bool:
    """Level by level; empty ones are passed over, since a hostile record has a million of them."""
    level: list[Any] = [record]
    for _ in range(DEEPEST_RECORD):
        inner = (one.values() if type(one) is dict else one for one in level)
        level = [value for values in inner for value in values if value and type(value) in _CONTAINERS]
        if not level:
            return False
    return True


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
    """A Reject of these bytes, with what can be salvaged from them.

    Only the record's own members count: those of a request are its caller's to choose, whatever they are called.
    """
    own = _members(raw[:_SEARCHED], {*_SALVAGED, "eventID", "userIdentity"})
    identity = _members(own.get("userIdentity", b""), {*_SALVAGED_OF_IDENTITY})
    salvaged: dict[str, Any] = _texts(own, _SALVAGED)
    if told := _texts(identity, _SALVAGED_OF_IDENTITY):
        salvaged["userIdentity"] = told
    if claimed := _texts(own, ("eventID",)):
        salvaged["claimedEventID"] = claimed["eventID"]
    return Reject(raw=raw, reason=reason, salvaged=salvaged)


def _members(raw: bytes, wanted: Set[str]) -> dict[str, bytes]:
    """What stands under these keys of an object itself, not deeper; of doubled keys the last one counts."""
    opening = _OPENING.match(raw)
    found = members(raw, opening.end()) if opening else ()
    named = ((member.key.decode("utf-8", "replace"), member) for member in found)
    return {key: raw[member.start : member.end] for key, member in named if key in wanted}


def _texts(own: Mapping[str, bytes], keys: Iterable[str]) -> dict[str, str]:
    found = ((key, _TEXT.fullmatch(own.get(key, b""))) for key in keys)
    return {key: _scrub(text.group(1).decode("utf-8", "replace")) for key, text in found if text}
