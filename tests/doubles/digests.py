"""CloudTrail as digests know it: keys, an endpoint that lists them, digests signed with them, chained by the hour."""

from __future__ import annotations

import base64
import gzip
import hashlib
import json
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import cache
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey, generate_private_key
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

ACCOUNT, REGION, TRAIL = "111122223333", "eu-west-1", "main"
EPOCH, THE_END = datetime(2020, 1, 1, tzinfo=UTC), datetime(2040, 1, 1, tzinfo=UTC)


@cache
def _key_pair(number: int) -> RSAPrivateKey:
    return generate_private_key(65537, 2048)


def private_key(number: int = 1) -> RSAPrivateKey:
    """A key pair, made once for each number."""
    return _key_pair(number)


def der_of(key: RSAPrivateKey) -> bytes:
    """The public key as AWS gives it."""
    return key.public_key().public_bytes(Encoding.DER, PublicFormat.PKCS1)


def fingerprint_of(key: RSAPrivateKey) -> str:
    """As it stands in a digest."""
    return hashlib.md5(der_of(key)).hexdigest()


@dataclass(slots=True)
class KeyList:
    """What `ListPublicKeys` answers, by region: keys with the times in which they were in use."""

    keys: dict[str, list[tuple[RSAPrivateKey, datetime, datetime]]] = field(default_factory=dict)
    refusal: str = ""
    asked: list[tuple[str, float, float]] = field(default_factory=list)

    def add(self, number: int = 1, *, region: str = REGION, start: datetime = EPOCH, end: datetime = THE_END) -> None:
        self.keys.setdefault(region, []).append((private_key(number), start, end))

    def answer(self, region: str, start: float, end: float, token: str | None) -> dict[str, Any]:
        """One key a page, so that pages are followed."""
        self.asked.append((region, start, end))
        found = [
            {
                "Value": base64.b64encode(der_of(key)).decode(),
                "ValidityStartTime": since.timestamp(),
                "ValidityEndTime": until.timestamp(),
                "Fingerprint": fingerprint_of(key),
            }
            for key, since, until in self.keys.get(region, [])
            if since.timestamp() <= end and until.timestamp() >= start
        ]
        at = int(token or 0)
        more = {"NextToken": str(at + 1)} if at + 1 < len(found) else {}
        return {"PublicKeyList": found[at : at + 1], **more}


class _Handler(BaseHTTPRequestHandler):
    key_list: KeyList

    def do_POST(self) -> None:
        asked = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        region = self.headers["Authorization"].split("Credential=")[1].split("/")[2]
        assert self.headers["X-Amz-Target"].endswith(".ListPublicKeys")
        refusal = self.key_list.refusal
        if refusal:
            self._send(400, {"__type": refusal, "message": "no"})
        else:
            body = self.key_list.answer(region, asked["StartTime"], asked["EndTime"], asked.get("NextToken"))
            self._send(200, body)

    def _send(self, status: int, body: Mapping[str, Any]) -> None:
        data = json.dumps(body).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/x-amz-json-1.1")
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)

    def log_message(self, *args: object) -> None:
        """Nothing."""


@contextmanager
def key_server(key_list: KeyList) -> Iterator[str]:
    """CloudTrail's endpoint on a free port of the loopback; gives its URL."""
    handler = type("Handler", (_Handler,), {"key_list": key_list})
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


@dataclass(frozen=True, slots=True, kw_only=True)
class MadeDigest:
    """A digest file as CloudTrail would put it: key, bytes, metadata."""

    key: str
    document: Mapping[str, Any]
    content: bytes
    data: bytes
    metadata: Mapping[str, str]


@dataclass(slots=True, kw_only=True)
class Trail:
    """Writes the digests of one trail, account and region, hour by hour."""

    bucket: str
    account: str = ACCOUNT
    region: str = REGION
    trail: str = TRAIL
    prefix: str = ""
    number: int = 1
    suffix: str = ""
    last: MadeDigest | None = None

    @property
    def log_path(self) -> str:
        return f"{self.prefix}AWSLogs/{self.account}/CloudTrail/{self.region}"

    @property
    def digest_path(self) -> str:
        return f"{self.prefix}AWSLogs/{self.account}/CloudTrail-Digest/{self.region}"

    def log_key(self, at: datetime, unique: str = "Ab3dEf6hIj9lMn2p") -> str:
        name = f"{self.account}_CloudTrail_{self.region}_{at:%Y%m%dT%H%MZ}_{unique}.json.gz"
        return f"{self.log_path}/{at:%Y/%m/%d}/{name}"

    def digest_key(self, end: datetime) -> str:
        name = f"{self.account}_CloudTrail-Digest_{self.region}_{self.trail}_{self.region}_{end:%Y%m%dT%H%M%SZ}"
        return f"{self.digest_path}/{end:%Y/%m/%d}/{name}{self.suffix}.json.gz"

    def digest(
        self,
        end: datetime,
        files: Mapping[str, bytes] | None = None,
        *,
        change: Callable[[dict[str, Any]], None] = lambda document: None,
        metadata: Mapping[str, str] | None = None,
        restarts: bool = False,
        start: datetime | None = None,
    ) -> MadeDigest:
        """The next digest. `files` are uncompressed contents by key; `change` is made before it is signed."""
        previous = None if restarts else self.last
        document = self._document(start or end - timedelta(hours=1), end, files or {}, previous)
        change(document)
        made = self._signed(document, end, metadata or {})
        self.last = made
        return made

    def _document(
        self, start: datetime, end: datetime, files: Mapping[str, bytes], previous: MadeDigest | None
    ) -> dict[str, Any]:
        return {
            "awsAccountId": self.account,
            "digestStartTime": f"{start:%Y-%m-%dT%H:%M:%SZ}",
            "digestEndTime": f"{end:%Y-%m-%dT%H:%M:%SZ}",
            "digestS3Bucket": self.bucket,
            "digestS3Object": self.digest_key(end),
            "digestPublicKeyFingerprint": fingerprint_of(private_key(self.number)),
            "digestSignatureAlgorithm": "SHA256withRSA",
            "newestEventTime": None,
            "oldestEventTime": None,
            "previousDigestS3Bucket": self.bucket if previous else None,
            "previousDigestS3Object": previous.key if previous else None,
            "previousDigestHashValue": hashlib.sha256(previous.content).hexdigest() if previous else None,
            "previousDigestHashAlgorithm": "SHA-256" if previous else None,
            "previousDigestSignature": previous.metadata["signature"] if previous else None,
            "logFiles": [
                {
                    "s3Bucket": self.bucket,
                    "s3Object": key,
                    "hashValue": hashlib.sha256(content).hexdigest(),
                    "hashAlgorithm": "SHA-256",
                    "newestEventTime": f"{end:%Y-%m-%dT%H:%M:%SZ}",
                    "oldestEventTime": f"{start:%Y-%m-%dT%H:%M:%SZ}",
                }
                for key, content in files.items()
            ],
        }

    def _signed(self, document: Mapping[str, Any], end: datetime, metadata: Mapping[str, str]) -> MadeDigest:
        content = json.dumps(document).encode()
        signature = sign(document, content, number=self.number)
        told = {"signature": signature, "signature-algorithm": "SHA256withRSA", **metadata}
        return MadeDigest(
            key=self.digest_key(end),
            document=document,
            content=content,
            data=gzip.compress(content, mtime=0),
            metadata=told,
        )


def sign(document: Mapping[str, Any], content: bytes, *, number: int = 1) -> str:
    """The signature in hex, by what CloudTrail signs."""
    parts: Sequence[str] = (
        str(document.get("digestEndTime")),
        f"{document.get('digestS3Bucket')}/{document.get('digestS3Object')}",
        hashlib.sha256(content).hexdigest(),
        str(document.get("previousDigestSignature") or "null"),
    )
    return private_key(number).sign("\n".join(parts).encode(), PKCS1v15(), SHA256()).hex()
