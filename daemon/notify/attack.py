"""Sigma's ATT&CK tags as techniques that a reader can look up."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

_TECHNIQUE = re.compile(r"attack\.(t\d{4})(?:\.(\d{3}))?", re.IGNORECASE)


@dataclass(frozen=True, slots=True, kw_only=True)
class Technique:
    """`T1098.003` and where it is described."""

    id: str
    url: str


def techniques(tags: Iterable[str]) -> tuple[Technique, ...]:
    """The techniques among a rule's tags, each once; tactics and other tags are passed over."""
    found = (match for tag in tags if (match := _TECHNIQUE.fullmatch(tag)))
    return tuple({name: _technique(match) for match in found for name in [match[0].casefold()]}.values())


def _technique(match: re.Match[str]) -> Technique:
    parts = [part.upper() for part in match.groups() if part]
    return Technique(id=".".join(parts), url=f"https://attack.mitre.org/techniques/{'/'.join(parts)}/")
