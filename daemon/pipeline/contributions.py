"""Hits to contributions: what a correlation keeps of an event until its window is over. Small, since it is many."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from daemon.detect.contribute import count_for
from daemon.detect.evaluation import Hit
from daemon.detect.fields import resolve, scalars
from daemon.model import Contribution, Event, Feed
from daemon.trail.masking import mask_value
from daemon.trail.template import DERIVED, paths_of

MOST = 100_000  # kept of one object
TOLD_BYTES = 16 << 20  # of memory, for what the contributions of one object tell of their events
_VALUE_CHARS = 200
_WEIGHT = 1_000  # bytes of memory that one takes at most, besides what it tells
_TOLD = (
    "eventName",
    "eventSource",
    "errorCode",
    "errorMessage",
    "sourceIPAddress",
    "userAgent",
    "awsRegion",
    "recipientAccountId",
)
_IDENTITY = ("type", "arn", "principalId", "accountId", "accessKeyId", "userName", "invokedBy")


class Contributions:
    """Collects those of one object; `left_out` counts what there was no room for."""

    def __init__(self) -> None:
        self.found: list[Contribution] = []
        self.left_out = 0
        self.told_bytes = 0

    @property
    def held_bytes(self) -> int:
        """What they weigh in memory."""
        return len(self.found) * _WEIGHT + self.told_bytes

    def add(self, hits: Sequence[Hit], event: Event) -> None:
        """All that the hits of one record count for."""
        outline: dict[str, Any] | None = None
        for hit in hits:
            for feed in hit.rule.feeds:
                for group, values in count_for(feed, hit.record):
                    if len(self.found) >= MOST:
                        self.left_out += 1
                        continue
                    if outline is None:
                        outline = outline_of(hit.record)
                    self.found.append(
                        Contribution(
                            correlation=feed.correlation,
                            base=feed.base,
                            group=group,
                            event=event,
                            values=values,
                            record=self._told(feed, hit.record, outline),
                        )
                    )

    def _told(self, feed: Feed, record: Mapping[str, Any], outline: dict[str, Any]) -> Mapping[str, Any]:
        if self.told_bytes >= TOLD_BYTES:
            return {}
        self.told_bytes += _WEIGHT
        template = feed.correlation.options.summary
        asked = paths_of(template) if template else ()
        return outline | {path: value for path in asked if (value := _shown(record, path)) is not None}


def outline_of(record: Mapping[str, Any]) -> dict[str, Any]:
    """Who did what from where, in a few masked values: enough to tell an event among others."""
    identity = record.get("userIdentity")
    outline = {name: value for name in _TOLD if (value := _masked(name, record.get(name))) is not None}
    if isinstance(identity, Mapping):
        known = {name: value for name in _IDENTITY if (value := _masked(name, identity.get(name))) is not None}
        issuer = resolve(record, "userIdentity.sessionContext.sessionIssuer.arn")
        if issuer and (arn := _masked("arn", issuer[0])) is not None:
            known["sessionContext"] = {"sessionIssuer": {"arn": arn}}
        outline["userIdentity"] = known
    return outline


def _masked(name: str, value: Any) -> Any:
    return mask_value(name, value, max_chars=_VALUE_CHARS) if isinstance(value, str | bool | int | float) else None


def _shown(record: Mapping[str, Any], path: str) -> Any:
    found = [value for value in scalars(resolve(record, path)) if isinstance(value, str | bool | int | float)][:5]
    if path in DERIVED or not found:
        return None
    masked = [_masked(path, value) for value in found]
    return masked[0] if len(masked) == 1 else masked
