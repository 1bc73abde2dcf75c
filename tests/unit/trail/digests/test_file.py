"""A digest file: read as CloudTrail writes it, and refused with a word for whatever is not so."""

from __future__ import annotations

import gzip
import json
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from daemon.trail.digests.container import unpack
from daemon.trail.digests.faults import BadDigest, DigestFault
from daemon.trail.digests.file import Digest, Place, is_signature, parse_digest
from daemon.trail.digests.signature import is_signed_by
from tests.doubles.digests import ACCOUNT, MadeDigest, Trail, der_of, private_key

END = datetime(2026, 3, 2, 11, 0, 0, tzinfo=UTC)
BUCKET = "trail"


def made() -> MadeDigest:
    """The second digest of a trail, with two files."""
    trail = Trail(bucket=BUCKET)
    trail.digest(END.replace(hour=10))
    return trail.digest(END, {trail.log_key(END): b"one", trail.log_key(END, "Other"): b"two"})


MADE = made()
PLACE = Place(bucket=BUCKET, key=MADE.key, account=ACCOUNT)


def parsed(document: Any, place: Place = PLACE) -> Digest:
    return parse_digest(json.dumps(document).encode(), place)


def fault_of(call: Callable[[], object]) -> DigestFault:
    with pytest.raises(BadDigest) as caught:
        call()
    assert caught.value.detail
    return caught.value.fault


def test_every_field_is_read() -> None:
    digest = parse_digest(MADE.content, PLACE)
    assert (digest.bucket, digest.key) == (BUCKET, MADE.key)
    assert (digest.starts_at, digest.ends_at) == (END.replace(hour=10), END)
    assert [file.key for file in digest.files] == [each["s3Object"] for each in MADE.document["logFiles"]]
    assert digest.previous is not None
    assert digest.previous.key == MADE.document["previousDigestS3Object"]


def test_its_signature_is_that_of_its_key_and_of_no_other() -> None:
    digest = parse_digest(MADE.content, PLACE)
    signature = bytes.fromhex(MADE.metadata["signature"])
    assert is_signed_by(der_of(private_key()), message=digest.to_sign, signature=signature)
    assert not is_signed_by(der_of(private_key(2)), message=digest.to_sign, signature=signature)
    assert not is_signed_by(b"no key", message=digest.to_sign, signature=signature)
    assert not is_signed_by(ED25519, message=digest.to_sign, signature=signature)


ED25519 = bytes.fromhex("302a300506032b6570032100" + "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a")


def test_the_first_digest_has_no_previous_and_none_can_be_half_there() -> None:
    first = Trail(bucket=BUCKET).digest(END)
    assert parse_digest(first.content, PLACE).previous is None
    half = dict(first.document) | {"previousDigestS3Object": MADE.key}
    assert fault_of(lambda: parsed(half)) is DigestFault.BAD_FIELD


def test_an_empty_hour_is_normal() -> None:
    assert parse_digest(Trail(bucket=BUCKET).digest(END).content, PLACE).files == ()


FIELDS = sorted(MADE.document)
WRONG = {"a number": 7, "a list": [1], "an object": {"a": 1}, "a boolean": True, "another text": "x", "nothing": ""}


@pytest.mark.parametrize("field", FIELDS)
@pytest.mark.parametrize("wrong", WRONG.values(), ids=WRONG)
def test_a_wrong_value_in_any_field_changes_what_is_signed_or_is_refused(field: str, wrong: object) -> None:
    """Tampering with any field is caught: by its type or pattern, by its place, or by the signature."""
    document = dict(MADE.document) | {field: wrong}
    content = json.dumps(document).encode()
    try:
        digest = parse_digest(content, PLACE)
    except BadDigest:
        return
    signature = bytes.fromhex(MADE.metadata["signature"])
    assert not is_signed_by(der_of(private_key()), message=digest.to_sign, signature=signature)


LISTED = sorted(MADE.document["logFiles"][0])


@pytest.mark.parametrize("field", LISTED)
@pytest.mark.parametrize("wrong", [7, None, "x", ""])
def test_so_does_a_wrong_value_of_a_listed_file(field: str, wrong: object) -> None:
    file = dict(MADE.document["logFiles"][0]) | {field: wrong}
    content = json.dumps(dict(MADE.document) | {"logFiles": [file]}).encode()
    try:
        digest = parse_digest(content, PLACE)
    except BadDigest:
        return
    signature = bytes.fromhex(MADE.metadata["signature"])
    assert not is_signed_by(der_of(private_key()), message=digest.to_sign, signature=signature)


@pytest.mark.parametrize(
    ("changes", "fault"),
    [
        ({"awsAccountId": "444455556666"}, DigestFault.OTHER_PLACE),
        ({"digestS3Bucket": "other"}, DigestFault.OTHER_PLACE),
        ({"digestS3Object": "AWSLogs/x"}, DigestFault.OTHER_PLACE),
        ({"digestSignatureAlgorithm": "MD5withRSA"}, DigestFault.BAD_FIELD),
        ({"digestPublicKeyFingerprint": "XYZ"}, DigestFault.BAD_FIELD),
        ({"digestStartTime": "2026-03-02T12:00:00Z"}, DigestFault.BAD_FIELD),
        ({"digestEndTime": "2026-02-31T12:00:00Z"}, DigestFault.BAD_FIELD),
        ({"digestEndTime": "now"}, DigestFault.BAD_FIELD),
        ({"digestEndTime": "2026-03-02T11:00:01Z"}, DigestFault.BAD_FIELD),  # not that of its name
        ({"digestStartTime": "2026-02-28T11:00:00Z"}, DigestFault.BAD_FIELD),  # of days
        ({"newestEventTime": "now"}, DigestFault.BAD_FIELD),
        ({"previousDigestSignature": "zz"}, DigestFault.BAD_FIELD),
        ({"previousDigestHashAlgorithm": "MD5"}, DigestFault.BAD_FIELD),
        ({"previousDigestHashValue": "AB"}, DigestFault.BAD_FIELD),
        ({"logFiles": None}, DigestFault.BAD_FIELD),
    ],
    ids=str,
)
def test_each_fault_has_its_word(changes: dict[str, object], fault: DigestFault) -> None:
    assert fault_of(lambda: parsed(dict(MADE.document) | changes)) is fault


@pytest.mark.parametrize("content", [b"", b"{", b"[]" * 9, b"\xff", b'{"a":' * 100_000, b"null"])
def test_what_is_no_json_object_is_refused(content: bytes) -> None:
    assert fault_of(lambda: parse_digest(content, PLACE)) in (DigestFault.NOT_JSON, DigestFault.BAD_FIELD)


def test_in_a_copy_only_the_way_below_the_root_must_be_right() -> None:
    copied = Place(bucket=None, key=f"copy/of/{MADE.key}", account=ACCOUNT)
    assert parse_digest(MADE.content, copied).key == MADE.key
    moved = Place(bucket=None, key=MADE.key.replace("T11", "T12"), account=ACCOUNT)
    assert fault_of(lambda: parse_digest(MADE.content, moved)) is DigestFault.OTHER_PLACE


@given(st.binary(max_size=200) | st.text(max_size=200).map(lambda text: json.dumps({"digestS3Object": text}).encode()))
def test_whatever_comes_is_refused_and_never_raises_anything_else(content: bytes) -> None:
    with pytest.raises(BadDigest):
        parse_digest(content, PLACE)


def test_a_lone_surrogate_in_a_name_is_refused() -> None:
    document = json.dumps(dict(MADE.document)).replace(BUCKET, "tr\\ud800il").encode()
    with pytest.raises(BadDigest):
        parse_digest(document, Place(bucket="tr\ud800il", key=MADE.key, account=ACCOUNT))


def test_a_signature_is_hex_of_some_length() -> None:
    assert is_signature(MADE.metadata["signature"])
    assert not is_signature("")
    assert not is_signature("AB" * 128)


def test_the_container_is_unpacked() -> None:
    assert unpack(MADE.data) == MADE.content
    large = bytes(1_000_000)
    assert unpack(gzip.compress(large)) == large


@pytest.mark.parametrize(
    ("data", "fault"),
    [
        (b"", DigestFault.BAD_GZIP),
        (b"plain", DigestFault.BAD_GZIP),
        (MADE.data[:-9], DigestFault.BAD_GZIP),
        (MADE.data[:-8] + b"12345678", DigestFault.BAD_GZIP),
        (MADE.data + b"x", DigestFault.TRAILING_BYTES),
        (MADE.data + b"\0", DigestFault.TRAILING_BYTES),
        (MADE.data + MADE.data, DigestFault.TRAILING_BYTES),
    ],
    ids=["empty", "plain", "cut off", "wrong checksum", "a byte behind", "a zero behind", "a second member"],
)
def test_a_container_that_cloudtrail_would_not_write_is_refused(data: bytes, fault: DigestFault) -> None:
    assert fault_of(lambda: unpack(data)) is fault


def test_a_huge_one_is_refused_before_it_fills_the_memory() -> None:
    assert fault_of(lambda: unpack(gzip.compress(bytes(2_000_000)), max_bytes=1_000_000)) is DigestFault.TOO_LARGE
