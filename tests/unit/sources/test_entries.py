"""What is passed over is named in the log once, and memory for that is bounded."""

from __future__ import annotations

from structlog.testing import capture_logs

from daemon.model import Shard
from daemon.sources.entries import Entry, Skips, sort_out
from tests.doubles.state_values import EUROPE, NOON


def named(keys: list[str], urls: set[str], shard: Shard = EUROPE) -> list[str]:
    """The keys of which the log tells, each being a listing of its own."""
    with capture_logs() as logs:
        for key in keys:
            entry = Entry(key=key, size=1, etag="", last_modified=NOON)
            sort_out([entry], shard, url_base="s3://b/", skips=Skips(named=urls))
    return [line["url"].removeprefix("s3://b/") for line in logs]


def test_a_key_is_named_once_however_often_it_is_listed() -> None:
    assert named(["a.txt", "b.txt", "a.txt"], set()) == ["a.txt", "b.txt"]


def test_strangers_without_end_are_named_and_not_kept_without_end() -> None:
    urls: set[str] = set()
    keys = [f"{number}.txt" for number in range(2_500)]
    assert named(keys, urls) == keys
    assert len(urls) <= 1_000
