"""A queue of SQS: messages received, kept from others and deleted. Every fault leaves as one of ours."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from botocore.config import Config

from daemon.errors import EnvironmentReason, SourceUnavailable
from daemon.sources.aws import FALLBACK_REGION, AwsAccess, open_session
from daemon.sources.queue_faults import ATTRIBUTES, DELETE, EXTEND, RECEIVE, asking_queue

if TYPE_CHECKING:
    from types_boto3_sqs import SQSClient

MOST_MESSAGES = 10  # that SQS gives, deletes and extends at a time
_WAIT_S = 20  # the longest poll there is
_READ_TIMEOUT_S = _WAIT_S + 15
_REGION = re.compile(r"(?:^|\.)sqs(?:-fips)?\.([a-z0-9-]+)\.|^([a-z0-9-]+)\.queue\.")
_STALE = ("ReceiptHandleIsInvalid", "InvalidParameterValue", "MessageNotInflight", "InvalidIdFormat")
_RECEIVES = re.compile(r'"maxReceiveCount"\s*:\s*"?(\d{1,9})')  # AWS gives it as a number, others as text
_TRIES = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class Message:
    """A message in hand. `receipt` is good until its visibility time-out, or until it is received again."""

    id: str
    receipt: str
    body: str
    sent_at: datetime | None


_NOBODY = Message(id="", receipt="trailwarden-check", body="", sent_at=None)


@dataclass(frozen=True, slots=True, kw_only=True)
class Deleted:
    """How many were deleted, how many were no longer ours (others have them, or they are gone), how many failed."""

    done: int
    stale: int
    failed: int


@dataclass(frozen=True, slots=True, kw_only=True)
class QueueFacts:
    """How a queue is set up. `has_redrive`: what is received too often goes to a dead-letter queue.

    `most_receives`: after so many; None where that is not said. `policy` is its JSON, empty where there is none.
    """

    visibility: timedelta
    has_redrive: bool
    most_receives: int | None = None
    policy: str = ""


class SqsQueue:
    """Connects when first asked; may be called from several threads. `wait_s`: how long a receive waits for news."""

    def __init__(self, url: str, *, access: AwsAccess, wait_s: int = _WAIT_S) -> None:
        self.url = url
        self.name = url.rpartition("/")[2]
        self.access = access
        self._wait_s = wait_s
        self._opened: SQSClient | None = None

    def receive(self) -> list[Message]:
        """Wait for messages, ten at most. Raises SourceUnavailable."""
        with self._asking(RECEIVE) as client:
            answer = client.receive_message(
                QueueUrl=self.url,
                MaxNumberOfMessages=MOST_MESSAGES,
                WaitTimeSeconds=self._wait_s,
                MessageSystemAttributeNames=["SentTimestamp"],
            )
        return [_message(each) for each in answer.get("Messages", ())]

    def delete(self, messages: Sequence[Message]) -> Deleted:
        """Delete what was worked on, again where SQS failed to. Raises SourceUnavailable."""
        done, stale, left = 0, 0, list(messages)
        for _ in range(_TRIES):
            if not left:
                break
            with self._asking(DELETE) as client:
                entries: Any = [{"Id": str(n), "ReceiptHandle": each.receipt} for n, each in enumerate(left)]
                answer: Any = client.delete_message_batch(QueueUrl=self.url, Entries=entries)
            failed = {int(each["Id"]): str(each.get("Code", "")) for each in answer.get("Failed", ())}
            done += len(left) - len(failed)
            stale += sum(_is_stale(code) for code in failed.values())
            left = [left[n] for n, code in sorted(failed.items()) if not _is_stale(code)]
        return Deleted(done=done, stale=stale, failed=len(left))

    def extend(self, messages: Sequence[Message], *, by: timedelta) -> None:
        """Keep messages from others for so long from now; those that are no longer ours are passed over.

        Raises SourceUnavailable.
        """
        seconds = int(by.total_seconds())
        entries: Any = [
            {"Id": str(n), "ReceiptHandle": each.receipt, "VisibilityTimeout": seconds}
            for n, each in enumerate(messages)
        ]
        with self._asking(EXTEND) as client:
            client.change_message_visibility_batch(QueueUrl=self.url, Entries=entries)

    def facts(self) -> QueueFacts:
        """Ask how the queue is set up. Raises SourceUnavailable."""
        with self._asking(ATTRIBUTES) as client:
            answer: Any = client.get_queue_attributes(
                QueueUrl=self.url, AttributeNames=["VisibilityTimeout", "RedrivePolicy", "Policy"]
            )
        told = answer.get("Attributes", {})
        redrive = str(told.get("RedrivePolicy", ""))
        receives = _RECEIVES.search(redrive)
        return QueueFacts(
            visibility=timedelta(seconds=int(told.get("VisibilityTimeout", 30))),
            has_redrive=bool(redrive),
            most_receives=int(receives[1]) if receives else None,
            policy=str(told.get("Policy", "")),
        )

    def try_receive(self) -> None:
        """Receive a message, if there is one, and give it back at once. Raises SourceUnavailable."""
        with self._asking(RECEIVE) as client:
            client.receive_message(QueueUrl=self.url, MaxNumberOfMessages=1, VisibilityTimeout=0, WaitTimeSeconds=0)

    def try_delete(self) -> None:
        """Delete a message that cannot be: refused as a whole only where nobody may. Raises SourceUnavailable."""
        self.delete([_NOBODY])

    def try_extend(self) -> None:
        """Keep a message that cannot be. Raises SourceUnavailable."""
        self.extend([_NOBODY], by=timedelta(0))

    @contextmanager
    def _asking(self, permission: str) -> Iterator[SQSClient]:
        """A client to ask with. After refused credentials the next one is opened anew, as for buckets."""
        with asking_queue(permission, self.url):
            client = self._opened or self._open()
        self._opened = client
        try:
            with asking_queue(permission, self.url):
                yield client
        except SourceUnavailable as fault:
            if fault.reason is EnvironmentReason.CREDENTIALS:
                self._opened = None
            raise

    def _open(self) -> SQSClient:
        parts = urlsplit(self.url)
        access = replace(self.access, endpoint_url=None)
        session = open_session(access)
        found = _REGION.search(parts.hostname or "")
        region = (found[1] or found[2]) if found else access.region or session.region_name or FALLBACK_REGION
        config = Config(
            retries={"mode": "standard", "total_max_attempts": 2},
            connect_timeout=access.connect_timeout_s,
            read_timeout=_READ_TIMEOUT_S,
        )
        # The URL's own host: it may be that of a VPC endpoint.
        return session.client("sqs", region_name=region, endpoint_url=f"{parts.scheme}://{parts.netloc}", config=config)


def _message(told: Any) -> Message:
    sent_ms = str(told.get("Attributes", {}).get("SentTimestamp", ""))
    return Message(
        id=told.get("MessageId", ""),
        receipt=told.get("ReceiptHandle", ""),
        body=told.get("Body", ""),
        sent_at=datetime.fromtimestamp(int(sent_ms) / 1000, tz=UTC) if sent_ms.isdigit() else None,
    )


def _is_stale(code: str) -> bool:
    return code.rpartition(".")[2] in _STALE
