"""One event of a generated trail: a call, somebody who makes it, and everything CloudTrail writes around the two.

Keys stand in CloudTrail's own order. Nothing but the random generator that is handed in decides what comes out.
"""

from __future__ import annotations

from bisect import bisect
from functools import cache
from itertools import accumulate
from random import Random
from typing import Any

from benchmarks.trail_calls import CALLS, Call
from benchmarks.trail_candidates import CANDIDATES
from benchmarks.trail_cast import (
    ACCOUNTS,
    REGIONS,
    ROLES,
    SERVICES,
    USER_AGENTS,
    Caller,
    Place,
    address,
    any_session,
    any_user,
    key_uuid,
    root,
    unique_id,
)

CANDIDATE_SHARE = 0.01  # of all events
ROLE_SHARE = 0.75  # of the calls that anybody makes; the rest are IAM users
ERROR_SHARE = 0.04
GLOBAL_SERVICES = frozenset({"iam", "signin"})
ERRORS = (
    ("AccessDenied", "User is not authorized to perform this operation because no identity-based policy allows it"),
    ("Client.UnauthorizedOperation", "You are not authorized to perform this operation."),
    ("ThrottlingException", "Rate exceeded"),
    ("NoSuchEntityException", "The resource that was asked for does not exist."),
)


def generate_event(rng: Random, *, place: Place | None = None) -> dict[str, Any]:
    """One CloudTrail record; `place` says where and when (default: any account and region, one fixed morning)."""
    where = place or Place(account=rng.choice(ACCOUNTS), region=rng.choice(REGIONS), time="2026-03-02T10:00:00Z")
    call = _pick(rng, CANDIDATES if rng.random() < CANDIDATE_SHARE else CALLS)
    return _record(rng, call, where)


@cache
def _cumulative(calls: tuple[Call, ...]) -> list[float]:
    return list(accumulate(call.weight for call in calls))


def _pick(rng: Random, calls: tuple[Call, ...]) -> Call:
    weights = _cumulative(calls)
    return calls[bisect(weights, rng.random() * weights[-1])]


def _record(rng: Random, call: Call, place: Place) -> dict[str, Any]:
    identity, source, agent = _caller(rng, call, place.account)
    is_denied = call.caller != "service" and call.service != "signin" and rng.random() < ERROR_SHARE
    record: dict[str, Any] = {
        "eventVersion": "1.11",
        "userIdentity": identity,
        "eventTime": place.time,
        "eventSource": f"{call.service}.amazonaws.com",
        "eventName": call.name,
        "awsRegion": place.region,
        "sourceIPAddress": source,
        "userAgent": agent,
    }
    if is_denied:
        record["errorCode"], record["errorMessage"] = ERRORS[int(rng.random() * len(ERRORS))]
    record["requestParameters"] = call.request(rng, place)
    record["responseElements"] = None if is_denied else call.response(rng, place)
    _add_details(rng, record, call)
    record |= {"requestID": unique_id(rng), "eventID": unique_id(rng), "readOnly": call.is_read}
    if call.resource:
        record["resources"] = [_resource(rng, call.resource, place)]
    record |= {
        "eventType": _event_type(call),
        "managementEvent": True,
        "recipientAccountId": place.account,
    }
    if call.caller == "service" or call.service == "kms":
        record["sharedEventID"] = unique_id(rng)
    record["eventCategory"] = "Management"
    if call.caller not in ("service", "account"):
        record["tlsDetails"] = _tls(call.service, place.region)
    return record


def _caller(rng: Random, call: Call, account: str) -> Caller:
    if call.caller in ("service", "account"):
        service = f"{SERVICES[int(rng.random() * len(SERVICES))]}.amazonaws.com"
        if call.caller == "account":  # a service's own event has no type at all
            return {"accountId": account, "invokedBy": service}, service, service
        return {"type": "AWSService", "invokedBy": service}, service, service
    if call.caller == "root":
        return root(account), address(rng), USER_AGENTS[-1]
    if call.caller == "user" or rng.random() >= ROLE_SHARE:
        return any_user(rng, account)
    return any_session(rng, account)


def _add_details(rng: Random, record: dict[str, Any], call: Call) -> None:
    if call.service == "signin":
        failed = record["responseElements"] == {"ConsoleLogin": "Failure"}
        if failed:
            record["errorMessage"] = "Failed authentication"
        mfa = "Yes" if rng.random() < 0.8 else "No"
        address_bar = "https://console.aws.amazon.com/console/home?hashArgs=%23&isauthcode=true"
        record["additionalEventData"] = {"LoginTo": address_bar, "MobileVersion": "No", "MFAUsed": mfa}
    if call.service == "s3":
        record["additionalEventData"] = {
            "SignatureVersion": "SigV4",
            "CipherSuite": "TLS_AES_128_GCM_SHA256",
            "bytesTransferredIn": 0,
            "AuthenticationMethod": "AuthHeader",
            "x-amz-id-2": f"{rng.getrandbits(300):x}",
            "bytesTransferredOut": 200 + int(rng.random() * 800),
        }


def _resource(rng: Random, pattern: str, place: Place) -> dict[str, Any]:
    arn = pattern.format(
        account=place.account,
        region=place.region,
        role=ROLES[int(rng.random() * len(ROLES))],
        bucket=f"example-{place.account}-logs-{rng.getrandbits(6)}",
        id=key_uuid(rng),
    )
    kind = {"kms": "AWS::KMS::Key", "s3": "AWS::S3::Bucket", "iam": "AWS::IAM::Role"}.get(arn.split(":")[2])
    return {"accountId": place.account, "ARN": arn} | ({"type": kind} if kind else {})


def _event_type(call: Call) -> str:
    if call.service == "signin":
        return "AwsConsoleSignIn"
    return "AwsServiceEvent" if call.caller == "account" else "AwsApiCall"


@cache
def _tls(service: str, region: str) -> dict[str, str]:
    host = f"{service}.amazonaws.com" if service in GLOBAL_SERVICES else f"{service}.{region}.amazonaws.com"
    return {"tlsVersion": "TLSv1.3", "cipherSuite": "TLS_AES_128_GCM_SHA256", "clientProvidedHostHeader": host}
