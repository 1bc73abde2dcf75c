"""A folder behaves as a bucket would, and nothing in it leads the reader astray."""

from __future__ import annotations

import os
import socket
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest

from daemon.errors import EnvironmentReason, ObjectGone, ObjectTooLarge, SourceUnavailable
from daemon.model import LogObject, Shard
from daemon.sources.folder import FolderSource
from daemon.sources.tree import moment
from daemon.trail.keys import Scope
from tests.doubles.aws import Bucket, log_key, source_over

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
HERE = "AWSLogs/111122223333/CloudTrail/eu-west-1"


@pytest.fixture
def root(tmp_path: Path) -> Path:
    folder = tmp_path / "trail"
    folder.mkdir()
    return folder


def put(root: Path, *keys: str, body: bytes = b"x") -> None:
    for key in keys:
        path = root / key
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(body)


def source_in(root: Path, *, scope: Scope | None = None, max_bytes: int = 1000) -> FolderSource:
    return FolderSource(path=root, name=f"file:{root}", scope=scope or Scope(), clock=lambda: NOON, max_bytes=max_bytes)


def first(source: FolderSource) -> tuple[Shard, LogObject]:
    shard = source.discover().shards[0]
    return shard, source.list_shard(shard, after=None).objects[0]


MIXED = [
    log_key("20251231T2355Z"),
    log_key("20260228T2359Z", "Zz"),
    log_key("20260301T0000Z", "b"),
    log_key("20260301T0000Z", "a"),
    log_key("20260301T1005Z", shard="AWSLogs/o-a1b2c3d4e5/444455556666/CloudTrail/us-east-1"),
    log_key("20260301T1005Z", shard="o-a1b2c3d4e5/AWSLogs/o-a1b2c3d4e5/444455556666/CloudTrail/us-east-1"),
    log_key("20260301T1005Z", shard="AWSLogs/111122223333/CloudTrail-Digest/eu-west-1"),
    log_key("20260301T1005Z", shard="AWSLogs/111122223333/CloudTrail-Insight/eu-west-1"),
    f"{HERE}/2026/03/01/strange.txt",
    f"{HERE}/2026/03/readme",
    "AWSLogs/readme.txt",
    "elsewhere/file",
]


@pytest.mark.parametrize(
    "after", [None, datetime(2026, 3, 1, 0, 0, 30, tzinfo=UTC), datetime(2026, 2, 1, tzinfo=UTC)], ids=str
)
def test_a_folder_and_a_bucket_with_the_same_files_look_the_same(
    root: Path, bucket: Bucket, after: datetime | None
) -> None:
    put(root, *MIXED)
    bucket.put(*MIXED)
    folder, s3 = source_in(root), source_over(bucket)

    here, there = folder.discover(), s3.discover()

    assert [shard.path for shard in here.shards] == [shard.path for shard in there.shards]
    assert here.skipped == there.skipped
    assert here.passed == there.passed
    for one, other in zip(here.shards, there.shards, strict=True):
        listed, expected = folder.list_shard(one, after=after), s3.list_shard(other, after=after)
        assert [obj.key for obj in listed.objects] == [obj.key for obj in expected.objects]
        assert (listed.skipped, listed.first_skipped) == (expected.skipped, expected.first_skipped)
        assert set(listed.first_skipped) == set(listed.skipped)


@pytest.mark.parametrize("prefix", [f"{HERE}/2026/03/", log_key("20260301T1005Z"), f"{HERE}/20", f"{HERE}/9999/"])
def test_a_part_of_a_shard_looks_the_same_in_a_folder_and_a_bucket(root: Path, bucket: Bucket, prefix: str) -> None:
    put(root, *MIXED)
    bucket.put(*MIXED)
    whole, *parts = (
        source.list_shard(shard, after=None, prefix=below)
        for source, below in ((source_over(bucket), ""), (source_over(bucket), prefix), (source_in(root), prefix))
        for shard in source.discover().shards
        if shard.path == HERE
    )
    for part in parts:
        assert [obj.key for obj in part.objects] == [obj.key for obj in whole.objects if obj.key.startswith(prefix)]
    assert parts[0].skipped == parts[1].skipped


def test_a_listing_in_parts_is_the_whole_listing(root: Path) -> None:
    put(root, *MIXED)
    source = source_in(root)
    shard = next(shard for shard in source.discover().shards if shard.path == HERE)
    keys: list[str] = []
    resume = None
    for _ in range(10):
        part = source.list_shard(shard, after=None, limit=2, resume=resume)
        keys += [obj.key for obj in part.objects]
        resume = part.next_key
        if resume is None:
            break

    assert keys == [obj.key for obj in source.list_shard(shard, after=None).objects]


def test_an_object_is_dated_by_its_file_and_the_listing_by_our_clock(root: Path) -> None:
    put(root, log_key("20260301T1005Z"), body=b"events")
    os.utime(root / log_key("20260301T1005Z"), (1772445600, 1772445600))
    source = source_in(root)
    shard, obj = first(source)

    assert obj.last_modified == datetime(2026, 3, 2, 10, tzinfo=UTC)
    assert obj.url == f"file:{root}/{log_key('20260301T1005Z')}"
    assert (shard.bucket, obj.size) == (f"file:{root}", 6)
    assert source.list_shard(shard, after=None).listed_at == NOON
    assert source.get(obj) == b"events"
    source.probe(obj)


def test_a_link_that_stays_inside_is_followed_and_one_that_leads_out_is_not(root: Path, tmp_path: Path) -> None:
    secret = tmp_path / "secret.json.gz"
    secret.write_bytes(b"secret")
    put(root, log_key("20260301T1005Z", "a"))
    day = root / f"{HERE}/2026/03/01"
    (root / log_key("20260301T1006Z", "b")).symlink_to(root / log_key("20260301T1005Z", "a"))
    (root / log_key("20260301T1007Z", "c")).symlink_to(secret)
    (day.parent / "02").symlink_to(tmp_path)
    (root / "AWSLogs/444455556666").symlink_to(tmp_path)
    source = source_in(root)

    discovery = source.discover()
    listing = source.list_shard(discovery.shards[0], after=None)

    assert [obj.unique for obj in listing.objects] == ["a", "b"]
    assert listing.skipped == {"link_outside": 2}
    assert discovery.skipped == {"link_outside": 1}


def test_a_file_that_was_replaced_by_a_link_to_the_outside_is_not_read(root: Path, tmp_path: Path) -> None:
    put(root, log_key("20260301T1005Z"))
    source = source_in(root)
    _, obj = first(source)
    path = root / obj.key
    path.unlink()
    path.symlink_to(tmp_path.joinpath("secret"))
    tmp_path.joinpath("secret").write_bytes(b"secret")

    with pytest.raises(ObjectGone):
        source.get(obj)


def make_socket(path: Path) -> None:
    with socket.socket(socket.AF_UNIX) as listener:
        here = os.open(path.parent, os.O_RDONLY)
        listener.bind(f"/proc/self/fd/{here}/{path.name}")  # a socket's own path must be short
        os.close(here)


@pytest.mark.parametrize(
    ("make", "skipped"),
    [
        pytest.param(os.mkfifo, {"not_a_log": 1}, id="pipe"),
        pytest.param(make_socket, {"not_a_log": 1}, id="socket"),
        pytest.param(os.mkdir, {"not_a_log": 1}, id="folder"),
        pytest.param(lambda path: path.symlink_to(path), {"link_outside": 1}, id="link to itself"),
        pytest.param(lambda path: path.symlink_to("/nowhere"), {"link_outside": 1}, id="link to nothing"),
    ],
)
def test_what_is_no_regular_file_is_never_opened_for_long(
    root: Path, make: Callable[[Path], None], skipped: dict[str, int]
) -> None:
    put(root, log_key("20260301T1005Z"))
    source = source_in(root)
    shard, obj = first(source)
    (root / obj.key).unlink()
    make(root / obj.key)

    assert source.list_shard(shard, after=None).skipped == skipped
    with pytest.raises(ObjectGone):
        source.get(obj)


def test_a_link_in_a_circle_ends(root: Path) -> None:
    put(root, log_key("20260301T1005Z"))
    (root / HERE / "2026/03/01/again").symlink_to(root / HERE)
    (root / HERE / "2027").symlink_to(root / HERE / "2027")
    source = source_in(root)

    listing = source.list_shard(source.discover().shards[0], after=None)

    assert len(listing.objects) == 1
    assert set(listing.skipped) <= {"not_a_log", "link_outside"}


def test_a_folder_that_is_missing_is_unavailable_until_it_comes(tmp_path: Path) -> None:
    source = source_in(tmp_path / "later")

    with pytest.raises(SourceUnavailable, match="no such folder") as caught:
        source.discover()
    put(tmp_path / "later", log_key("20260301T1005Z"))
    _, obj = first(source)

    assert caught.value.reason is EnvironmentReason.NO_BUCKET
    assert source.get(obj) == b"x"


def test_a_file_in_the_folders_place_is_told_as_well(tmp_path: Path) -> None:
    (tmp_path / "trail").write_bytes(b"")

    with pytest.raises(SourceUnavailable, match="no such folder"):
        source_in(tmp_path / "trail").discover()


def test_a_folder_that_went_away_does_not_make_its_files_gone(root: Path) -> None:
    put(root, log_key("20260301T1005Z"))
    source = source_in(root)
    shard, obj = first(source)
    root.rename(root.with_name("unmounted"))

    for ask in (lambda: source.get(obj), lambda: source.list_shard(shard, after=None)):
        with pytest.raises(SourceUnavailable):
            ask()


def test_a_disk_that_is_not_mounted_does_not_make_its_files_gone(root: Path) -> None:
    """Its folder is still there, and empty."""
    put(root, log_key("20260301T1005Z"))
    source = source_in(root)
    _, obj = first(source)
    (root / "AWSLogs").rename(root.with_name("unmounted"))

    with pytest.raises(SourceUnavailable, match="a disk is not mounted"):
        source.get(obj)


@pytest.mark.parametrize("seconds", [1e13, -1e13, 2.0**62])
def test_a_time_of_writing_that_is_in_no_calendar_costs_no_file(seconds: float) -> None:
    assert moment(seconds) == datetime(9999, 1, 1, tzinfo=UTC)


def test_a_deleted_file_is_gone_and_one_over_the_cap_is_refused(root: Path) -> None:
    put(root, log_key("20260301T1005Z"), body=b"x" * 11)
    source = source_in(root, max_bytes=10)
    _, obj = first(source)
    with pytest.raises(ObjectTooLarge):
        source.get(obj)
    (root / obj.key).unlink()

    with pytest.raises(ObjectGone):
        source.get(obj)


def test_a_folder_under_a_link_is_read_like_any_other(root: Path, tmp_path: Path) -> None:
    put(root, log_key("20260301T1005Z"), body=b"events")
    (tmp_path / "linked").symlink_to(root)
    source = source_in(tmp_path / "linked")
    _, obj = first(source)

    assert source.get(obj) == b"events"


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read everything")
def test_a_folder_that_may_not_be_read_is_denied(root: Path) -> None:
    put(root, log_key("20260301T1005Z"))
    (root / "AWSLogs").chmod(0)

    with pytest.raises(SourceUnavailable) as caught:
        source_in(root).discover()
    (root / "AWSLogs").chmod(0o700)

    assert caught.value.reason is EnvironmentReason.ACCESS_DENIED
