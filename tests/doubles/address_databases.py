"""Small databases of addresses in MaxMind's format, written when a test needs them."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from mmdb_writer import MMDBWriter
from netaddr import IPSet

GERMANY = {"country": {"iso_code": "DE", "names": {"en": "Germany", "de": "Deutschland"}}}
FRANCE = {"country": {"iso_code": "FR", "names": {"en": "France"}}}
EXAMPLE_NET = {"autonomous_system_number": 64500, "autonomous_system_organization": "Example Net"}


def write_database(path: Path, networks: Mapping[str, Any], *, version: int = 6) -> Path:
    """Put a database in place of whatever is there, as updaters do: beside it first."""
    writer = MMDBWriter(ip_version=version, ipv4_compatible=version == 6, database_type="Test")
    for network, record in networks.items():
        writer.insert_network(IPSet([network]), record)
    beside = path.with_suffix(".new")
    writer.to_db_file(str(beside))
    os.replace(beside, path)
    return path
