"""Countries and networks of addresses, from MaxMind's databases on this machine; nothing is asked of anybody else.

A file that is missing or broken costs the remark beside an address, never an alert; one that changes is read anew.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from daemon.notify.known import NOWHERE, Place
from daemon.trail.origin import address_of
from daemon.trail.printable import printable

if TYPE_CHECKING:
    from maxminddb import Reader

_LIMIT = 80
_EXTRA = "the library maxminddb is not installed; install trailwarden with its extra: pip install 'trailwarden[geoip]'"
_Stamp = tuple[int, int, int]


class Database:
    """One file, opened when it is first asked and again whenever it changes. May be used from several threads.

    The last one that could be read stays in use until a better one is there.
    """

    def __init__(self, path: Path | str) -> None:
        self.path = Path(path)
        self._lock = threading.Lock()
        self._reader: Reader | None = None
        self._stamp: _Stamp | None = None
        self._fault: str | None = None

    def look_up(self, address: str) -> Mapping[str, Any]:
        """What the file says of an address; empty when nothing, or when it cannot be read."""
        with self._lock:
            self._follow()
            if self._reader is None:
                return {}
            try:
                found = self._reader.get(address)
            except _BROKEN as fault:
                # An IPv6 address in a file of IPv4 is a ValueError too, and no fault of the file.
                if not (isinstance(fault, ValueError) and ":" in address):
                    self._fault = f"{self.path}: cannot be read ({type(fault).__name__}); download it again"
                return {}
            return found if isinstance(found, dict) else {}

    def fault(self) -> str | None:
        """What is wrong with the file now, and how to mend it."""
        with self._lock:
            self._follow()
            return self._fault

    def close(self) -> None:
        """Let go of the file."""
        with self._lock:
            if self._reader is not None:
                self._reader.close()
            self._reader, self._stamp = None, None

    def _follow(self) -> None:
        """Open the file if it is another one than before."""
        try:
            status = self.path.stat()
        except OSError as fault:
            self._stamp = None
            self._fault = f"{self.path}: {fault.strerror or fault}; download the database, or take it out of geoip"
            return
        stamp = (status.st_mtime_ns, status.st_size, status.st_ino)
        if stamp == self._stamp:
            return
        self._stamp = stamp
        try:
            opened = _open(self.path)
        except ImportError:
            self._fault = f"{self.path}: {_EXTRA}"
        except (OSError, *_BROKEN) as fault:
            self._fault = f"{self.path}: is no MaxMind database ({type(fault).__name__}); download it again"
        else:
            if self._reader is not None:
                self._reader.close()
            self._reader, self._fault = opened, None


# What the library raises at bytes that are no database, or are being overwritten while it reads them.
_BROKEN = (ValueError, LookupError, TypeError, ArithmeticError, RecursionError, AttributeError, RuntimeError)


def _open(path: Path) -> Reader:
    # Asked for here: without the extra everything else works. As a file, since a map of one that is cut short while it
    # is read would end the program.
    from maxminddb import MODE_FILE, open_database

    return open_database(str(path), MODE_FILE)


class Networks:
    """Where addresses lie, by the databases that are configured; each may be missing."""

    def __init__(self, *, country: Path | str | None = None, asn: Path | str | None = None) -> None:
        self._country = Database(country) if country else None
        self._asn = Database(asn) if asn else None

    def place_of(self, source: str) -> Place:
        """Country and network of an address; NOWHERE for anything else. Never raises."""
        address = address_of(source)
        if address is None:
            return NOWHERE
        return Place(
            country=_said(self._country, str(address), _country),
            network=_said(self._asn, str(address), _network),
        )

    def faults(self) -> list[str]:
        """What is wrong with the files now."""
        found = (database.fault() for database in (self._country, self._asn) if database)
        return [fault for fault in found if fault]

    def close(self) -> None:
        """Let go of the files."""
        for database in (self._country, self._asn):
            if database:
                database.close()


def _said(database: Database | None, address: str, told: Callable[[Mapping[str, Any]], str]) -> str:
    return printable(told(database.look_up(address)), limit=_LIMIT) if database else ""


def _country(found: Mapping[str, Any]) -> str:
    """In English, else its code. MaxMind nests it, others write it flat."""
    for key in ("country", "registered_country"):
        country = found.get(key)
        if isinstance(country, str):
            return _text(found, "country_name") or country
        if isinstance(country, dict):
            names = country.get("names")
            return (_text(names, "en") if isinstance(names, dict) else "") or _text(country, "iso_code")
    return _text(found, "country_code")


def _network(found: Mapping[str, Any]) -> str:
    """`AS64500 Example Net`."""
    number = found.get("autonomous_system_number")
    name = f"AS{number}" if isinstance(number, int) else _text(found, "asn")
    owner = _text(found, "autonomous_system_organization") or _text(found, "as_name") or _text(found, "name")
    return " ".join(filter(None, (name, owner)))


def _text(value: Mapping[str, Any], key: str) -> str:
    inner = value.get(key)
    return inner if isinstance(inner, str) else ""
