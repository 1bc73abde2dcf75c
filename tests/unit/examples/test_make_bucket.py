"""The example trail: what is committed is what the script makes, laid out and shaped as CloudTrail does it."""

from __future__ import annotations

import gzip
import json
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from daemon.detect.compile import compile_condition
from daemon.detect.load import load_file
from daemon.trail.keys import LogKey, parse_key
from examples.make_bucket import bucket, write_bucket

ROOT = Path(__file__).parents[3]
COMMITTED = ROOT / "examples" / "bucket"
DIGEST = "CloudTrail-Digest"


def contents(folder: Path) -> dict[str, bytes]:
    """Uncompressed: zlib's versions need not compress alike."""
    return {str(path.relative_to(folder)): gzip.decompress(path.read_bytes()) for path in folder.rglob("*.gz")}


def log_files() -> dict[str, Any]:
    return {key: json.loads(data)["Records"] for key, data in contents(COMMITTED).items() if DIGEST not in key}


def events() -> Iterator[tuple[str, dict[str, Any]]]:
    for key, records in log_files().items():
        yield from ((key, record) for record in ([records] if isinstance(records, dict) else records))


def test_the_committed_bucket_is_what_the_script_makes(tmp_path: Path) -> None:
    write_bucket(tmp_path)
    assert contents(tmp_path) == contents(COMMITTED)


def test_nothing_else_lies_in_the_bucket() -> None:
    assert {str(path.relative_to(COMMITTED)) for path in COMMITTED.rglob("*") if path.is_file()} == set(bucket())


def test_it_comes_out_the_same_each_time() -> None:
    assert bucket() == bucket()


@pytest.mark.parametrize("key", sorted(bucket()))
def test_every_key_is_one_that_cloudtrail_could_have_written(key: str) -> None:
    parsed = parse_key(key)
    assert isinstance(parsed, LogKey)
    assert parsed.org_id == "o-exampleorg1"


def test_it_has_two_accounts_two_regions_two_days_and_a_digest() -> None:
    parts = [key.split("/") for key in bucket()]
    assert {part[2] for part in parts} == {"111122223333", "444455556666"}
    assert {part[4] for part in parts} == {"us-east-1", "eu-west-1"}
    assert {"/".join(part[5:8]) for part in parts} == {"2026/03/01", "2026/03/02"}
    assert [part[3] for part in parts].count(DIGEST) == 1


def test_one_iam_event_is_delivered_in_two_regions() -> None:
    ids = Counter(record["eventID"] for _, record in events())
    (twice,) = [event_id for event_id, count in ids.items() if count > 1]
    found = [(key.split("/")[4], record) for key, record in events() if record["eventID"] == twice]
    assert sorted(region for region, _ in found) == ["eu-west-1", "us-east-1"]
    assert found[0][1] == found[1][1]
    assert found[0][1]["eventSource"] == "iam.amazonaws.com"


def test_no_file_holds_an_event_later_than_itself() -> None:
    for key, record in events():
        stamp = key.rpartition("/")[2].split("_")[3]
        assert record["eventTime"].replace("-", "").replace(":", "")[:13] <= stamp[:13]


def test_the_root_session_that_deletes_a_group_stands_without_a_list() -> None:
    (record,) = [records for records in log_files().values() if isinstance(records, dict)]
    assert record["userIdentity"]["type"] == "Root"
    assert record["userIdentity"]["sessionContext"]["attributes"]["mfaAuthenticated"] == "true"
    assert (record["eventName"], record["requestParameters"]) == ("DeleteGroup", {"groupName": "testgroup"})


def test_the_digest_tells_the_hashes_of_its_files() -> None:
    files = contents(COMMITTED)
    (digest,) = [json.loads(data) for key, data in files.items() if DIGEST in key]
    assert len(digest["logFiles"]) == 3
    assert all(listed["s3Object"] in files for listed in digest["logFiles"])


def test_the_rules_that_fire_are_those_that_the_readme_names() -> None:
    fired = set()
    seen: set[tuple[str, str]] = set()
    for path in sorted((ROOT / "rules" / "core").glob("*.yml")):
        (rule,) = load_file(path.name, path.read_bytes(), variables={}).rules
        holds = compile_condition(rule.condition)
        matched = {record["eventID"] for _, record in events() if holds(record)}
        seen |= {(path.stem, event_id) for event_id in matched}
        fired |= {path.stem} if matched else set()
    assert fired == {
        "access-key-for-another-user",
        "cloudtrail-stopped",
        "console-sign-in-without-mfa",
        "iam-group-deleted",
        "root-sign-in",
        "root-write",
        "s3-bucket-public",
        "security-group-open",
    }
    assert len(seen) == 8
    readme = (ROOT / "examples" / "README.md").read_text()
    assert all(name in readme for name in fired)
