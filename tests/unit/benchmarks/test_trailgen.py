"""The generator of trails: repeatable, laid out like a bucket, and as realistic as the benchmark claims."""

from __future__ import annotations

import gzip
import json
import re
from collections.abc import Iterable
from pathlib import Path
from random import Random
from statistics import median
from typing import Any

import pytest

from benchmarks.trail_odd import BREAKERS, ODDITIES, break_record
from benchmarks.trailgen import (
    SHAPES,
    generate_event,
    generate_file,
    generate_trail,
    measure,
    mostly_few,
    write_trail,
)

KEY = re.compile(
    r"AWSLogs/o-[a-z0-9]{10,32}/(\d{12})/CloudTrail/([a-z0-9-]+)/(\d{4})/(\d\d)/(\d\d)/"
    r"\1_CloudTrail_\2_\3\4\5T\d{4}Z_[A-Za-z0-9]{16}\.json\.gz"
)


def fifty(_rng: Random) -> int:
    return 50


def records(trail: Iterable[tuple[str, bytes]]) -> list[dict[str, Any]]:
    return [event for _, content in trail for event in json.loads(gzip.decompress(content))["Records"]]


def test_the_same_seed_gives_the_same_bytes() -> None:
    assert list(generate_trail(7, 5, fifty)) == list(generate_trail(7, 5, fifty))


def test_another_seed_gives_another_trail() -> None:
    assert list(generate_trail(7, 2, fifty)) != list(generate_trail(8, 2, fifty))


def test_keys_are_laid_out_as_cloudtrail_lays_them_out() -> None:
    keys = [key for key, _ in generate_trail(1, 400, lambda _rng: 1)]
    assert all(KEY.fullmatch(key) for key in keys)
    assert len(set(keys)) == len(keys)
    assert len({key.split("/")[2] for key in keys}) == 4
    assert len({key.split("/")[4] for key in keys}) == 4


def test_events_belong_to_the_account_and_region_of_their_file() -> None:
    for key, content in generate_trail(1, 6, fifty):
        _, _, account, _, region, *_ = key.split("/")
        events = json.loads(gzip.decompress(content))["Records"]
        assert {(event["recipientAccountId"], event["awsRegion"]) for event in events} == {(account, region)}


def test_event_ids_are_unique() -> None:
    ids = [event["eventID"] for event in records(generate_trail(1, 40, fifty))]
    assert len(set(ids)) == len(ids)


def test_a_trail_is_as_realistic_as_it_is_said_to_be() -> None:
    facts = measure(generate_trail(1, 3, lambda _rng: 4_000))
    assert facts.events == 12_000
    assert facts.bytes_an_event == pytest.approx(1_440, rel=0.05)
    assert facts.assumed_role_share == pytest.approx(0.70, abs=0.02)
    assert facts.candidate_share == pytest.approx(0.01, abs=0.003)
    assert 0.02 < facts.error_share < 0.06
    assert 0.80 < facts.read_share < 0.92


def test_an_empty_trail_has_nothing_to_measure() -> None:
    assert measure([]).events == 0


def test_small_files_have_a_median_of_six_events_and_a_long_tail() -> None:
    rng = Random(1)
    sizes = [mostly_few(rng) for _ in range(20_000)]
    assert median(sizes) == 6
    assert min(sizes) == 1
    assert 300 < max(sizes) <= 900


def test_the_shapes_are_those_of_the_benchmark() -> None:
    assert (SHAPES["large"].files, SHAPES["large"].sizes(Random(1))) == (20, 5_000)
    assert SHAPES["small"].files == 20_000


def test_every_event_can_stand_alone() -> None:
    event = generate_event(Random(1))
    assert {"eventID", "eventName", "eventSource", "userIdentity", "eventTime"} <= set(event)


def test_odd_records_are_legal_json() -> None:
    content = generate_file(Random(1), 200, odd_share=1.0)
    assert len(json.loads(content)["Records"]) == 200


def test_every_oddity_leaves_the_original_alone() -> None:
    event = generate_event(Random(1))
    before = json.dumps(event)
    for oddity in ODDITIES:
        assert oddity(event) != event
    assert json.dumps(event) == before


def test_with_oddities_a_single_record_sometimes_stands_without_its_list() -> None:
    shapes = {type(json.loads(generate_file(Random(n), 1, odd_share=0.01))["Records"]) for n in range(20)}
    assert shapes == {list, dict}


def test_a_broken_record_keeps_what_it_said() -> None:
    broken = {break_record(Random(n), b'{"eventName":"StopLogging"}') for n in range(200)}
    assert len(broken) == len(BREAKERS)
    assert all(b'"eventName":"StopLogging"' in record for record in broken)


def test_a_trail_is_written_as_a_folder_that_looks_like_a_bucket(tmp_path: Path) -> None:
    trail = list(generate_trail(1, 3, fifty))
    assert write_trail(trail, tmp_path) == 3
    assert {str(path.relative_to(tmp_path)) for path in tmp_path.rglob("*.gz")} == {key for key, _ in trail}
