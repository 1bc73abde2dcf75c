from __future__ import annotations

import gzip
import hashlib
import json
from dataclasses import replace
from typing import Any

import pytest

from daemon.commands.explain.stored import recall
from daemon.config import SourceConfig
from daemon.errors import ConfigError, ObjectGone
from daemon.model import LogObject, Sample
from daemon.ports import Discovery, Listing
from daemon.record.events import KeptSample, StoredEvent

KEY = (
    "team/AWSLogs/111122223333/CloudTrail/eu-west-1/2026/03/02/"
    "111122223333_CloudTrail_eu-west-1_20260302T0900Z_AAAABBBBCCCCDDDD.json.gz"
)
URL = f"s3://trail/{KEY}"
EVENT = {"eventVersion": "1.11", "eventID": "one", "eventName": "DeleteGroup"}
SAMPLE = Sample(
    event_id="one",
    time="",
    name="DeleteGroup",
    source="",
    account="",
    region="",
    actor="",
    object_url=URL,
    summary="",
    record=EVENT,
)
BUCKET = SourceConfig(url="s3://trail/team")


class Bucket:
    """A source that holds one object, or does not."""

    def __init__(self, name: str, content: bytes | None) -> None:
        self.name = name
        self.content = content
        self.asked: list[LogObject] = []

    def get(self, obj: LogObject) -> bytes:
        self.asked.append(obj)
        if self.content is None:
            raise ObjectGone(f"{obj.url}: no longer there")
        return self.content

    def discover(self) -> Discovery:
        raise AssertionError("one object is read, and nothing is listed")

    def list_shard(self, *args: Any, **options: Any) -> Listing:
        raise AssertionError("one object is read, and nothing is listed")


def log_file(*events: dict[str, Any]) -> bytes:
    return gzip.compress(json.dumps({"Records": events}).encode())


def test_the_object_is_read_by_its_key_from_the_source_it_lies_in() -> None:
    other, bucket = (
        Bucket("s3://trail/other", b""),
        Bucket("s3://trail/team", log_file({**EVENT, "eventID": "0"}, EVENT)),
    )
    configs = {"s3://trail/other": other, "s3://trail/team": bucket}
    had = recall(
        "one",
        StoredEvent(object_urls=(URL,), kept=None),
        [SourceConfig(url=url) for url in configs],
        open_source=lambda config: configs[config.url],
    )
    assert (had.event.record, had.event.number, had.origin, had.doubt) == (EVENT, 2, f"the log file {URL}", "")
    assert other.asked == []
    assert [(obj.key, obj.account, obj.region) for obj in bucket.asked] == [(KEY, "111122223333", "eu-west-1")]


def test_a_whole_sample_spares_the_reading() -> None:
    stored = StoredEvent(object_urls=(URL,), kept=KeptSample(alert_id="a1", sample=SAMPLE))
    bucket = Bucket("s3://trail/team", None)
    had = recall("one", stored, [BUCKET], open_source=lambda _: bucket)
    assert (had.event.record, had.origin, bucket.asked) == (EVENT, "the sample that alert a1 keeps", [])


def test_a_sample_that_was_cut_serves_only_where_nothing_better_can_be_had() -> None:
    cut = replace(SAMPLE, record={**EVENT, "requestParameters": {"policy": "aaa[9000 more characters]"}})
    stored = StoredEvent(object_urls=(URL,), kept=KeptSample(alert_id="a1", sample=cut))
    had = recall("one", stored, [BUCKET], open_source=lambda _: Bucket("s3://trail/team", log_file(EVENT)))
    assert (had.event.record, had.doubt) == (EVENT, "")
    had = recall("one", stored, [BUCKET], open_source=lambda _: Bucket("s3://trail/team", None))
    assert had.event.record == cut.record
    assert had.doubt.endswith(f"its log file cannot be read again: {URL}: no longer there")


def test_an_event_without_id_is_found_by_the_hash_of_its_bytes() -> None:
    anonymous = {"eventName": "DeleteGroup"}
    event_id = f"sha256:{hashlib.sha256(json.dumps(anonymous).encode()).hexdigest()}"
    bucket = Bucket("s3://trail/team", log_file(EVENT, anonymous))
    stored = StoredEvent(object_urls=(URL,), kept=None)
    assert recall(event_id, stored, [BUCKET], open_source=lambda _: bucket).event.record == anonymous


def test_a_record_that_cannot_be_decoded_is_found_too() -> None:
    raw = b'{"eventVersion": "1.11", "eventName": tru}'
    bucket = Bucket("s3://trail/team", gzip.compress(b'{"Records": [%b]}' % raw))
    stored = StoredEvent(object_urls=(URL,), kept=None)
    event_id = f"sha256:{hashlib.sha256(raw).hexdigest()}"
    assert recall(event_id, stored, [BUCKET], open_source=lambda _: bucket).event.fault == "not_json"


@pytest.mark.parametrize("url", ["s3://elsewhere/x.json.gz", "s3://trail/team/no-log.json.gz"])
def test_what_is_in_no_source_is_not_asked_for(url: str) -> None:
    bucket = Bucket("s3://trail/team", log_file(EVENT))
    with pytest.raises(ConfigError, match="in none of the configured sources"):
        recall("one", StoredEvent(object_urls=(url,), kept=None), [BUCKET], open_source=lambda _: bucket)
    assert bucket.asked == []
