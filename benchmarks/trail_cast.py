"""Who acts in a generated trail: accounts, roles, users and services of an invented organisation.

Sessions are made once and used again, as in life, so that the files compress like real ones.
"""

from __future__ import annotations

import base64
from dataclasses import dataclass
from functools import cache
from random import Random
from typing import Any

ORG_ID = "o-exampleorg1"
ACCOUNTS = ("111122223333", "444455556666", "123456789012", "210987654321")
REGIONS = ("us-east-1", "eu-west-1", "us-west-2", "eu-central-1")
ROLES = (
    "ci-deployer",
    "eks-node-group",
    "ecs-task-checkout",
    "lambda-thumbnails",
    "lambda-billing-export",
    "terraform-plan",
    "terraform-apply",
    "cost-explorer-reader",
    "inventory-scanner",
    "observability-collector",
    "aws-reserved/sso.amazonaws.com/eu-west-1/AWSReservedSSO_ReadOnly_0123456789abcdef",
    "aws-reserved/sso.amazonaws.com/eu-west-1/AWSReservedSSO_Developer_fedcba9876543210",
    "aws-service-role/autoscaling.amazonaws.com/AWSServiceRoleForAutoScaling",
    "aws-service-role/config.amazonaws.com/AWSServiceRoleForConfig",
)
USERS = ("alice", "bob", "carol", "dave", "backup-agent", "mail-relay")
SERVICES = ("ec2", "lambda", "ecs-tasks", "eks", "autoscaling", "config", "cloudtrail", "ssm", "rds", "access-analyzer")
USER_AGENTS = (
    "aws-sdk-go-v2/1.36.3 os/linux lang/go#1.24.1 md/GOOS#linux md/GOARCH#amd64 api/ec2#1.210.1 m/E,i",
    "Boto3/1.37.11 md/Botocore#1.37.11 ua/2.1 os/linux#6.1.128 md/arch#x86_64 lang/python#3.12.9",
    "APN/1.0 HashiCorp/1.0 Terraform/1.11.1 (+https://www.terraform.io) terraform-provider-aws/5.90.0 aws-sdk-go-v2",
    "aws-cli/2.24.20 md/awscrt#0.23.8 ua/2.1 os/macos#24.3.0 md/arch#arm64 lang/python#3.12.9 md/installer#source m/E",
    "aws-sdk-java/2.30.31 md/io#sync md/http#Apache ua/2.1 os/Linux#6.1 lang/java#21.0.6 m/D,N",
    "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/134.0 Safari/537.36",
)
SESSIONS_A_ROLE = 6

Caller = tuple[dict[str, Any], str, str]  # userIdentity, sourceIPAddress, userAgent


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Where and when an event happens; `time` as CloudTrail writes it."""

    account: str
    region: str
    time: str


def unique_id(rng: Random) -> str:
    """A random UUID, as eventID and requestID are."""
    text = f"{rng.getrandbits(128):032x}"
    return f"{text[:8]}-{text[8:12]}-{text[12:16]}-{text[16:20]}-{text[20:]}"


def key_uuid(rng: Random) -> str:
    """The id of one of a dozen KMS keys."""
    return _key_uuids()[int(rng.random() * 12)]


@cache
def _key_uuids() -> tuple[str, ...]:
    rng = Random("keys")
    return tuple(unique_id(rng) for _ in range(12))


def key_id(rng: Random, prefix: str) -> str:
    """An IAM identifier such as ASIA… or AROA…: the prefix and 16 characters."""
    return prefix + base64.b32encode(rng.randbytes(10)).decode()


def address(rng: Random) -> str:
    """A source address out of the documentation networks, now and then an IPv6 one."""
    pick = rng.getrandbits(9)
    if pick < 16:
        return f"2001:db8:{pick:x}::{rng.getrandbits(16):x}"
    return f"{'198.51.100' if pick & 1 else '203.0.113'}.{pick >> 1}"


@cache
def session(account: str, role: str, number: int) -> dict[str, Any]:
    """The userIdentity of one assumed-role session. Shared between events: never change it."""
    rng = Random(f"{account}/{role}/{number}")
    name = role.rpartition("/")[2]
    principal = key_id(Random(f"{account}/{role}"), "AROA")
    session_name = f"i-{rng.getrandbits(68):017x}" if "node" in role else f"{name[:24]}-{number}@example.com"
    return {
        "type": "AssumedRole",
        "principalId": f"{principal}:{session_name}",
        "arn": f"arn:aws:sts::{account}:assumed-role/{name}/{session_name}",
        "accountId": account,
        "accessKeyId": key_id(rng, "ASIA"),
        "sessionContext": {
            "sessionIssuer": {
                "type": "Role",
                "principalId": principal,
                "arn": f"arn:aws:iam::{account}:role/{role}",
                "accountId": account,
                "userName": name,
            },
            "webIdFederationData": {},
            "attributes": {
                "creationDate": f"2026-03-02T{rng.randrange(24):02}:{rng.randrange(60):02}:{rng.randrange(60):02}Z",
                "mfaAuthenticated": "false",
            },
        },
    }


@cache
def user(account: str, name: str) -> dict[str, Any]:
    """The userIdentity of an IAM user with a long-lived key. Shared between events: never change it."""
    rng = Random(f"{account}/{name}")
    return {
        "type": "IAMUser",
        "principalId": key_id(rng, "AIDA"),
        "arn": f"arn:aws:iam::{account}:user/{name}",
        "accountId": account,
        "accessKeyId": key_id(rng, "AKIA"),
        "userName": name,
    }


@cache
def root(account: str) -> dict[str, Any]:
    """The userIdentity of the root user in a console session. Shared between events: never change it."""
    attributes = {"creationDate": "2026-03-02T08:00:00Z", "mfaAuthenticated": "true"}
    return {
        "type": "Root",
        "principalId": account,
        "arn": f"arn:aws:iam::{account}:root",
        "accountId": account,
        "accessKeyId": key_id(Random(account), "ASIA"),
        "sessionContext": {"sessionIssuer": {}, "webIdFederationData": {}, "attributes": attributes},
    }


@cache
def _desk(arn: str) -> tuple[str, str]:
    """The address and the user agent of one session: they stay the same while it lasts."""
    rng = Random(arn)
    return address(rng), rng.choice(USER_AGENTS)


def any_session(rng: Random, account: str) -> Caller:
    """One of the account's assumed-role sessions."""
    identity = session(account, ROLES[int(rng.random() * len(ROLES))], int(rng.random() * SESSIONS_A_ROLE))
    return (identity, *_desk(identity["arn"]))


def any_user(rng: Random, account: str) -> Caller:
    """One of the account's IAM users."""
    identity = user(account, USERS[int(rng.random() * len(USERS))])
    return (identity, *_desk(identity["arn"]))
