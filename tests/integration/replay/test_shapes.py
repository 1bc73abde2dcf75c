"""CloudTrail JSON as people have it lying about: each shape gives the same matches."""

from __future__ import annotations

import gzip
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.integration.replay.conftest import History, event

Events = list[dict[str, Any]]
ALICE, BOB = event("a"), event("b")


def as_log(events: Events) -> bytes:
    return json.dumps({"Records": events}).encode()


def as_lookup(events: Events) -> bytes:
    found = [{"EventId": e["eventID"], "EventName": "DeleteGroup", "CloudTrailEvent": json.dumps(e)} for e in events]
    return json.dumps({"Events": found, "NextToken": "x"}, indent=4).encode()


def as_envelope(event: dict[str, Any]) -> dict[str, Any]:
    detail_type = "AWS API Call via CloudTrail"
    return {"version": "0", "id": "7", "detail-type": detail_type, "source": "aws.iam", "detail": event}


SHAPES: dict[str, Callable[[Events], bytes]] = {
    "a log file": as_log,
    "a log file on many lines": lambda events: json.dumps({"Records": events}, indent=2).encode(),
    "a list of events": lambda events: json.dumps(events).encode(),
    "JSON lines": lambda events: b"\n".join(json.dumps(e).encode() for e in events) + b"\n",
    "JSON lines of log files": lambda events: b"\n".join(as_log([e]) for e in events),
    "log files behind each other": lambda events: b"".join(as_log([e]) for e in events),
    "indented log files behind each other": lambda events: b"\n".join(
        json.dumps({"Records": [e]}, indent=1).encode() for e in events
    ),
    "events behind each other on many lines": lambda events: b"\n".join(
        json.dumps(e, indent=2).encode() for e in events
    ),
    "the output of lookup-events": as_lookup,
    "EventBridge events": lambda events: b"\n".join(json.dumps(as_envelope(e)).encode() for e in events),
    "a list of EventBridge events": lambda events: json.dumps([as_envelope(e) for e in events]).encode(),
    "indented EventBridge events": lambda events: b"\n".join(
        json.dumps(as_envelope(e), indent=1).encode() for e in events
    ),
    "what PowerShell redirects": lambda events: json.dumps(events).encode("utf-16"),
    "with a byte order mark": lambda events: b"\xef\xbb\xbf" + as_log(events),
}


@pytest.mark.parametrize("shape", SHAPES.values(), ids=SHAPES.keys())
@pytest.mark.parametrize(("ending", "pack"), [("json", bytes), ("json.gz", gzip.compress)], ids=["plain", "gzip"])
def test_every_shape_is_read(
    history: History, shape: Callable[[Events], bytes], ending: str, pack: Callable[[bytes], bytes]
) -> None:
    history.write(f"export.{ending}", pack(shape([ALICE, BOB])))
    told = history.replay()
    assert told.code == 0, told.err
    assert told.events == ["a", "b"]
    assert told.summary["events"] == 2
    assert told.summary["objects"] == 1


@pytest.mark.parametrize(
    "content",
    [json.dumps(ALICE), json.dumps({"Records": ALICE}), json.dumps(as_envelope(ALICE))],
    ids=["bare", "Records", "EventBridge"],
)
def test_a_single_event_is_read(history: History, content: str) -> None:
    history.write("one.json", content.encode())
    assert history.replay().events == ["a"]


@pytest.mark.parametrize(
    "name",
    [
        *("export", "export.gz", "export.jsonl", "export.log", "deep/er/EXPORT.JSON", "export.jsonl.gzip"),
        *("ct-2026.weird", "trail.2026-03-02", "export.json.bak", "export.json (1)", "111122223333.v1.2"),
    ],
)
@pytest.mark.parametrize("pack", [bytes, gzip.compress], ids=["plain", "gzip"])
def test_the_name_does_not_matter(history: History, name: str, pack: Callable[[bytes], bytes]) -> None:
    history.write(name, pack(as_log([ALICE])))
    told = history.replay()
    assert (told.code, told.events) == (0, ["a"])


def test_gzip_files_behind_each_other_are_read_to_the_end(history: History) -> None:
    history.write("all.gz", gzip.compress(as_log([ALICE])) + gzip.compress(as_log([BOB])))
    assert history.replay().events == ["a", "b"]


def test_a_file_named_by_a_person_may_be_called_anything(history: History) -> None:
    told = history.replay(history.write("events.bak", as_log([ALICE])))
    assert (told.code, told.events) == (0, ["a"])


def test_a_broken_line_among_json_lines_costs_only_itself(history: History) -> None:
    lines = [json.dumps(ALICE), '{"eventName": "DeleteGroup", "eventID": "x", ', json.dumps(BOB)]
    history.write("events.jsonl", "\n".join(lines).encode())
    told = history.replay()
    assert {"a", "b"} <= set(told.events)
    assert told.code == 1
    assert told.summary["rejects"] == 1
    assert f"read in part: file:{history.folder}/events.jsonl: undecodable_record, 1 record rejected\n" in told.err
    assert "not read" not in told.err


def test_unrelated_files_are_named_with_the_reason_and_are_no_fault(history: History) -> None:
    history.write("a.json", as_log([ALICE]))
    unrelated = {
        "package.json": (b'{"name": "x", "version": "1"}', "holds no CloudTrail events (no_records)"),
        "notes.txt": (b"remember the milk", "begins neither like JSON nor like gzip"),
        "page.gz": (gzip.compress(b".TH LS 1"), "holds no CloudTrail events (not_json)"),
        "settings": (b"[section]\nkey = 1\n", "holds no CloudTrail events (not_json)"),
        "photo.png": (b"\x89PNG", "named .png, which is no log"),
        "empty.jsonl": (b"", "holds no CloudTrail events (empty)"),
        "empty": (b"", "empty"),
    }
    for name, (content, _) in unrelated.items():
        history.write(name, content)
    told = history.replay()
    assert (told.code, told.events, told.summary["objects"]) == (0, ["a"], 1)
    for name, (_, reason) in unrelated.items():
        assert f"passed over: file:{history.folder}/{name}: {reason}\n" in told.err


@pytest.mark.parametrize(
    ("name", "content", "told"),
    [
        ("cut.json.gz", gzip.compress(as_log([ALICE] * 50))[:200], "read in part: {}: truncated, 1 record rejected"),
        ("broken.json", b'{"Records": [{"eventName"', "read in part: {}: truncated, 1 record rejected"),
        ("noise.json.gz", b"\x1f\x8bnothing of the kind", "not read: {}: bad_gzip"),
        ("noise.gz", b"\x1f\x8bnothing of the kind", "not read: {}: bad_gzip"),
        ("text.json", b"no JSON at all", "not read: {}: not_json"),
        ("text.json.gz", b"no JSON at all", "not read: {}: bad_gzip"),
        ("logs.json.zst", b"(\xb5/\xfd", "not read: {}: packed in a way that is not read"),
        ("logs.zip", b"PK\x03\x04", "not read: {}: packed in a way that is not read"),
    ],
)
def test_what_claims_to_be_a_log_and_cannot_be_read_is_named_and_makes_exit_1(
    history: History, name: str, content: bytes, told: str
) -> None:
    history.write("a.json", as_log([ALICE]))
    history.write(name, content)
    said = history.replay()
    assert said.code == 1
    assert told.format(f"file:{history.folder}/{name}") in said.err
    assert "a" in said.events


@pytest.mark.parametrize("name", ["plain", "hello.txt", "hello.weird"])
def test_a_text_named_by_a_person_is_called_no_json_and_not_broken_gzip(history: History, name: str) -> None:
    path = history.write(name, b"hello world")
    told = history.replay(path)
    assert told.code == 1
    assert f"not read: file:{path}: not_json\n" in told.err
    assert told.summary["objects"] == 0


def test_a_log_named_by_a_person_that_holds_no_events_is_a_log(history: History) -> None:
    told = history.replay(history.write("quiet.json", as_log([])))
    assert (told.code, told.summary["objects"], told.summary["events"]) == (0, 1, 0)


def test_a_folder_named_by_a_person_that_holds_nothing_is_a_fault(history: History) -> None:
    history.write("photo.png", b"\x89PNG")
    told = history.replay()
    assert told.code == 1
    assert f"not read: file:{history.folder}: " in told.err


@pytest.mark.parametrize("content", [b"{}", b"", b'{"name": "x"}'])
def test_a_file_named_by_a_person_that_holds_no_events_is_a_fault(history: History, content: bytes) -> None:
    told = history.replay(history.write("package.json", content))
    assert told.code == 1
    assert "package.json" in told.err


def test_a_trail_file_without_records_is_a_fault(history: History) -> None:
    url = history.deliver()
    Path(url.removeprefix("file:")).write_bytes(gzip.compress(b'{"records": 0}'))
    told = history.replay()
    assert told.code == 1
    assert f"not read: {url}" in told.err


def test_an_empty_list_of_records_is_a_log_without_events(history: History) -> None:
    history.deliver()
    told = history.replay()
    assert told.code == 0, told.err
    assert told.summary | {"seconds": 0, "bytes": 0} == {
        "objects": 1,
        "events": 0,
        "rejects": 0,
        "matches": 0,
        "bytes": 0,
        "seconds": 0,
    }
