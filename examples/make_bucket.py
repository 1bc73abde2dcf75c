"""Writes examples/bucket: a tiny trail, laid out exactly as CloudTrail lays out a bucket, the same bytes each time.

`python -m examples.make_bucket [FOLDER]` from the root of the repository.
"""

from __future__ import annotations

import hashlib
import json
import sys
import zlib
from datetime import datetime
from pathlib import Path
from typing import Any

from examples.bucket_events import SHOP, LogFile
from examples.bucket_files import log_files

ORG_ID = "o-exampleorg1"
BUCKET = "example-trail"


def bucket() -> dict[str, bytes]:
    """Every object of the bucket by key, gzipped."""
    contents = {log_key(file): as_json({"Records": file.records}) for file in log_files()}
    digest_key, digest = digest_file(contents)
    return {key: gzipped(content) for key, content in {**contents, digest_key: digest}.items()}


def log_key(file: LogFile) -> str:
    """AWSLogs/<org>/<account>/CloudTrail/<region>/YYYY/MM/DD/<account>_CloudTrail_<region>_<minute>Z_<16>.json.gz"""
    name = f"{file.account}_CloudTrail_{file.region}_{file.stamp}Z_{file.unique}.json.gz"
    return f"{_folder(file.account, 'CloudTrail', file.region, file.stamp)}/{name}"


def digest_file(contents: dict[str, bytes]) -> tuple[str, bytes]:
    """The digest that lists one region's files of one hour: it is no log file, and a reader must pass it over."""
    region, stamp = "us-east-1", "20260302T100000"
    name = f"{SHOP}_CloudTrail-Digest_{region}_organisation_{region}_{stamp}Z.json.gz"
    key = f"{_folder(SHOP, 'CloudTrail-Digest', region, stamp)}/{name}"
    listed = {path: data for path, data in contents.items() if f"/{SHOP}/CloudTrail/{region}/2026/03/02/" in path}
    digest = {
        "awsAccountId": SHOP,
        "digestStartTime": "2026-03-02T09:00:00Z",
        "digestEndTime": "2026-03-02T10:00:00Z",
        "digestS3Bucket": BUCKET,
        "digestS3Object": key,
        "digestPublicKeyFingerprint": hashlib.sha256(b"an example, never signed").hexdigest()[:32],
        "digestSignatureAlgorithm": "SHA256withRSA",
        "newestEventTime": "2026-03-02T09:22:42Z",
        "oldestEventTime": "2026-03-02T09:01:58Z",
        "previousDigestS3Bucket": None,
        "previousDigestS3Object": None,
        "previousDigestHashValue": None,
        "previousDigestHashAlgorithm": None,
        "previousDigestSignature": None,
        "logFiles": [_listed(path, data) for path, data in listed.items()],
    }
    return key, as_json(digest)


def gzipped(content: bytes) -> bytes:
    """Without a time in the header, which Python versions write differently through their gzip module."""
    return zlib.compress(content, 9, wbits=31)


def as_json(value: Any) -> bytes:
    """Compact, as CloudTrail writes it."""
    return json.dumps(value, separators=(",", ":"), ensure_ascii=False).encode()


def write_bucket(folder: Path) -> None:
    """Write every object as a file under `folder`; files that stand there already are written anew."""
    for key, content in bucket().items():
        path = folder / key
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)


def _folder(account: str, kind: str, region: str, stamp: str) -> str:
    day = datetime.strptime(stamp[:8], "%Y%m%d").date()  # noqa: DTZ007 (a day, no moment)
    return f"AWSLogs/{ORG_ID}/{account}/{kind}/{region}/{day:%Y/%m/%d}"


def _listed(path: str, data: bytes) -> dict[str, str]:
    records = json.loads(data)["Records"]
    times = sorted(record["eventTime"] for record in ([records] if isinstance(records, dict) else records))
    return {
        "s3Bucket": BUCKET,
        "s3Object": path,
        "hashValue": hashlib.sha256(data).hexdigest(),
        "hashAlgorithm": "SHA-256",
        "newestEventTime": times[-1],
        "oldestEventTime": times[0],
    }


if __name__ == "__main__":
    write_bucket(Path(sys.argv[1]) if len(sys.argv) > 1 else Path(__file__).parent / "bucket")
