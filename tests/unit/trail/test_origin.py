from __future__ import annotations

import pytest

from daemon.trail.origin import Origin, address_of, origin_of


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("203.0.113.7", Origin.PUBLIC),
        ("2001:db8::1", Origin.PUBLIC),
        ("10.0.0.1", Origin.PRIVATE),
        ("172.31.255.255", Origin.PRIVATE),
        ("172.32.0.1", Origin.PUBLIC),
        ("192.168.1.1", Origin.PRIVATE),
        ("100.64.0.1", Origin.PRIVATE),
        ("127.0.0.1", Origin.PRIVATE),
        ("169.254.169.254", Origin.PRIVATE),
        ("::1", Origin.PRIVATE),
        ("fd00::1", Origin.PRIVATE),
        ("fe80::1%eth0", Origin.PRIVATE),
        ("::ffff:10.0.0.1", Origin.PRIVATE),
        ("::ffff:203.0.113.7", Origin.PUBLIC),
        ("cloudtrail.amazonaws.com", Origin.SERVICE),
        ("s3.amazonaws.com.cn", Origin.SERVICE),
        ("AWS Internal", Origin.SERVICE),
        ("", Origin.OTHER),
        ("1.2.3", Origin.OTHER),
        ("203.0.113.7, 10.0.0.1", Origin.OTHER),
        ("203.0.113.07", Origin.OTHER),
        ("<!channel>", Origin.OTHER),
        ("9" * 100_000, Origin.OTHER),
    ],
)
def test_a_source_is_an_address_of_the_internet_a_private_one_a_service_or_neither(
    source: str, expected: Origin
) -> None:
    assert origin_of(source) is expected


def test_an_address_of_ipv4_in_the_clothes_of_ipv6_is_one_of_ipv4() -> None:
    assert str(address_of("::ffff:203.0.113.7")) == "203.0.113.7"
