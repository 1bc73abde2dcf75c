"""The rare calls of a generated trail that some detection looks at; many are harmless, as in life."""

from __future__ import annotations

from random import Random
from typing import Any

from benchmarks.trail_calls import Call
from benchmarks.trail_cast import USERS, Place, key_id, unique_id


def _user(rng: Random, _place: Place) -> dict[str, Any]:
    return {"userName": USERS[int(rng.random() * len(USERS))]}


def _user_made(rng: Random, place: Place) -> dict[str, Any]:
    name = f"temp-{rng.getrandbits(16):x}"
    arn = f"arn:aws:iam::{place.account}:user/{name}"
    made = "Mar 2, 2026, 10:00:00 AM"
    return {"user": {"path": "/", "userName": name, "userId": key_id(rng, "AIDA"), "arn": arn, "createDate": made}}


def _key_made(rng: Random, _place: Place) -> dict[str, Any]:
    name = USERS[int(rng.random() * len(USERS))]
    return {"accessKey": {"accessKeyId": key_id(rng, "AKIA"), "status": "Active", "userName": name}}


def _policy(rng: Random, _place: Place) -> dict[str, Any]:
    name = "AdministratorAccess" if rng.random() < 0.2 else "ReadOnlyAccess"
    return {"roleName": "ci-deployer", "policyArn": f"arn:aws:iam::aws:policy/{name}"}


def _ingress(rng: Random, _place: Place) -> dict[str, Any]:
    network = "0.0.0.0/0" if rng.random() < 0.3 else f"10.{rng.getrandbits(8)}.0.0/16"
    port = 22 if rng.random() < 0.5 else 443
    ranges = {"items": [{"cidrIp": network, "description": "from the office"}]}
    permission = {"ipProtocol": "tcp", "fromPort": port, "toPort": port, "groups": {}, "ipRanges": ranges}
    nested = {"items": [permission | {"ipv6Ranges": {}, "prefixListIds": {}}]}
    return {"groupId": f"sg-{rng.getrandbits(68):017x}", "ipPermissions": nested}


def _bucket_policy(rng: Random, place: Place) -> dict[str, Any]:
    principal: Any = "*" if rng.random() < 0.2 else {"AWS": f"arn:aws:iam::{place.account}:root"}
    bucket = f"example-{place.account}-site"
    statement = {
        "Effect": "Allow",
        "Principal": principal,
        "Action": "s3:GetObject",
        "Resource": f"arn:aws:s3:::{bucket}/*",
    }
    return {"bucketName": bucket, "bucketPolicy": {"Version": "2012-10-17", "Statement": [statement]}, "policy": ""}


def _key(rng: Random, place: Place) -> dict[str, Any]:
    return {"keyId": f"arn:aws:kms:{place.region}:{place.account}:key/{unique_id(rng)}", "pendingWindowInDays": 30}


def _sign_in(rng: Random, _place: Place) -> dict[str, Any]:
    return {"ConsoleLogin": "Success" if rng.random() < 0.8 else "Failure"}


CANDIDATES = (
    Call(weight=20, service="signin", name="ConsoleLogin", response=_sign_in, is_read=False, caller="user"),
    Call(weight=15, service="ec2", name="AuthorizeSecurityGroupIngress", request=_ingress, is_read=False),
    Call(weight=15, service="iam", name="AttachRolePolicy", request=_policy, is_read=False),
    Call(weight=10, service="s3", name="PutBucketPolicy", request=_bucket_policy, is_read=False),
    Call(weight=8, service="iam", name="CreateUser", request=_user, response=_user_made, is_read=False),
    Call(weight=8, service="iam", name="CreateAccessKey", request=_user, response=_key_made, is_read=False,
         caller="user"),
    Call(weight=5, service="iam", name="AddUserToGroup", is_read=False,
         request=lambda rng, place: {"groupName": "developers", **_user(rng, place)}),
    Call(weight=4, service="iam", name="CreateGroup", is_read=False,
         request=lambda rng, _place: {"groupName": f"team-{rng.getrandbits(8)}"}),
    Call(weight=3, service="iam", name="DeleteGroup", is_read=False, caller="root",
         request=lambda rng, _place: {"groupName": f"team-{rng.getrandbits(8)}"}),
    Call(weight=3, service="kms", name="ScheduleKeyDeletion", request=_key, is_read=False,
         resource="arn:aws:kms:{region}:{account}:key/{id}"),
    Call(weight=3, service="cloudtrail", name="UpdateTrail", is_read=False,
         request=lambda _rng, _place: {"name": "organisation", "isMultiRegionTrail": True}),
    Call(weight=2, service="cloudtrail", name="StopLogging", is_read=False,
         request=lambda _rng, place: {"name": f"arn:aws:cloudtrail:us-east-1:{place.account}:trail/organisation"}),
    Call(weight=2, service="guardduty", name="UpdateDetector", is_read=False,
         request=lambda rng, _place: {"detectorId": f"{rng.getrandbits(128):032x}", "enable": rng.random() < 0.5}),
    Call(weight=2, service="config", name="StopConfigurationRecorder", is_read=False,
         request=lambda _rng, _place: {"configurationRecorderName": "default"}),
)  # fmt: skip
CANDIDATE_NAMES = frozenset(call.name for call in CANDIDATES)
