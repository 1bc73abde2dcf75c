"""What can be wrong with the JSON of a log file, from its encoding to what stands around the records."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from functools import partial

from tests.corpus.making import Case, between, file_of, good, ids, packed, text


def shapes() -> Iterator[Case]:
    """Files whose outer shape is odd."""
    for name, reason, content in _EMPTY:
        yield Case(name=name, content=partial(packed, content), found=(), reason=reason)
    yield from _whole()
    yield from _records()


_DIGEST = {
    "awsAccountId": "111122223333",
    "digestStartTime": "2026-03-01T11:00:00Z",
    "digestEndTime": "2026-03-01T12:00:00Z",
    "digestS3Bucket": "example-trail",
    "digestS3Object": "AWSLogs/111122223333/CloudTrail-Digest/us-east-1/2026/03/01/x.json.gz",
    "logFiles": [],
}
_EMPTY = (
    ("no bytes in gzip", "not_json", b""),
    ("an empty object", "no_records", b"{}"),
    ("an empty list", "no_records", b"[]"),
    ("null", "no_records", b"null"),
    ("Records is null", "no_records", b'{"Records":null}'),
    ("Records is a text", "no_records", b'{"Records":"none"}'),
    ("no records", None, b'{"Records":[]}'),
    ("a digest as a log", "digest_file", text(_DIGEST)),
    ("a digest with Records", None, text({**_DIGEST, "Records": []})),
    ("an error in XML", "not_json", b"<Error><Code>AccessDenied</Code></Error>"),
)


def _whole() -> Iterator[Case]:
    odd: tuple[tuple[str, str | None, Callable[[str], bytes]], ...] = (
        ("a byte order mark", None, lambda name: b"\xef\xbb\xbf" + file_of(good(name, 3))),
        ("UTF-16", "not_json", lambda name: file_of(good(name, 3)).decode().encode("utf-16")),
        ("blanks everywhere", None, lambda name: _pretty(good(name, 3))),
        ("Records twice", "duplicate_records", lambda name: _twice(good(name, 3))),
        ("a second document", "duplicate_records", lambda name: file_of(good(name, 2)) + file_of(good(name, 3)[2:])),
        ("a single record", None, lambda name: b'{"Records":' + good(name, 1)[0] + b"}"),
        ("other members beside", None, lambda name: b'{"a":{"Records":[1]},' + file_of(good(name, 3))[1:]),
        ("no end", "truncated", lambda name: file_of(good(name, 3))[:-2]),
        ("a bracket too few", "truncated", lambda name: file_of(good(name, 3))[:-1]),
        ("a comma at the end", None, lambda name: file_of([*good(name, 3), b""])),
    )
    for name, reason, made in odd:
        found = () if name == "UTF-16" else ids(name, 1 if name == "a single record" else 3)
        yield Case(name=name, content=partial(_packed, made, name), found=found, reason=reason)


def _records() -> Iterator[Case]:
    for name, reason, odd in (
        ("a record that is null", "undecodable_record", b"null"),
        ("a record that is a number", "undecodable_record", b"7"),
        ("a record that is a list", "undecodable_record", b"[1,2]"),
        ("a record without its end", "truncated", b'{"eventVersion":"1.11","eventName":"Cut'),
        ("a record of brackets", "truncated", b"[" * 5_000),
        ("a record of junk", "undecodable_record", b"\x00\xff\x80junk"),
    ):
        yield Case(name=name, content=between(name, odd), found=ids(name, 2), reason=reason, rejects=1)


def _packed(made: Callable[[str], bytes], name: str) -> bytes:
    return packed(made(name))


def _pretty(records: list[bytes]) -> bytes:
    return json.dumps({"Records": [json.loads(record) for record in records]}, indent=4).encode()


def _twice(records: list[bytes]) -> bytes:
    return b'{"Records":[' + records[0] + b'],"Records":[' + b",".join(records[1:]) + b"]}"
