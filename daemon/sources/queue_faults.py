"""What botocore raises when a queue is asked, told apart by what a person must do, as `faults` does for buckets."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager

from botocore.exceptions import BotoCoreError, ClientError
from botocore.parsers import ResponseParserError

from daemon.errors import EnvironmentReason, SourceUnavailable, TrailwardenError
from daemon.sources.faults import translated

RECEIVE, DELETE = "sqs:ReceiveMessage", "sqs:DeleteMessage"  # the permissions that reading a queue needs
EXTEND, ATTRIBUTES = "sqs:ChangeMessageVisibility", "sqs:GetQueueAttributes"
_GONE = {"QueueDoesNotExist", "NonExistentQueue", "QueueDeletedRecently", "InvalidAddress"}
_BUSY = {"OverLimit", "RequestThrottled", "TooManyRequestsException", "KmsThrottled"}
_KMS_KEY = re.compile(r"arn:aws[a-z-]*:kms:[a-z0-9-]*:[0-9]*:[\w/-]+")


@contextmanager
def asking_queue(permission: str, where: str) -> Iterator[None]:
    """Inside, a call to SQS: `permission` is what it needs, `where` the queue. Raises SourceUnavailable."""
    try:
        with translated(permission, where):
            yield
    except TrailwardenError as fault:
        cause = fault.__cause__
        if isinstance(cause, ClientError):
            raise _of_answer(cause, fault, permission=permission, where=where) from cause
        if isinstance(cause, BotoCoreError | ResponseParserError | OSError) and _is_away(fault):
            told = " ".join(str(cause).split())
            text = f"{where}: SQS cannot be reached; check network and endpoint ({told})"
            raise SourceUnavailable(text, reason=EnvironmentReason.UNREACHABLE) from cause
        raise


def _is_away(fault: TrailwardenError) -> bool:
    return isinstance(fault, SourceUnavailable) and fault.reason is EnvironmentReason.UNREACHABLE


def _of_answer(exc: ClientError, fault: TrailwardenError, *, permission: str, where: str) -> TrailwardenError:
    """What differs from a bucket's refusals, else the fault as it is told for these."""
    error = exc.response.get("Error", {})
    code, told = str(error.get("Code", "")).rpartition(".")[2], str(error.get("Message", "")).strip()
    says = f" (AWS says {code}: {told or 'nothing more'})"
    whole = str(error.get("Code", ""))
    if code in _GONE:
        text, reason = "there is no such queue; check queue_url and its region", EnvironmentReason.NO_QUEUE
    elif code in _BUSY or "hrottl" in code:
        text, reason = "too many requests, or too many messages in flight; tried again by itself", _THROTTLED
    elif "kms" in whole.lower() or "kms:" in told:
        key = _KMS_KEY.search(told)
        named = key[0] if key else "the key that encrypts the queue"
        text, reason = f"allow kms:Decrypt on {named}", EnvironmentReason.KMS_DENIED
    elif isinstance(fault, SourceUnavailable) and fault.reason is EnvironmentReason.CREDENTIALS:
        return fault
    elif exc.response.get("ResponseMetadata", {}).get("HTTPStatusCode", 0) >= 500:
        text, reason = "SQS falters at the moment; tried again by itself", EnvironmentReason.UNREACHABLE
    else:
        text, reason = f"access denied: allow {permission}, in the queue's policy too", EnvironmentReason.ACCESS_DENIED
    return SourceUnavailable(f"{where}: {text}{says}", reason=reason)


_THROTTLED = EnvironmentReason.THROTTLED
