"""Ids of accounts in a sentence, each with the name that people know it by."""

from __future__ import annotations

import re
from collections.abc import Mapping

from daemon.trail.printable import printable

_NAME_LIMIT = 60
# Not within an ARN, a key or a longer number: those are there to be copied.
_ID = re.compile(r"(?<![\w:/@.-])\d{12}(?![\w/@-]|:\S|\.\d)", re.ASCII)


def named_account(account: str, names: Mapping[str, str]) -> str:
    """`prod (111122223333)`, or the bare id where no name is known."""
    name = printable(names.get(account, ""), limit=_NAME_LIMIT)
    return f"{name} ({account})" if name else account


def with_names(text: str, names: Mapping[str, str]) -> str:
    """Put the names of accounts beside their ids wherever these stand alone."""
    return _ID.sub(lambda found: named_account(found[0], names), text) if names else text
