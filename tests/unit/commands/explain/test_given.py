from __future__ import annotations

import gzip
import io
import json
import os
import sys
from pathlib import Path

import pytest

from daemon.commands.explain.given import MAX_BYTES, GivenEvent, events_in, read_given
from daemon.errors import ConfigError
from daemon.trail.faults import ReadFault

ONE = {"eventVersion": "1.11", "eventName": "DeleteGroup", "eventSource": "iam.amazonaws.com"}
TWO = {**ONE, "eventName": "CreateUser"}
WRAPPED = {"Events": [{"CloudTrailEvent": json.dumps(ONE)}]}


def found(content: bytes | object, *, max_bytes: int = MAX_BYTES) -> list[object]:
    data = content if isinstance(content, bytes) else json.dumps(content).encode()
    return [
        (each.number, each.record["eventName"] if each.record else each.fault) if isinstance(each, GivenEvent) else each
        for each in events_in(data, max_bytes=max_bytes)
    ]


@pytest.mark.parametrize(
    ("content", "numbered"),
    [
        (ONE, [(1, "DeleteGroup")]),
        ({"Records": [ONE, TWO]}, [(1, "DeleteGroup"), (2, "CreateUser")]),
        ({"Records": ONE}, [(1, "DeleteGroup")]),
        ([ONE, TWO], [(1, "DeleteGroup"), (2, "CreateUser")]),
        (gzip.compress(json.dumps({"Records": [ONE, TWO]}).encode()), [(1, "DeleteGroup"), (2, "CreateUser")]),
        (f"{json.dumps(ONE)}\n{json.dumps(TWO)}\n".encode(), [(1, "DeleteGroup"), (2, "CreateUser")]),
        (WRAPPED, [(1, "DeleteGroup")]),
        (json.dumps(ONE, indent=2).encode("utf-16"), [(1, "DeleteGroup")]),
        ([1, 2], [(1, "not_an_object"), (2, "not_an_object")]),
        (b'{"eventName": "cut', [(1, "not_json")]),
    ],
    ids=["one", "log file", "a single one", "list", "gzip", "lines", "lookup", "utf-16", "no records", "broken"],
)
def test_events_are_found_in_any_shape(content: object, numbered: list[object]) -> None:
    assert found(content) == numbered


@pytest.mark.parametrize(
    ("content", "faults"),
    [
        (b"", []),
        (b" \n ", []),
        (b"hello", [ReadFault.NOT_JSON]),
        (os.urandom(8) + b"\x00" * 100, [ReadFault.NOT_JSON]),
        (gzip.compress(b"hello"), [ReadFault.NOT_JSON]),
        (gzip.compress(json.dumps({"Records": [ONE]}).encode())[:-9], [(1, "DeleteGroup"), ReadFault.TRUNCATED]),
    ],
    ids=["empty", "blank", "text", "binary", "text in gzip", "cut gzip"],
)
def test_what_holds_none_says_so_once(content: bytes, faults: list[object]) -> None:
    assert found(content) == faults


def test_content_without_records_is_not_held_beyond_a_bound() -> None:
    assert found(gzip.compress(b"[" + b" " * (70 << 20))) == [ReadFault.TOO_LARGE]
    assert found(b'{"a":1}' * 3, max_bytes=9) == [ReadFault.TOO_LARGE]


@pytest.mark.parametrize(
    ("name", "why"), [("gone/x.json", "No such file or directory"), (".", "is a folder; name one file of it")]
)
def test_a_file_that_cannot_be_read_is_told(tmp_path: Path, name: str, why: str) -> None:
    with pytest.raises(ConfigError, match=why):
        read_given(str(tmp_path / name))


def test_standard_input_is_read(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(b"{}")))
    assert read_given("-") == b"{}"
