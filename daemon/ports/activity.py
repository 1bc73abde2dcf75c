"""What is heard of each shard, and the silences that people were told of."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from daemon.model import Shard
from daemon.model.activity import Hours


@dataclass(frozen=True, slots=True, kw_only=True)
class Heard:
    """What was heard of a shard: the newest stamp and event of the files worked on, and in which hours they came.

    `waits_from` is the newest stamp of what waits to be worked on; each is None when there is none.
    """

    shard: Shard
    listed_at: datetime | None
    heard_at: datetime | None
    event_at: datetime | None
    waits_from: datetime | None
    hours: Hours | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Whose:
    """Who is silent: a shard by its path, a whole account without one, the whole source with neither."""

    account: str = ""
    path: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class ToldSilence:
    """A silence, and when people were told of it; None while nobody was."""

    since: datetime
    told_at: datetime | None


class Activity(Protocol):
    """What is heard of shards, and which silences are known. What is heard is learned by the recorder."""

    def heard(self, source: str) -> list[Heard]:
        """Every shard of a source with what was heard of it; one of which nothing was ever worked on too."""

    def began_at(self, source: str) -> datetime | None:
        """When a source was first seen; None when it never was."""

    def silences(self, source: str) -> dict[Whose, ToldSilence]:
        """The silences that are known of a source."""

    def note_silences(self, source: str, noted: Mapping[Whose, ToldSilence | None]) -> None:
        """Write down silences, or that one is over (None), all or none."""
