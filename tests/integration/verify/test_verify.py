"""`verify` over a real bucket with signed digests, and over a folder, where signatures are lost."""

from __future__ import annotations

import gzip
import json
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from daemon.commands.verify import verify
from daemon.errors import ConfigError
from tests.doubles.digests import Trail
from tests.doubles.proven import HOUR, Proven, content_of

MINUTES = timedelta(minutes=1)
Told = tuple[int, dict[str, Any]]
Run = Callable[..., Told]


@pytest.fixture
def run(place: Proven, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path) -> Run:
    """Verifies, and gives the exit code and the verdict on the one shard."""
    monkeypatch.setenv("AWS_ENDPOINT_URL_S3", place.bucket.endpoint_url)
    monkeypatch.setenv("AWS_DEFAULT_REGION", "eu-west-1")
    monkeypatch.chdir(tmp_path)

    def call(url: str | None = None, **options: Any) -> Told:
        asked = {"config": None, "since": None, "until": None, "as_json": True, "environment": {}} | options
        code = verify(url or f"s3://{place.bucket.name}", **asked)
        (verdict,) = json.loads(capsys.readouterr().out)
        return code, verdict

    return call


def deliver(place: Proven) -> list[str]:
    """Five honest hours, two files in each; gives the keys of the files."""
    trail = place.trail
    found: list[str] = []
    for number in range(5):
        end = place.hour + number * HOUR
        files = {trail.log_key(end - 30 * MINUTES, f"{name}{number}"): content_of(number) for name in ("One", "Two")}
        for key, content in files.items():
            place.put_log(key, content, at=end - 29 * MINUTES)
        place.put(trail.digest(end, files), at=end)
        found += files
    return found


def test_an_honest_history_is_proved(place: Proven, run: Run) -> None:
    deliver(place)
    code, verdict = run()
    assert (code, verdict["verdict"], verdict["findings"]) == (0, "proved", [])
    assert (verdict["digests"]["verified"], verdict["files"]["proved"]) == (5, 10)


def test_a_stretch_of_it_is_proved_by_itself(place: Proven, run: Run) -> None:
    keys = deliver(place)
    place.delete(keys[0])
    since, until = (f"{place.hour + hours * HOUR:%Y-%m-%dT%H:%M:%SZ}" for hours in (0, 3))
    code, verdict = run(since=since, until=until)
    assert (code, verdict["digests"]["verified"], verdict["files"]["proved"]) == (0, 2, 4)


def kinds(verdict: dict[str, Any]) -> list[str]:
    return sorted(f"{finding['kind']} {finding['reason']}" for finding in verdict["findings"])


def test_what_was_done_to_files_and_digests_is_told(place: Proven, run: Run) -> None:
    """Also what was changed long after it was evaluated, which the daemon does not look at again."""
    keys = deliver(place)
    place.delete(keys[0])
    place.put_log(keys[3], content_of(77))
    place.put_raw(keys[5], gzip.compress(content_of(2), mtime=0) + b"x")
    place.delete(place.trail.digest_key(place.hour + 3 * HOUR))
    place.put_log(place.trail.log_key(place.hour + HOUR + 30 * MINUTES, "Planted"), content_of(5), at=place.hour + HOUR)
    code, verdict = run()
    assert (code, verdict["verdict"]) == (1, "NOT PROVED")
    assert kinds(verdict) == [
        "DigestMissing not_in_bucket",
        "FileNotVouchedFor in_no_digest",  # the two whose digest is missing, and the planted one
        "FileNotVouchedFor in_no_digest",
        "FileNotVouchedFor in_no_digest",
        "LogFileChanged other_content",
        "LogFileChanged other_content",
        "LogFileDeleted deleted",
    ]


def test_a_digest_signed_by_somebody_else_is_told(place: Proven, run: Run) -> None:
    first = place.trail.digest(place.hour)
    place.put(first)
    place.put(Trail(bucket=place.bucket.name, number=2, last=first).digest(place.hour + HOUR))
    code, verdict = run()
    assert (code, kinds(verdict)) == (1, ["DigestForged unknown_key"])


def test_a_trail_without_digests_is_not_proved(place: Proven, run: Run) -> None:
    place.put_log(place.trail.log_key(place.hour), content_of(1))
    code, verdict = run()
    assert (code, verdict["verdict"]) == (1, "no digests")


def test_keys_that_may_not_be_asked_for_are_named(place: Proven, run: Run) -> None:
    deliver(place)
    place.keys.refusal = "AccessDeniedException"
    code, verdict = run()
    assert (code, verdict["verdict"]) == (1, "could not be read")
    assert "cloudtrail:ListPublicKeys" in verdict["refusal"]


def copied(place: Proven, folder: Path) -> Path:
    listed = place.bucket.client.list_objects_v2(Bucket=place.bucket.name)["Contents"]
    for each in listed:
        path = folder / each["Key"]
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(place.bucket.client.get_object(Bucket=place.bucket.name, Key=each["Key"])["Body"].read())
    return folder


def test_in_a_folder_hashes_and_chain_are_compared_and_it_says_so(place: Proven, run: Run, tmp_path: Path) -> None:
    keys = deliver(place)
    folder = copied(place, tmp_path / "copy")
    code, verdict = run(str(folder))
    assert (code, verdict["verdict"], verdict["files"]["proved"]) == (0, "hashes and chain only", 10)
    (folder / keys[0]).write_bytes(gzip.compress(b"{}"))
    (folder / keys[1]).unlink()
    code, verdict = run(f"file:{folder}")
    assert (code, kinds(verdict)) == (1, ["LogFileChanged other_content", "LogFileDeleted deleted"])


def test_the_table_names_the_verdict_and_the_findings(
    place: Proven, run: Run, capsys: pytest.CaptureFixture[str]
) -> None:
    keys = deliver(place)
    place.delete(keys[0])
    asked: dict[str, Any] = {"config": None, "since": None, "until": None, "as_json": False, "environment": {}}
    assert verify(f"s3://{place.bucket.name}", **asked) == 1
    told = capsys.readouterr()
    assert "111122223333  eu-west-1  NOT PROVED" in told.out
    assert f"LogFileDeleted (deleted): s3://{place.bucket.name}/{keys[0]}" in told.err


@pytest.mark.parametrize("url", ["gs://bucket", "nowhere", "s3://"])
def test_what_is_no_trail_is_used_wrongly(url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    with pytest.raises(ConfigError):
        verify(url, config=None, since=None, until=None, as_json=False, environment={})


def test_an_empty_place_is_no_proof(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert verify(str(tmp_path), config=None, since=None, until=None, as_json=False, environment={}) == 1
    assert "There is no trail here" in capsys.readouterr().err
