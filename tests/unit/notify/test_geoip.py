"""Databases of addresses: what they say, and that nothing about the files can cost more than the remark."""

from __future__ import annotations

import os
import sys
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from daemon.notify.geoip import Database, Networks
from daemon.notify.known import NOWHERE, Place
from tests.doubles.address_databases import EXAMPLE_NET, FRANCE, GERMANY, write_database

ADDRESS = "203.0.113.7"


@pytest.fixture
def made() -> Iterator[Callable[..., Networks]]:
    opened: list[Networks] = []

    def make(**paths: Path) -> Networks:
        opened.append(Networks(**paths))
        return opened[-1]

    yield make
    for networks in opened:
        networks.close()


def test_an_address_gets_its_country_and_its_network(tmp_path: Path, made: Callable[..., Networks]) -> None:
    country = write_database(tmp_path / "country.mmdb", {"203.0.113.0/24": GERMANY, "2001:db8::/32": FRANCE})
    asn = write_database(tmp_path / "asn.mmdb", {"203.0.113.0/24": EXAMPLE_NET})
    networks = made(country=country, asn=asn)
    assert networks.place_of(ADDRESS) == Place(country="Germany", network="AS64500 Example Net")
    assert networks.place_of("2001:db8::1") == Place(country="France")
    assert networks.place_of(f"::ffff:{ADDRESS}").country == "Germany"
    assert networks.place_of("198.51.100.1") == NOWHERE
    assert networks.faults() == []


@pytest.mark.parametrize("source", ["", "cloudtrail.amazonaws.com", "AWS Internal", "1.2.3", "x" * 100_000, "\x00"])
def test_what_is_no_address_is_nowhere(source: str, tmp_path: Path, made: Callable[..., Networks]) -> None:
    networks = made(country=write_database(tmp_path / "country.mmdb", {"0.0.0.0/1": GERMANY}))
    assert networks.place_of(source) == NOWHERE


def test_without_any_database_everything_is_nowhere(made: Callable[..., Networks]) -> None:
    assert (made().place_of(ADDRESS), made().faults()) == (NOWHERE, [])


@pytest.mark.parametrize(
    ("record", "expected"),
    [
        ({"country": {"iso_code": "DE"}}, "DE"),
        ({"country": {"names": {"en": 7}, "iso_code": "DE"}}, "DE"),
        ({"country": {"names": "x"}}, ""),
        ({"registered_country": {"names": {"en": "Germany"}}}, "Germany"),
        ({"country": "DE", "country_name": "Germany"}, "Germany"),
        ({"country": "Germany", "country_code": "DE"}, "Germany"),
        ({"country_code": "DE"}, "DE"),
        ({"country": {"names": {"en": "Ger\u202emany\n" + "x" * 500}}}, "Germany " + "x" * 71 + "…"),
        ({"country": 7}, ""),
        ({}, ""),
        ("Germany", ""),
    ],
)
def test_a_country_is_read_as_databases_write_it(
    record: Any, expected: str, tmp_path: Path, made: Callable[..., Networks]
) -> None:
    networks = made(country=write_database(tmp_path / "country.mmdb", {"203.0.113.0/24": record}))
    assert networks.place_of(ADDRESS).country == expected


@pytest.mark.parametrize(
    ("record", "expected"),
    [
        ({"autonomous_system_number": 64500}, "AS64500"),
        ({"asn": "AS64500", "as_name": "Example Net"}, "AS64500 Example Net"),
        ({"asn": "AS64500", "name": "Example Net"}, "AS64500 Example Net"),
        ({"autonomous_system_number": "64500"}, ""),
    ],
)
def test_a_network_is_read_as_databases_write_it(
    record: Any, expected: str, tmp_path: Path, made: Callable[..., Networks]
) -> None:
    networks = made(asn=write_database(tmp_path / "asn.mmdb", {"203.0.113.0/24": record}))
    assert networks.place_of(ADDRESS).network == expected


def test_an_address_of_ipv6_in_a_database_of_ipv4_is_no_fault(tmp_path: Path, made: Callable[..., Networks]) -> None:
    networks = made(country=write_database(tmp_path / "country.mmdb", {"203.0.113.0/24": GERMANY}, version=4))
    assert networks.place_of("2001:db8::1") == NOWHERE
    assert networks.faults() == []


def test_a_file_that_is_replaced_is_read_anew(tmp_path: Path, made: Callable[..., Networks]) -> None:
    path = write_database(tmp_path / "country.mmdb", {"203.0.113.0/24": GERMANY})
    networks = made(country=path)
    assert networks.place_of(ADDRESS).country == "Germany"
    write_database(path, {"203.0.113.0/24": FRANCE})
    assert networks.place_of(ADDRESS).country == "France"


def test_a_missing_file_is_told_and_found_once_it_is_there(tmp_path: Path, made: Callable[..., Networks]) -> None:
    path = tmp_path / "country.mmdb"
    networks = made(country=path)
    assert networks.place_of(ADDRESS) == NOWHERE
    assert networks.faults() == [
        f"{path}: No such file or directory; download the database, or take it out of geoip",
    ]
    write_database(path, {"203.0.113.0/24": GERMANY})
    assert networks.place_of(ADDRESS).country == "Germany"
    assert networks.faults() == []


@pytest.mark.parametrize("content", [b"", b"no database", b"\xab\xcd\xefMaxMind.com", b"\x00" * 70_000])
def test_a_broken_file_is_told_and_the_last_good_one_stays(
    content: bytes, tmp_path: Path, made: Callable[..., Networks]
) -> None:
    path = write_database(tmp_path / "country.mmdb", {"203.0.113.0/24": GERMANY})
    networks = made(country=path)
    assert networks.place_of(ADDRESS).country == "Germany"
    (tmp_path / "broken").write_bytes(content)
    os.replace(tmp_path / "broken", path)
    assert networks.place_of(ADDRESS).country == "Germany"
    (fault,) = networks.faults()
    assert "is no MaxMind database" in fault
    path.unlink()
    assert networks.place_of(ADDRESS).country == "Germany"


@pytest.mark.parametrize("keep", range(1, 10))
def test_a_database_that_is_cut_or_overwritten_in_place_never_raises(
    keep: int, tmp_path: Path, made: Callable[..., Networks]
) -> None:
    path = write_database(tmp_path / "country.mmdb", {f"203.0.{n}.0/24": GERMANY | {"n": n} for n in range(200)})
    content = path.read_bytes()
    broken = content[: len(content) * keep // 10] + b"\xff" * 500 + content[-200:]
    path.write_bytes(broken)
    networks = made(country=path)
    for n in range(200):
        networks.place_of(f"203.0.{n}.7")
    assert all(str(path) in fault for fault in networks.faults())


def test_a_folder_is_no_database(tmp_path: Path, made: Callable[..., Networks]) -> None:
    networks = made(country=tmp_path)
    assert networks.place_of(ADDRESS) == NOWHERE
    assert len(networks.faults()) == 1


def test_without_the_library_it_is_told_how_to_have_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = write_database(tmp_path / "country.mmdb", {"203.0.113.0/24": GERMANY})
    monkeypatch.setitem(sys.modules, "maxminddb", None)
    networks = Networks(country=path)
    assert networks.place_of(ADDRESS) == NOWHERE
    assert "trailwarden[geoip]" in networks.faults()[0]


def test_many_threads_may_ask_while_the_file_changes(tmp_path: Path) -> None:
    path = write_database(tmp_path / "country.mmdb", {"203.0.113.0/24": GERMANY})
    database, found, begun = Database(path), set[str](), threading.Barrier(4)

    def ask() -> None:
        begun.wait()
        for _ in range(200):
            found.add(database.look_up(ADDRESS)["country"]["iso_code"])

    threads = [threading.Thread(target=ask) for _ in range(3)]
    for thread in threads:
        thread.start()
    begun.wait()
    for _ in range(5):
        write_database(path, {"203.0.113.0/24": FRANCE})
    for thread in threads:
        thread.join()
    found.add(database.look_up(ADDRESS)["country"]["iso_code"])
    database.close()
    assert found <= {"DE", "FR"}
    assert "FR" in found
