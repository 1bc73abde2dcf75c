from __future__ import annotations

import json
import os
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from daemon.errors import ObjectGone, ObjectTooLarge
from daemon.sources.inputs.found import Found, NotRead, PassedOver, Promise, Readable, refused
from daemon.sources.inputs.local import LocalWalk
from daemon.sources.inputs.window import Window

SHARD = "AWSLogs/o-abcde12345/111122223333/CloudTrail/eu-west-1/2026/01/02"
LOG = "111122223333_CloudTrail_eu-west-1_20260102T0305Z_abcdefgh12345678.json.gz"


def walk(path: Path, *, window: Window | None = None, max_bytes: int = 2**20) -> list[Found]:
    return list(LocalWalk(path=path, window=window or Window(), max_bytes=max_bytes))


def lay(folder: Path, *names: str) -> None:
    for name in names:
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(b"{}")


def names(found: list[Found], kind: type[Found], folder: Path) -> list[str]:
    return [each.url.removeprefix(f"file:{folder}/") for each in found if isinstance(each, kind)]


def test_files_come_in_the_order_of_their_urls_across_folders(tmp_path: Path) -> None:
    lay(tmp_path, "a/z.json", "a-b/c.json", "a.json", "b.json", "a/b/c.json")
    found = walk(tmp_path)
    assert names(found, Readable, tmp_path) == ["a-b/c.json", "a.json", "a/b/c.json", "a/z.json", "b.json"]
    assert [each.url for each in found] == sorted(each.url for each in found)


def test_the_ending_says_what_a_file_promises(tmp_path: Path) -> None:
    logs = ["a.json", "b.json.gz", "c.jsonl", "d.JSON.GZ", "e.jsonl.gzip", "f.ndjson"]
    others = ["export", "old.gz", "x.log", "y.weird", "z.2026-03-02"]
    lay(tmp_path, *logs, *others)
    promises = {Path(each.url).name: each.promise for each in walk(tmp_path) if isinstance(each, Readable)}
    assert [n for n, promise in promises.items() if promise is Promise.JSON] == logs
    assert [n for n, promise in promises.items() if promise is Promise.PERHAPS] == others


def test_unrelated_files_are_named_and_passed_over(tmp_path: Path) -> None:
    lay(tmp_path, "report.pdf", ".DS_Store", ".git/config", "notes.MD", "a.json")
    assert names(walk(tmp_path), PassedOver, tmp_path) == [".DS_Store", ".git", "notes.MD", "report.pdf"]


@pytest.mark.parametrize(
    "head",
    [b"{", b" \r\n[", b"\xef\xbb\xbf{", "{}".encode("utf-16"), b"\xfe\xff\0[", b"\x1f\x8b", b"\n" * 40 + b"{"],
)
def test_what_begins_like_a_log_is_read_whatever_it_is_called(tmp_path: Path, head: bytes) -> None:
    (tmp_path / "x.weird").write_bytes(head)
    assert names(walk(tmp_path), Readable, tmp_path) == ["x.weird"]


@pytest.mark.parametrize("head", [b"", b"hello", b"\x89PNG", b"\0\0", b"<html>", b"\n" * 5_000])
def test_what_does_not_is_passed_over_however_large_it_is(tmp_path: Path, head: bytes) -> None:
    lay(tmp_path, "a.json")
    (tmp_path / "x.weird").write_bytes(head + b"x" * 20 if head else b"")
    (passed,) = (each for each in walk(tmp_path, max_bytes=10) if isinstance(each, PassedOver))
    assert passed.url == f"file:{tmp_path}/x.weird"


@pytest.mark.parametrize("target", ["x.weird", "/proc/self/mem"], ids=["a circle", "nothing can be had of it"])
def test_a_file_that_cannot_be_looked_into_is_a_fault_whatever_it_is_called(tmp_path: Path, target: str) -> None:
    (tmp_path / "x.weird").symlink_to(tmp_path / target)
    assert names(walk(tmp_path), NotRead, tmp_path) == ["x.weird"]


def test_a_pipe_among_the_files_is_not_waited_for(tmp_path: Path) -> None:
    lay(tmp_path, "a.json")
    os.mkfifo(tmp_path / "pipe")
    assert names(walk(tmp_path), PassedOver, tmp_path) == ["pipe"]


@pytest.mark.parametrize("laid", [(), ("photo.png",), (".hidden/a.json",)], ids=["empty", "a photo", "hidden"])
def test_a_folder_in_which_nothing_could_be_a_log_is_a_fault(tmp_path: Path, laid: tuple[str, ...]) -> None:
    lay(tmp_path, *laid)
    last = walk(tmp_path)[-1]
    assert last == NotRead(url=f"file:{tmp_path}", reason="nothing in it could be a log")


@pytest.mark.parametrize("name", ["logs.json.zst", "logs.zip", "logs.tar.gz", "logs.tgz", "trail.2026.BZ2"])
def test_what_is_packed_otherwise_is_a_fault_and_not_passed_over(tmp_path: Path, name: str) -> None:
    lay(tmp_path, name)
    (found,) = walk(tmp_path)
    assert isinstance(found, NotRead)
    assert "unpack" in found.reason


def test_a_file_that_a_person_names_is_taken_at_their_word_whatever_it_is_called(tmp_path: Path) -> None:
    lay(tmp_path, "events.bak")
    (found,) = walk(tmp_path / "events.bak")
    assert isinstance(found, Readable)
    assert found.promise is Promise.EVENTS


@pytest.mark.parametrize("name", [f"{SHARD}/{LOG}", LOG, f"moved/{LOG}", LOG.removesuffix(".gz")])
def test_cloudtrails_own_names_say_account_region_and_minute_wherever_they_lie(tmp_path: Path, name: str) -> None:
    lay(tmp_path, name)
    (found,) = walk(tmp_path)
    assert isinstance(found, Readable)
    assert found.object.account == "111122223333"
    assert found.object.region == "eu-west-1"
    assert found.object.stamped_at == datetime(2026, 1, 2, 3, 5, tzinfo=UTC)
    assert found.object.url == f"file:{tmp_path}/{name}"


def test_a_digest_is_no_log(tmp_path: Path) -> None:
    folder = "AWSLogs/111122223333/CloudTrail-Digest/eu-west-1/2026/01/02"
    lay(tmp_path, f"{folder}/111122223333_CloudTrail-Digest_eu-west-1_trail_eu-west-1_20260102T030507Z.json.gz")
    lay(tmp_path, f"{SHARD}/{LOG}")
    passed, log = walk(tmp_path)
    assert isinstance(log, Readable)
    assert isinstance(passed, PassedOver)
    assert "CloudTrail-Digest" in passed.reason


def test_a_name_with_an_impossible_date_is_still_read(tmp_path: Path) -> None:
    lay(tmp_path, LOG.replace("20260102T0305Z", "20269902T0305Z"))
    assert len(names(walk(tmp_path), Readable, tmp_path)) == 1


def test_a_link_that_leads_nowhere_is_a_fault(tmp_path: Path) -> None:
    (tmp_path / "a.json").symlink_to(tmp_path / "gone.json")
    assert names(walk(tmp_path), NotRead, tmp_path) == ["a.json"]


def test_a_name_that_is_no_utf8_can_be_read_and_printed(tmp_path: Path) -> None:
    path = bytes(tmp_path) + b"/caf\xe9.json"
    with open(path, "wb") as file:
        file.write(b"[]")
    (found,) = walk(tmp_path)
    assert isinstance(found, Readable)
    assert found.read() == b"[]"
    assert json.dumps(found.url, ensure_ascii=False).encode()


def test_reading_tells_gone_and_too_large_apart(tmp_path: Path) -> None:
    lay(tmp_path, "a.json", "b.json")
    (tmp_path / "b.json").write_bytes(b"x" * 11)
    gone, large = (each for each in walk(tmp_path, max_bytes=10) if isinstance(each, Readable))
    (tmp_path / "a.json").unlink()
    with pytest.raises(ObjectGone) as missing:
        gone.read()
    with pytest.raises(ObjectTooLarge) as heavy:
        large.read()
    assert refused(gone.url, missing.value) == NotRead(url=gone.url, reason="no longer there")
    assert refused(large.url, heavy.value) == NotRead(url=large.url, reason="over 10 bytes")


def test_files_stamped_before_the_window_are_not_read_and_late_ones_are(tmp_path: Path) -> None:
    lay(tmp_path, LOG)
    stamp = datetime(2026, 1, 2, 3, 5, tzinfo=UTC)
    assert walk(tmp_path, window=Window(since=stamp + timedelta(hours=2))) == []
    assert len(walk(tmp_path, window=Window(since=stamp + timedelta(minutes=50)))) == 1
    assert len(walk(tmp_path, window=Window(until=stamp - timedelta(days=34)))) == 1
    assert walk(tmp_path, window=Window(until=stamp - timedelta(days=36))) == []


def test_a_file_without_a_stamp_is_always_read_since_its_own_time_says_nothing(tmp_path: Path) -> None:
    lay(tmp_path, "a.json")
    assert len(walk(tmp_path, window=Window(since=datetime(2999, 1, 1, tzinfo=UTC)))) == 1


def test_what_never_ends_is_read_no_further_than_the_bound() -> None:
    (zero,) = walk(Path("/dev/zero"), max_bytes=10)
    assert isinstance(zero, Readable)
    with pytest.raises(ObjectTooLarge):
        zero.read()


def test_a_pipe_that_a_person_names_is_read() -> None:
    reading, writing = os.pipe()
    try:
        with open(writing, "wb") as pipe:
            pipe.write(b"[]")
        (found,) = walk(Path(f"/dev/fd/{reading}"))
        assert isinstance(found, Readable)
        assert found.url == f"file:/dev/fd/{reading}"
        assert found.read() == b"[]"
    finally:
        os.close(reading)
