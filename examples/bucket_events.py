"""What happened in the example organisation one morning: the records of its tiny trail, by log file.

Account 111122223333 runs a shop, 444455556666 is where the developers try things. Everybody and everything is invented.
"""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

SHOP, LAB = "111122223333", "444455556666"
DAY = "2026-03-02"
_IDS = uuid.UUID("d3b0a1f4-5c7e-4a7c-9a38-6c1f6f3b2e10")
_BROWSER = "Mozilla/5.0 (X11; Linux x86_64; rv:136.0) Gecko/20100101 Firefox/136.0"
_CLI = "aws-cli/2.24.20 md/awscrt#0.23.8 ua/2.1 os/linux#6.1 md/arch#x86_64 lang/python#3.12.9"

Record = dict[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class LogFile:
    """One log file to be: where and when CloudTrail delivered it, and its records (a mapping: one without a list)."""

    account: str
    region: str
    stamp: str  # YYYYMMDDTHHMM
    unique: str
    records: list[Record] | Record


def root(account: str, *, mfa: str = "true") -> Record:
    """The root user in a console session."""
    attributes = {"creationDate": f"{DAY}T09:01:58Z", "mfaAuthenticated": mfa}
    return {
        "type": "Root",
        "principalId": account,
        "arn": f"arn:aws:iam::{account}:root",
        "accountId": account,
        "accessKeyId": "ASIAIOSFODNN7EXAMPLE",
        "sessionContext": {"sessionIssuer": {}, "webIdFederationData": {}, "attributes": attributes},
    }


def user(account: str, name: str) -> Record:
    """An IAM user with an access key."""
    return {
        "type": "IAMUser",
        "principalId": "AIDACKCEVSQ6C2EXAMPLE",
        "arn": f"arn:aws:iam::{account}:user/{name}",
        "accountId": account,
        "accessKeyId": "AKIAIOSFODNN7EXAMPLE",
        "userName": name,
    }


def role(account: str, name: str, session: str) -> Record:
    """A session of a role."""
    return {
        "type": "AssumedRole",
        "principalId": f"AROACLKWSDQRAOEXAMPLE:{session}",
        "arn": f"arn:aws:sts::{account}:assumed-role/{name}/{session}",
        "accountId": account,
        "accessKeyId": "ASIAIOSFODNN7EXAMPLE",
        "sessionContext": {
            "sessionIssuer": {
                "type": "Role",
                "principalId": "AROACLKWSDQRAOEXAMPLE",
                "arn": f"arn:aws:iam::{account}:role/{name}",
                "accountId": account,
                "userName": name,
            },
            "webIdFederationData": {},
            "attributes": {"creationDate": f"{DAY}T08:30:00Z", "mfaAuthenticated": "false"},
        },
    }


def call(
    identity: Mapping[str, Any],
    service: str,
    name: str,
    *,
    time: str,
    region: str,
    day: str = DAY,
    source: str = "198.51.100.23",
    request: Any = None,
    **more: Any,
) -> Record:
    """One record, complete as CloudTrail writes it; `more` overrides and adds. The eventID follows from the rest."""
    seed = f"{identity.get('accountId')} {service} {name} {region} {day}T{time}"
    record = {
        "eventVersion": "1.11",
        "userIdentity": dict(identity),
        "eventTime": f"{day}T{time}Z",
        "eventSource": f"{service}.amazonaws.com",
        "eventName": name,
        "awsRegion": region,
        "sourceIPAddress": source,
        "userAgent": _BROWSER if service == "signin" else _CLI,
        "requestParameters": request,
        "responseElements": None,
        "requestID": str(uuid.uuid5(_IDS, f"request {seed}")),
        "eventID": str(uuid.uuid5(_IDS, seed)),
        "readOnly": name.startswith(("Describe", "Get", "List", "Assume", "Decrypt")),
        "eventType": "AwsApiCall",
        "managementEvent": True,
        "recipientAccountId": identity.get("accountId"),
        "eventCategory": "Management",
    }
    return record | more


def sign_in(
    identity: Record, *, time: str, source: str, mfa: str, result: str = "Success", region: str = "us-east-1"
) -> Record:
    """A console sign-in; a failed one has an errorMessage and no errorCode."""
    failure = {"errorMessage": "Failed authentication"} if result == "Failure" else {}
    dropped = ("accessKeyId",) if identity["type"] == "AssumedRole" else ("accessKeyId", "sessionContext")
    who = {key: value for key, value in identity.items() if key not in dropped}
    return call(
        who,
        "signin",
        "ConsoleLogin",
        time=time,
        region=region,
        source=source,
        responseElements={"ConsoleLogin": result},
        additionalEventData={
            "LoginTo": "https://console.aws.amazon.com/console/home?isauthcode=true",
            "MobileVersion": "No",
            "MFAUsed": mfa,
        },
        eventType="AwsConsoleSignIn",
        **failure,
    )


def key_for_another_user() -> Record:
    """IAM is global: an older trail delivers this one record in each of its regions."""
    made = {"accessKeyId": "AKIAI44QH8DHBEXAMPLE", "status": "Active", "userName": "backup-agent"}
    return call(
        user(SHOP, "bob"),
        "iam",
        "CreateAccessKey",
        time="09:21:40",
        region="us-east-1",
        request={"userName": "backup-agent"},
        responseElements={"accessKey": made | {"createDate": "Mar 2, 2026, 9:21:40 AM"}},
    )


def ordinary(account: str, region: str, minute: str, *, day: str = DAY) -> list[Record]:
    """What a trail is full of: machines and people looking around."""
    deployer = role(account, "ci-deployer", "build-4711")
    node = role(account, "shop-node", "i-0123456789abcdef0")
    parameter = f"arn:aws:ssm:{region}:{account}:parameter/shop/checkout/endpoint"
    decrypt = {"encryptionAlgorithm": "SYMMETRIC_DEFAULT", "encryptionContext": {"PARAMETER_ARN": parameter}}
    instances = {"instancesSet": {"items": [{"instanceId": "i-0123456789abcdef0"}]}, "filterSet": {}}
    assumed = {"roleArn": f"arn:aws:iam::{account}:role/shop-node", "roleSessionName": "i-0123456789abcdef0"}
    where = {"region": region, "day": day}
    service = {"source": "ec2.amazonaws.com", "userAgent": "ec2.amazonaws.com", "recipientAccountId": account}
    ec2 = {"type": "AWSService", "invokedBy": "ec2.amazonaws.com"}
    return [
        call(deployer, "ec2", "DescribeInstances", time=f"{minute}:03", request=instances, **where),
        call(node, "kms", "Decrypt", time=f"{minute}:11", request=decrypt, **where),
        call(deployer, "sts", "GetCallerIdentity", time=f"{minute}:17", **where),
        call(node, "ssm", "GetParameter", time=f"{minute}:29", request={"name": parameter}, **where),
        call(ec2, "sts", "AssumeRole", time=f"{minute}:42", request=assumed, **where, **service),
    ]
