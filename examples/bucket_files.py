"""Which log files the example trail has. Each behaves as real ones do somewhere: late, twice, without a list."""

from __future__ import annotations

from examples.bucket_events import (
    LAB,
    SHOP,
    LogFile,
    Record,
    call,
    key_for_another_user,
    ordinary,
    role,
    root,
    sign_in,
    user,
)


def log_files() -> list[LogFile]:
    """The whole trail, in the order of delivery. The one of 9:15 comes as files of a single record sometimes do."""
    key = key_for_another_user()
    deliveries: list[tuple[str, str, str, str, list[Record] | Record]] = [
        (SHOP, "us-east-1", "20260301T2355", "Qm7Zt1Lw9XcVb3Ka", evening_before()),
        (LAB, "us-east-1", "20260302T0905", "b5RyUe0TnHs2PdGq", lab_morning()),
        (SHOP, "us-east-1", "20260302T0910", "Jk4WvC8xMzA6fYhL", root_session()),
        (SHOP, "us-east-1", "20260302T0915", "xN2oSg7EiTr9BuDw", deleted_group()),
        (SHOP, "us-east-1", "20260302T0925", "Hc3LqVp5ZkJ1mRtY", [key, *ordinary(SHOP, "us-east-1", "09:22")]),
        (SHOP, "eu-west-1", "20260302T0925", "aW8nFs6OyXe4GbUi", [*ordinary(SHOP, "eu-west-1", "09:20"), key]),
        (SHOP, "eu-west-1", "20260302T0930", "T0dKzQ9vMh7PlCjE", open_doors()),
        (LAB, "eu-west-1", "20260302T0940", "g1YrBt5NwSx8LuVo", blinded()),
    ]
    return [
        LogFile(account=account, region=region, stamp=stamp, unique=unique, records=records)
        for account, region, stamp, unique, records in deliveries
    ]


def evening_before() -> list[Record]:
    """Nothing happened, in the folder of another day."""
    return ordinary(SHOP, "us-east-1", "23:51", day="2026-03-01")


def lab_morning() -> list[Record]:
    """People sign in: carol without MFA; a name that does not exist; a federated person, who always shows No."""
    nobody = {"type": "IAMUser", "principalId": "", "accountId": LAB, "userName": "HIDDEN_DUE_TO_SECURITY_REASONS"}
    person = role(LAB, "AWSReservedSSO_Developer_0123456789abcdef", "alice@example.com")
    return [
        sign_in(user(LAB, "carol"), time="09:00:12", source="203.0.113.40", mfa="No"),
        sign_in(nobody, time="09:00:51", source="203.0.113.99", mfa="No", result="Failure"),
        sign_in(person, time="09:02:30", source="198.51.100.23", mfa="No"),
        *ordinary(LAB, "us-east-1", "09:03"),
    ]


def root_session() -> list[Record]:
    """Somebody signs in as root, and looks at the groups first."""
    return [
        sign_in(root(SHOP), time="09:01:58", source="198.51.100.7", mfa="Yes"),
        call(root(SHOP), "iam", "ListGroups", time="09:05:02", region="us-east-1", source="198.51.100.7"),
        *ordinary(SHOP, "us-east-1", "09:06"),
    ]


def deleted_group() -> Record:
    """The record that Trailwarden was made for, in a file whose Records is one object and no list."""
    return call(
        root(SHOP),
        "iam",
        "DeleteGroup",
        time="09:12:44",
        region="us-east-1",
        source="198.51.100.7",
        userAgent="AWS Internal",
        request={"groupName": "testgroup"},
        sessionCredentialFromConsole="true",
    )


def open_doors() -> list[Record]:
    """SSH from everywhere, in the middle of quite ordinary changes; and a bucket for everybody."""
    alice = user(SHOP, "alice")
    office = {"cidrIp": "198.51.100.0/24", "description": "office"}
    world = {"cidrIp": "0.0.0.0/0", "description": "just for today"}
    permissions = [
        {"ipProtocol": "tcp", "fromPort": 443, "toPort": 443, "groups": {}, "ipRanges": {"items": [office]}},
        {"ipProtocol": "tcp", "fromPort": 22, "toPort": 22, "groups": {}, "ipRanges": {"items": [office, world]}},
    ]
    ingress = {"groupId": "sg-0123456789abcdef0", "ipPermissions": {"items": permissions}}
    statement = {
        "Sid": "PublicRead",
        "Effect": "Allow",
        "Principal": "*",
        "Action": "s3:GetObject",
        "Resource": "arn:aws:s3:::example-shop-exports/*",
    }
    policy = {"Version": "2012-10-17", "Statement": [statement]}
    bucket = {"bucketName": "example-shop-exports", "bucketPolicy": policy, "policy": ""}
    return [
        *ordinary(SHOP, "eu-west-1", "09:25"),
        call(alice, "ec2", "AuthorizeSecurityGroupIngress", time="09:26:18", region="eu-west-1", request=ingress,
             responseElements={"_return": True}),
        call(alice, "s3", "PutBucketPolicy", time="09:27:05", region="eu-west-1", request=bucket),
    ]  # fmt: skip


def blinded() -> list[Record]:
    """A user cannot be created, and then a trail is stopped."""
    contractor = role(LAB, "contractor", "dave")
    trail = {"name": f"arn:aws:cloudtrail:eu-west-1:{LAB}:trail/lab"}
    denied = "User is not authorized to perform: iam:CreateUser"
    return [
        call(contractor, "iam", "CreateUser", time="09:34:10", region="us-east-1", source="2001:db8::77",
             request={"userName": "temp-admin"}, errorCode="AccessDenied", errorMessage=denied),
        call(contractor, "cloudtrail", "StopLogging", time="09:35:31", region="eu-west-1", source="2001:db8::77",
             request=trail),
        *ordinary(LAB, "eu-west-1", "09:36"),
    ]  # fmt: skip
