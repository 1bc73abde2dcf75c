"""CloudTrail's public keys, asked of AWS by region and time, and remembered: in memory, and in the store."""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from daemon.errors import EnvironmentReason, KeysUnavailable, SourceUnavailable
from daemon.model import PublicKey
from daemon.ports import KeyMemory
from daemon.sources.aws import AwsAccess, open_cloudtrail, open_session
from daemon.sources.faults import KEYS, translated

MARGIN = timedelta(hours=1)  # a digest is signed some minutes after the hour that it is about
_MOST_PAGES = 100

OpenClient = Callable[[str], Any]


class PublicKeys:
    """Finds the key of a fingerprint among those that AWS says were in use then. May be used from several threads.

    Only AWS's answer makes a key one of CloudTrail's. That a key is not among them is asked anew each hour of digests.
    """

    def __init__(self, open_client: OpenClient, *, memory: KeyMemory | None = None) -> None:
        self._open_client = open_client
        self._memory = memory
        self._lock = threading.Lock()
        self._clients: dict[str, Any] = {}
        self._known: dict[tuple[str, str], PublicKey] | None = None

    def find(self, region: str, fingerprint: str, *, start: datetime, end: datetime) -> PublicKey | None:
        """The key, or None where AWS knows of none such in that region and time. Raises SourceUnavailable."""
        start, end = _earlier(start), _later(end)
        with self._lock:
            key = self._remembered().get((region, fingerprint))
            if key is not None and key.is_valid_within(start, end):
                return key
            asked = self._ask(region, start, end)
            self._remembered().update({(found.region, found.fingerprint): found for found in asked})
            if self._memory is not None:
                self._memory.keep_public_keys(asked)
        given = [found for found in asked if found.fingerprint == fingerprint and found.is_valid_within(start, end)]
        return given[0] if given else None

    def _remembered(self) -> dict[tuple[str, str], PublicKey]:
        if self._known is None:
            stored = self._memory.public_keys() if self._memory is not None else []
            self._known = {(key.region, key.fingerprint): key for key in stored}
        return self._known

    def _ask(self, region: str, start: datetime, end: datetime) -> list[PublicKey]:
        try:
            return self._pages(region, StartTime=start, EndTime=end)
        except SourceUnavailable as fault:
            if fault.reason is EnvironmentReason.CREDENTIALS:
                self._clients.clear()  # a session keeps the credentials that it found: renewed ones need a new one
            raise KeysUnavailable(str(fault), reason=fault.reason) from fault

    def _pages(self, region: str, **query: Any) -> list[PublicKey]:
        found: list[PublicKey] = []
        where = f"CloudTrail in {region}"
        with translated(KEYS, where):
            for _ in range(_MOST_PAGES):
                answer = self._client(region).list_public_keys(**query)
                found += [key for raw in answer.get("PublicKeyList", ()) if (key := _key(region, raw)) is not None]
                token = answer.get("NextToken")
                if not token:
                    return found
                query["NextToken"] = token
        raise SourceUnavailable(f"{where}: its list of keys does not end", reason=EnvironmentReason.UNREACHABLE)

    def _client(self, region: str) -> Any:
        if region not in self._clients:
            self._clients[region] = self._open_client(region)
        return self._clients[region]


def cloudtrail_opener(access: AwsAccess) -> OpenClient:
    """Opens clients with the rights of a source: its role, if it has one, must be allowed to ask for keys."""
    return lambda region: open_cloudtrail(open_session(access), access, region=region)


def _key(region: str, raw: Mapping[str, Any]) -> PublicKey | None:
    try:
        return PublicKey(
            region=region,
            fingerprint=raw["Fingerprint"],
            der=raw["Value"],
            valid_from=raw["ValidityStartTime"].astimezone(UTC),
            valid_until=raw["ValidityEndTime"].astimezone(UTC),
        )
    except (KeyError, AttributeError, ValueError, OverflowError):
        return None


def _earlier(at: datetime) -> datetime:
    return at - MARGIN if at.year > 1 else at


def _later(at: datetime) -> datetime:
    return at + MARGIN if at.year < 9999 else at
