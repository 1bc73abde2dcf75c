"""What happens in a generated trail day in, day out: the calls of an ordinary AWS account and how often each comes.

A call is its service, name and weight, and two functions that make its parameters and its answer.
"""

from __future__ import annotations

import base64
from collections.abc import Callable
from dataclasses import dataclass
from random import Random
from typing import Any

from benchmarks.trail_cast import ROLES, Place, key_id, key_uuid, unique_id

Maker = Callable[[Random, Place], Any]


def _nothing(_rng: Random, _place: Place) -> None:
    return None


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """One API call. `resource` is the ARN pattern of a `resources` entry, `caller` who makes it when not anybody."""

    weight: float
    service: str
    name: str
    request: Maker = _nothing
    response: Maker = _nothing
    is_read: bool = True
    resource: str | None = None
    caller: str | None = None


def _hex(rng: Random, prefix: str) -> str:
    """One of some hundred things of a kind: the same ones are asked about again and again."""
    return f"{prefix}-0{(rng.getrandbits(7) + 1) * 0x9E3779B97F4A7C15 & 0xFFFFFFFFFFFFFFFF:016x}"


def _items(kind: str, prefix: str) -> Maker:
    """EC2's way of naming things: {"vpcSet": {"items": [{"vpcId": …}]}, "filterSet": {}}."""

    def make(rng: Random, _place: Place) -> dict[str, Any]:
        ids = [{f"{kind}Id": _hex(rng, prefix)} for _ in range(1 + int(rng.random() * 3))]
        return {f"{kind}Set": {"items": ids}, "filterSet": {}}

    return make


def _filters(rng: Random, place: Place) -> dict[str, Any]:
    owner = {"name": "owner-id", "valueSet": {"items": [{"value": place.account}]}}
    tag = {"name": "tag:Name", "valueSet": {"items": [{"value": f"shop-{rng.getrandbits(12)}"}]}}
    return {"maxResults": 200, "filterSet": {"items": [owner, tag]}}


def _bucket(parameter: str) -> Maker:
    def make(rng: Random, place: Place) -> dict[str, Any]:
        name = f"example-{place.account}-logs-{rng.getrandbits(6)}"
        return {"bucketName": name, "Host": f"{name}.s3.{place.region}.amazonaws.com", parameter: ""}

    return make


def _named(parameter: str, prefix: str) -> Maker:
    def make(rng: Random, _place: Place) -> dict[str, Any]:
        return {parameter: f"{prefix}{rng.getrandbits(12):03x}"}

    return make


def _role_name(rng: Random, _place: Place) -> dict[str, Any]:
    return {"roleName": ROLES[int(rng.random() * 10)], "maxItems": 100}


def _assume_role(rng: Random, place: Place) -> dict[str, Any]:
    role = ROLES[int(rng.random() * len(ROLES))]
    session = f"{role[:20]}-{rng.getrandbits(40):x}"
    return {"roleArn": f"arn:aws:iam::{place.account}:role/{role}", "roleSessionName": session, "durationSeconds": 3600}


def _credentials(rng: Random, place: Place) -> dict[str, Any]:
    token = "IQoJb3JpZ2luX2Vj" + base64.b64encode(rng.randbytes(630)).decode()
    keys = {"accessKeyId": key_id(rng, "ASIA"), "sessionToken": token, "expiration": "Mar 2, 2026, 11:00:00 PM"}
    role_id = f"{key_id(rng, 'AROA')}:{place.region}"
    arn = f"arn:aws:sts::{place.account}:assumed-role/{ROLES[0]}/{place.region}"
    return {"credentials": keys, "assumedRoleUser": {"assumedRoleId": role_id, "arn": arn}}


def _decrypt(rng: Random, place: Place) -> dict[str, Any]:
    arn = f"arn:aws:ssm:{place.region}:{place.account}:parameter/shop/checkout/{rng.getrandbits(10)}"
    return {"encryptionAlgorithm": "SYMMETRIC_DEFAULT", "encryptionContext": {"PARAMETER_ARN": arn}}


def _data_key(rng: Random, place: Place) -> dict[str, Any]:
    bucket = f"arn:aws:s3:::example-{place.account}-logs-{rng.getrandbits(6)}"
    key = f"arn:aws:kms:{place.region}:{place.account}:key/{key_uuid(rng)}"
    return {"keyId": key, "encryptionContext": {"aws:s3:arn": bucket}, "keySpec": "AES_256"}


def _interface(rng: Random, place: Place) -> dict[str, Any]:
    groups = {"items": [{"groupId": _hex(rng, "sg")}]}
    return {"subnetId": _hex(rng, "subnet"), "description": "container attachment", "groupSet": groups}


def _interface_made(rng: Random, place: Place) -> dict[str, Any]:
    address = f"10.{rng.getrandbits(8)}.{rng.getrandbits(8)}.{rng.getrandbits(8)}"
    interface = {
        "networkInterfaceId": _hex(rng, "eni"),
        "subnetId": _hex(rng, "subnet"),
        "vpcId": _hex(rng, "vpc"),
        "availabilityZone": f"{place.region}a",
        "ownerId": place.account,
        "requesterManaged": False,
        "status": "pending",
        "macAddress": "0a:00:00:5d:20:0b",
        "privateIpAddress": address,
        "sourceDestCheck": True,
        "groupSet": {"items": [{"groupId": _hex(rng, "sg"), "groupName": "default"}]},
        "privateIpAddressesSet": {"item": [{"privateIpAddress": address, "primary": True}]},
        "ipv6AddressesSet": {},
        "tagSet": {"items": [{"key": "team", "value": "shop"}, {"key": "env", "value": "production"}]},
    }
    return {"requestId": unique_id(rng), "networkInterface": interface}


def _tags(rng: Random, _place: Place) -> dict[str, Any]:
    tags = [{"key": key, "value": f"shop-{rng.getrandbits(8)}"} for key in ("Name", "team", "env", "cost-centre")]
    return {"resourcesSet": {"items": [{"resourceId": _hex(rng, "i")}]}, "tagSet": {"items": tags}}


def _heartbeat(rng: Random, _place: Place) -> dict[str, Any]:
    return {
        "instanceId": _hex(rng, "i"),
        "agentVersion": "3.3.1957.0",
        "agentStatus": "Active",
        "platformType": "Linux",
        "platformName": "Amazon Linux",
        "platformVersion": "2023",
        "iPAddress": f"10.0.{rng.getrandbits(8)}.{rng.getrandbits(8)}",
        "computerName": f"ip-10-0-{rng.getrandbits(8)}.{_place.region}.compute.internal",
        "agentName": "amazon-ssm-agent",
        "availabilityZone": f"{_place.region}b",
    }


CALLS = (
    Call(weight=5, service="sts", name="AssumeRole", request=_assume_role, response=_credentials, caller="service",
         resource="arn:aws:iam::{account}:role/{role}"),
    Call(weight=2, service="sts", name="AssumeRole", request=_assume_role, response=_credentials,
         resource="arn:aws:iam::{account}:role/{role}"),
    Call(weight=3, service="sts", name="GetCallerIdentity"),
    Call(weight=11, service="kms", name="Decrypt", request=_decrypt,
         resource="arn:aws:kms:{region}:{account}:key/{id}"),
    Call(weight=5, service="kms", name="GenerateDataKey", request=_data_key,
         resource="arn:aws:kms:{region}:{account}:key/{id}"),
    Call(weight=6, service="ec2", name="DescribeInstances", request=_items("instances", "i")),
    Call(weight=4, service="ec2", name="DescribeNetworkInterfaces", request=_filters),
    Call(weight=4, service="ec2", name="DescribeVolumes", request=_items("volume", "vol")),
    Call(weight=3, service="ec2", name="DescribeSecurityGroups", request=_filters),
    Call(weight=3, service="ec2", name="DescribeSubnets", request=_items("subnet", "subnet")),
    Call(weight=3, service="ec2", name="DescribeRouteTables", request=_items("routeTable", "rtb")),
    Call(weight=2, service="ec2", name="DescribeRegions", request=lambda _rng, _place: {"regionSet": {}}),
    Call(weight=2, service="ec2", name="CreateNetworkInterface", request=_interface, response=_interface_made,
         is_read=False),
    Call(weight=2, service="ec2", name="CreateTags", request=_tags, is_read=False,
         response=lambda rng, _place: {"requestId": unique_id(rng), "_return": True}),
    Call(weight=2, service="s3", name="GetBucketAcl", request=_bucket("acl"), resource="arn:aws:s3:::{bucket}"),
    Call(weight=2, service="s3", name="GetBucketVersioning", request=_bucket("versioning"),
         resource="arn:aws:s3:::{bucket}"),
    Call(weight=2, service="s3", name="GetBucketPolicyStatus", request=_bucket("policyStatus"),
         resource="arn:aws:s3:::{bucket}"),
    Call(weight=2, service="iam", name="GetRole", request=_role_name),
    Call(weight=2, service="iam", name="ListAttachedRolePolicies", request=_role_name),
    Call(weight=1, service="iam", name="GetUser", request=_named("userName", "user-")),
    Call(weight=4, service="ssm", name="UpdateInstanceInformation", request=_heartbeat, is_read=False),
    Call(weight=3, service="ssm", name="GetParameter", request=_named("name", "/shop/checkout/"),
         resource="arn:aws:ssm:{region}:{account}:parameter/shop"),
    Call(weight=2, service="secretsmanager", name="GetSecretValue", request=_named("secretId", "shop/db-")),
    Call(weight=3, service="logs", name="CreateLogStream", request=_named("logGroupName", "/aws/lambda/shop-"),
         is_read=False),
    Call(weight=2, service="logs", name="DescribeLogGroups", request=_named("logGroupNamePrefix", "/aws/")),
    Call(weight=2, service="ecr", name="BatchGetImage", request=_named("repositoryName", "shop/"),
         resource="arn:aws:ecr:{region}:{account}:repository/shop"),
    Call(weight=2, service="ecs", name="DescribeServices", request=_named("cluster", "shop-")),
    Call(weight=2, service="autoscaling", name="DescribeAutoScalingGroups", request=_named("nextToken", "page-")),
    Call(weight=2, service="lambda", name="ListFunctions20150331", request=_named("marker", "page-")),
    Call(weight=1, service="rds", name="DescribeDBInstances", request=_named("dBInstanceIdentifier", "shop-")),
    Call(weight=1, service="health", name="DescribeEventAggregates",
         request=lambda _rng, _place: {"aggregateField": "eventTypeCategory"}),
    Call(weight=1, service="secretsmanager", name="RotationSucceeded", is_read=False, caller="account"),
)  # fmt: skip
