"""What the configuration says of the world around events: names of accounts, and where to learn more of both."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any

from pydantic import BeforeValidator, Field, ValidationInfo, field_validator

from daemon.config.section import OptionalSecret, OptionalText, Section

_ACCOUNT = re.compile(r"\d{12}", re.ASCII)


class AccountConfig(Section):
    """What people call an account, and the organisational unit that it is in."""

    name: str = Field(min_length=1, max_length=60)
    ou: OptionalText = None


class OrganizationConfig(Section):
    """Whether AWS Organizations is asked for the names of accounts, and as whom."""

    names: bool = False
    role_arn: OptionalText = Field(default=None, pattern=r"^arn:aws[a-z-]*:iam::\d{12}:role/.+$")
    external_id: OptionalSecret = None
    region: OptionalText = None


class GeoipConfig(Section):
    """MaxMind databases on this machine, by which addresses get a country and a network."""

    country: OptionalText = None
    asn: OptionalText = None

    @field_validator("country", "asn")
    @classmethod
    def _absolute(cls, path: str | None, info: ValidationInfo) -> str | None:
        return str((Path((info.context or {}).get("base", ".")) / path).resolve()) if path else None


def _by_ids(value: Any) -> Any:
    """`prod` is short for `{name: prod}`."""
    if not isinstance(value, dict):
        return value
    if wrong := [key for key in value if not _ACCOUNT.fullmatch(str(key))]:
        raise ValueError(f"{str(wrong[0])[:40]!r} is no account id, which has twelve digits")
    return {key: {"name": each} if isinstance(each, str) else each for key, each in value.items()}


def units_of(accounts: Mapping[str, AccountConfig]) -> dict[str, frozenset[str]]:
    """The accounts of each organisational unit, those of the units below it included."""
    found: dict[str, set[str]] = defaultdict(set)
    for account, each in accounts.items():
        names = unit_path(each.ou or "").split("/")
        for depth in range(1, len(names) + 1):
            found["/".join(names[:depth])].add(account)
    found.pop("", None)
    return {unit: frozenset(inside) for unit, inside in found.items()}


def unit_path(unit: str) -> str:
    """A unit as units are compared: without slashes at its ends, and without spaces around its names."""
    return "/".join(filter(None, (name.strip() for name in unit.split("/"))))


Accounts = Annotated[dict[str, AccountConfig], BeforeValidator(_by_ids)]
