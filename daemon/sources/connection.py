"""The client of one bucket, opened when it is first needed, and again once AWS refuses the credentials it has."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from daemon.errors import EnvironmentReason, SourceUnavailable
from daemon.sources.aws import AwsAccess, frozen_credentials, open_s3, open_session
from daemon.sources.faults import LIST, translated
from daemon.sources.quick_get import QuickGet

if TYPE_CHECKING:
    from types_boto3_s3 import S3Client
_LONGEST_WAIT_S = 2.0


class Connection:
    """May be used from several threads. `name` is what faults of connecting are told about."""

    def __init__(self, access: AwsAccess, *, bucket: str, name: str) -> None:
        self._access = access
        self._bucket = bucket
        self._name = name
        self._opened: tuple[S3Client, QuickGet] | None = None
        self._opening = threading.Lock()

    @contextmanager
    def asking(self, permission: str, where: str) -> Iterator[S3Client]:
        """A client to ask with; faults leave as ours. After refused credentials the next one is opened anew.

        A session keeps the credentials that it found, so renewed ones would else wait for a restart.
        """
        opened = self._connect()
        try:
            with translated(permission, where):
                yield opened[0]
        except SourceUnavailable as fault:
            if fault.reason is EnvironmentReason.CREDENTIALS and self._opened is opened:
                self._opened = None
            raise

    @property
    def quick(self) -> QuickGet | None:
        """The quick way to read objects; None before anybody has connected."""
        opened = self._opened
        return opened[1] if opened else None

    def _connect(self) -> tuple[S3Client, QuickGet]:
        opened = self._opened
        if opened is not None:
            return opened
        # One opens it for all, which takes half a second of a processor. None waits for long: with S3 away, threads
        # that wait their turn to time out would hold up a poll for minutes.
        is_first = self._opening.acquire(timeout=_LONGEST_WAIT_S)
        try:
            return self._opened or self._open()
        finally:
            if is_first:
                self._opening.release()

    def _open(self) -> tuple[S3Client, QuickGet]:
        with translated(LIST, self._name):
            session = open_session(self._access)
            client = open_s3(session, self._access, bucket=self._bucket)
        opened = client, QuickGet(client, credentials=lambda: frozen_credentials(session))
        self._opened = opened
        return opened
