"""What can be wrong within a record that is JSON all the same: types, numbers, texts, depth, doubled keys."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from tests.corpus.making import NAME, Case, between, event, event_id, file_of, ids, packed, text

_WRONG: dict[str, Any] = {
    "null": None,
    "true": True,
    "a number": 7,
    "a fraction": 0.5,
    "an empty text": "",
    "a list": ["a", {"b": [1]}],
    "an object": {"arn": {"type": ["Root"]}},
    "an empty list": [],
}
_FIELDS = [field for field in event("", 0) if field not in ("eventName", "eventID")]
_OF_IDENTITY = ("type", "arn", "principalId", "accountId", "userName", "sessionContext", "invokedBy")


def fields() -> Iterator[Case]:
    """Files with good events that have something odd in them, or beside them."""
    yield _wrong_types()
    yield _ids_of_wrong_types()
    yield _names_of_wrong_types()
    yield from _texts()
    yield from _numbers()
    yield from _deep()
    yield from _doubled()


def _wrong_types() -> Case:
    """Each field in turn missing and of each wrong type: an event is found whatever the others hold."""
    name = "wrong types in every field"
    records = [event(name, 0)]
    for field in _FIELDS:
        records += [event(name, 0) | {field: value} for value in _WRONG.values()]
        records.append({key: value for key, value in event(name, 0).items() if key != field})
    for field in _OF_IDENTITY:
        records += [event(name, 0, userIdentity={"type": "IAMUser", field: value}) for value in _WRONG.values()]
    numbered = [record | {"eventID": event_id(name, number)} for number, record in enumerate(records)]
    return Case(name=name, content=lambda: packed(file_of(map(text, numbered))), found=ids(name, len(numbered)))


def _ids_of_wrong_types() -> Case:
    """Such events have no id that can be told beforehand; that they are found shows in their number."""
    name = "ids of wrong types"
    odd = [text(event(name, 0) | {"eventID": value}) for value in _WRONG.values()]
    return Case(name=name, content=between(name, *odd), found=ids(name, 2))


def _names_of_wrong_types() -> Case:
    name = "names of wrong types"
    odd = [text(event(name, 9) | {"eventName": value}) for value in _WRONG.values() if value != [NAME]]
    return Case(name=name, content=between(name, *odd), found=ids(name, 2))


def _texts() -> Iterator[Case]:
    for name, agent in (
        ("bad UTF-8", b'"\xff\xfe\xc0\xaf"'),
        ("half a surrogate", rb'"\ud83d"'),
        ("control characters", b'"a\x00b\x1b[31mc\x7f\r\n"'),
        ("a megabyte of text", b'"' + b"A" * (1 << 20) + b'"'),
        ("a seam in a text", rb'"},{\"eventVersion\":\"1.11\"}"'),
        ("escapes", rb'"\u0000\u202e\/\b\"\\"'),
    ):
        record = text(event(name, 1)).replace(b'"aws-cli/2.15.0"', agent)
        yield Case(name=name, content=between_three(name, record), found=ids(name, 3))


def _numbers() -> Iterator[Case]:
    for name, number in (
        ("a number past all", b"1e999"),
        ("a number of a thousand digits", b"9" * 1_000),
        ("a number of a hundred thousand digits", b"9" * 100_000),
        ("minus nothing", b"-0"),
        ("not a number", b"NaN"),
        ("infinity", b"-Infinity"),
    ):
        record = text(event(name, 1)).replace(b'"aws-cli/2.15.0"', number)
        yield Case(name=name, content=between_three(name, record), found=ids(name, 3))


def _deep() -> Iterator[Case]:
    for levels in (150, 900, 5_000, 100_000):
        name = f"{levels} levels"
        inside = b"[" * levels + b"]" * levels
        record = text(event(name, 2)).replace(b'{"groupName":"admins"}', inside)
        is_read = levels < 200
        yield Case(
            name=name,
            content=between(name, record),
            found=ids(name, 3 if is_read else 2),
            reason=None if is_read else "undecodable_record",
            rejects=0 if is_read else 1,
        )


def _doubled() -> Iterator[Case]:
    """Of a doubled key the last one counts, as in every reader of JSON that people compare with."""
    name = "doubled keys"
    record = text(event(name, 1)).replace(b'"eventName":', b'"eventName":"Decoy","eventName":')
    hidden = text(event(name, 9)).replace(f'"{NAME}"'.encode(), f'"{NAME}","eventName":"Decoy"'.encode())
    yield Case(name=name, content=between_three(name, record, hidden), found=ids(name, 3))
    name = "a thousand keys more"
    more = {f"key {number}": number for number in range(1_000)}
    yield Case(name=name, content=between_three(name, text(event(name, 1) | more)), found=ids(name, 3))


def between_three(name: str, *odd: bytes) -> Any:
    """Odd but good events, the first of them with the second id, between two plain ones."""
    return lambda: packed(file_of([text(event(name, 0)), *odd, text(event(name, 2))]))
