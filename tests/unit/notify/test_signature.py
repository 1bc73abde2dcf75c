from __future__ import annotations

from daemon.notify.keys import delivery_key
from daemon.notify.signature import signature_headers
from tests.doubles.alerts import a_delivery


def test_a_signature_is_what_the_page_says_it_is() -> None:
    """By `printf '1772366400.{"a":1}' | openssl dgst -sha256 -hmac key`."""
    assert signature_headers(b'{"a":1}', secret="key", timestamp=1772366400) == {
        "X-Trailwarden-Timestamp": "1772366400",
        "X-Trailwarden-Signature": "v1=90a64f88ebf606de162bfece044c01c80129bba6361c091018f52b4b50366e6b",
    }


def test_a_delivery_keeps_its_key_over_its_tries_and_over_a_restore() -> None:
    assert delivery_key(a_delivery(id=1)) == delivery_key(a_delivery(id=99, attempts=7)) == "alert-1.security.open.0"
