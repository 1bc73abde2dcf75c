from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from daemon.trail.faults import ReadFault
from tests.doubles.loose import split_loose

A, B = b'{"eventVersion":"1.11","eventName":"A"}', b'{"eventVersion":"1.11","eventName":"B"}'
PRETTY = json.dumps(json.loads(A), indent=2).encode()
ENVELOPE = b'{"version":"0","detail-type":"AWS API Call via CloudTrail","source":"aws.iam","detail":%b}' % A
OTHER_ENVELOPE = b'{"detail-type":"Object Created","detail":{"bucket":{"name":"eventName"}}}'
RECORD_WITH_DETAIL = b'{"eventVersion":"1.11","detail-type":"x","detail":%b}' % B
LOOKUP = json.dumps(
    {"Events": [{"EventId": "1", "CloudTrailEvent": A.decode()}, {"CloudTrailEvent": B.decode()}]}
).encode()


@pytest.mark.parametrize(
    ("content", "found"),
    [
        (b'{"Records":[%b,%b]}' % (A, B), [A, B]),
        (b'{"Records":%b}' % A, [A]),
        (b'{\n"Records": [%b,\n%b]\n}' % (A, B), [A, B]),
        (b"[%b,%b]" % (A, B), [A, B]),
        (b"[\n%b,\n%b\n]\n" % (A, B), [A, B]),
        (b"[]", []),
        (A, [A]),
        (PRETTY, [PRETTY]),
        (A + b"\n\n" + B + b"\r\n", [A, B]),
        (PRETTY + b"\n" + B, [PRETTY, B]),
        (A + b" " + B, [A + b" " + B]),
        (PRETTY + b",\n" + PRETTY + b"\n{broken\n}", [PRETTY, PRETTY, b"{broken\n}"]),
        (b'{"Records":[%b]}\n{"Records":[%b]}\n' % (A, B), [A, B]),
        (b'[{"Records":[%b]},{"Records":%b}]' % (A, B), [A, B]),
        (LOOKUP, [A, B]),
        (b'[{"CloudTrailEvent":7}]', [b"7"]),
        (b'{"Events":[%b]}' % A, [A]),
        (ENVELOPE, [A]),
        (ENVELOPE + b"\n" + ENVELOPE + b"\n", [A, A]),
        (b"[%b,%b]" % (ENVELOPE, ENVELOPE), [A, A]),
        (b"[%b,%b]" % (B, ENVELOPE), [B, A]),
        (OTHER_ENVELOPE, [OTHER_ENVELOPE]),
        (b'{"detail-type":"x","detail":7}', [b'{"detail-type":"x","detail":7}']),
        (RECORD_WITH_DETAIL, [RECORD_WITH_DETAIL]),
        (b'{"Records":[%b]}' % ENVELOPE, [ENVELOPE]),
        ('{"Records":[]}'.encode("utf-16"), []),
        (A.decode().encode("utf-16"), [A]),
        (b"\xef\xbb\xbf" + A, [A]),
        (A + b"\n{broken\n" + B, [A, b"{broken", B]),
        (b"[7,%b]" % A, [b"7", A]),
        (b'[{"a":"\x07"},%b]' % A, [b'{"a":"\x07"}', A]),
        (b"", [ReadFault.NO_RECORDS]),
        (b" \n", [ReadFault.NO_RECORDS]),
        (b"hello", [ReadFault.NOT_JSON]),
        (b'{"Records":[%b' % A, [A, ReadFault.TRUNCATED]),
        (b'{"Records":[%b,\n{"ev' % A, [A, b'{"ev', ReadFault.TRUNCATED]),
        (b'{"a":1,"Records":7}', [ReadFault.NO_RECORDS]),
    ],
)  # fmt: skip
def test_every_shape_that_people_have_gives_its_events(content: bytes, found: list[bytes | ReadFault]) -> None:
    assert list(split_loose(content)) == found


@given(st.binary(max_size=80) | st.text('{}[]",:aR1 \n', max_size=40).map(str.encode))
def test_no_bytes_make_it_raise(content: bytes) -> None:
    list(split_loose(content))
    list(split_loose(b'[{"Records":' + content))
