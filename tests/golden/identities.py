"""The other kinds of identity, each in an event of another kind: who acted, how sure that is, and from where."""

from __future__ import annotations

from typing import Any

from daemon.model import Alert, Level
from daemon.notify.known import Place, with_known
from tests.golden.making import ACCOUNT, OTHER, alert_about, assumed, record_of, root

NAMES = {ACCOUNT: "prod", OTHER: "partner"}
PLACES = {"203.0.113.7": Place(country="Germany", network="AS64500 Example Net")}
NOWHERE = Place()
FAILED: dict[str, Any] = {
    "errorMessage": "Failed authentication",
    "requestParameters": None,
    "responseElements": {"ConsoleLogin": "Failure"},
}


def identities() -> dict[str, Alert]:
    """Alerts by the name of their golden files; all in accounts whose names are known."""
    alerts = {**_sign_ins(), **_people(), **_federated(), **_others()}
    return {
        name: with_known(alert, names=NAMES, place_of=lambda a: PLACES.get(a, NOWHERE))
        for name, alert in alerts.items()
    }


def _user(name: str) -> dict[str, Any]:
    arn = f"arn:aws:iam::{ACCOUNT}:user/{name}"
    key = "AKIAIOSFODNN7EXAMPLE"
    return {"type": "IAMUser", "userName": name, "arn": arn, "accountId": ACCOUNT, "accessKeyId": key}


def _sign_ins() -> dict[str, Alert]:
    no_key = {"accessKeyId": ""}
    as_root = record_of(20, "signin", "ConsoleLogin", root() | no_key, **FAILED)
    as_user = record_of(21, "signin", "ConsoleLogin", _user("alice") | no_key, **FAILED)
    center = "aws-reserved/sso.amazonaws.com/AWSReservedSSO_ReadOnly_0123456789abcdef"
    as_role = record_of(
        22,
        "signin",
        "ConsoleLogin",
        assumed(center, "alice@example.com"),
        requestParameters=None,
        responseElements={"ConsoleLogin": "Success"},
        additionalEventData={"MFAUsed": "No"},
    )
    failure = {"responseElements.ConsoleLogin": "Failure"}
    return {
        "sign-in-of-root-failed": alert_about(
            as_root, title="Root sign-in failed", summary="{actor} failed to sign in", fields=failure
        ),
        "sign-in-of-a-user-failed": alert_about(
            as_user, title="Sign-in failed", summary="{actor} failed to sign in", fields=failure, level=Level.LOW
        ),
        "sign-in-by-identity-center": alert_about(
            as_role, title="Sign-in", summary="{actor} signed in", fields={}, level=Level.INFORMATIONAL
        ),
    }


def _people() -> dict[str, Alert]:
    center_user = {
        "type": "IdentityCenterUser",
        "accountId": ACCOUNT,
        "onBehalfOf": {
            "userId": "544894e8-80c1-707f-60e3-3ba6510dfac1",
            "identityStoreArn": f"arn:aws:identitystore::{ACCOUNT}:identitystore/d-1",
        },
    }
    opened = record_of(
        23,
        "lambda",
        "AddPermission20150331v2",
        assumed("Deploy", "x") | {"onBehalfOf": center_user["onBehalfOf"]},
        requestParameters={"functionName": "pay", "principal": "*", "action": "lambda:InvokeFunction"},
    )
    renamed = record_of(24, "sso", "CreateAccountAssignment", center_user, sourceIPAddress="10.1.2.3")
    password = record_of(
        25,
        "iam",
        "CreateLoginProfile",
        _user("alice"),
        requestParameters={"userName": "bob", "password": "must-not-be-seen", "passwordResetRequired": False},
        responseElements={"loginProfile": {"userName": "bob", "passwordResetRequired": False}},
    )
    return {
        "function-opened": alert_about(
            opened,
            title="Lambda function opened to everybody",
            summary="{actor} opened {requestParameters.functionName} to {requestParameters.principal}",
            fields={"requestParameters.principal": "*"},
        ),
        "assignment-by-a-center-user": alert_about(
            renamed, title="Permission set assigned", summary="{actor} assigned a permission set", fields={}
        ),
        "password-for-a-user": alert_about(
            password,
            title="Console password for another user",
            summary="{actor} gave {requestParameters.userName} a password: {requestParameters.password}",
            fields={"requestParameters.userName": "bob", "requestParameters.password": "[masked]"},
        ),
    }


def _federated() -> dict[str, Alert]:
    attached = record_of(
        26,
        "iam",
        "AttachUserPolicy",
        {
            "type": "FederatedUser",
            "principalId": f"{ACCOUNT}:bob",
            "arn": f"arn:aws:sts::{ACCOUNT}:federated-user/bob",
            "accountId": ACCOUNT,
            "accessKeyId": "ASIAIOSFODNN7EXAMPLE",
            "sessionContext": {"sessionIssuer": _user("alice")},
        },
        requestParameters={"userName": "bob", "policyArn": "arn:aws:iam::aws:policy/AdministratorAccess"},
    )
    saml = record_of(
        27,
        "sts",
        "AssumeRoleWithSAML",
        {"type": "SAMLUser", "principalId": "idp:alice", "userName": "alice", "identityProvider": "idp.example.com"},
        requestParameters={"roleArn": f"arn:aws:iam::{ACCOUNT}:role/Admin", "sAMLAssertionID": "_1"},
    )
    directory = record_of(
        28, "workdocs", "DeleteUser", {"type": "Directory", "userName": "alice", "accountId": ACCOUNT}
    )
    policy = "requestParameters.policyArn"
    return {
        "admin-policy-by-a-federated-user": alert_about(
            attached,
            title="Administrator policy attached",
            summary="{actor} attached {" + policy + "}",
            fields={policy: "arn:aws:iam::aws:policy/AdministratorAccess"},
            level=Level.CRITICAL,
        ),
        "role-by-saml": alert_about(
            saml, title="Role by SAML", summary="{actor} took {requestParameters.roleArn}", fields={}
        ),
        "deletion-by-a-directory-user": alert_about(
            directory, title="User deleted", summary="{actor} deleted a user", fields={}
        ),
    }


def _others() -> dict[str, Alert]:
    crossed = record_of(
        29,
        "sts",
        "AssumeRole",
        {"type": "AWSAccount", "accountId": OTHER, "principalId": "AROAEXAMPLE:chosen"},
        requestParameters={"roleArn": f"arn:aws:iam::{ACCOUNT}:role/Admin", "roleSessionName": "chosen"},
        sharedEventID="d1c7a7a5-0000-4000-8000-000000000001",
    )
    shared = record_of(
        30,
        "ec2",
        "ModifySnapshotAttribute",
        {
            "type": "AssumedRole",
            "accountId": OTHER,
            "principalId": "AROAEXAMPLE:x",
            "arn": f"arn:aws:sts::{OTHER}:assumed-role/Backup/x",
            "sessionContext": {"sessionIssuer": {"arn": f"arn:aws:iam::{OTHER}:role/Backup", "userName": "Backup"}},
        },
        requestParameters={
            "snapshotId": "snap-1",
            "createVolumePermission": {"add": {"items": [{"userId": "777777777777"}]}},
        },
    )
    started = record_of(
        31,
        "ec2",
        "RunInstances",
        assumed("Deploy", "AWSCloudFormation") | {"invokedBy": "cloudformation.amazonaws.com"},
        requestParameters={"userData": "must-not-be-seen", "instanceType": "p5.48xlarge"},
        sourceIPAddress="cloudformation.amazonaws.com",
        userAgent="cloudformation.amazonaws.com",
    )
    anonymous = record_of(
        33,
        "s3",
        "DeleteObject",
        {"type": "AWSAccount", "principalId": "", "accountId": "ANONYMOUS_PRINCIPAL"},
        requestParameters={"bucketName": "logs", "key": "a"},
    )
    center = "aws-reserved/sso.amazonaws.com/AWSReservedSSO_ReadOnly_0123456789abcdef"
    stranger = assumed(center, "alice@example.com", account=OTHER)
    foreign = record_of(34, "s3", "PutBucketPolicy", stranger, requestParameters={"bucketName": "logs"})
    unknown = record_of(32, "sso", "Authenticate", {"type": "Unknown", "userName": "alice@example.com"})
    given = "requestParameters.createVolumePermission.add.items.userId"
    return {
        "role-taken-from-another-account": alert_about(
            crossed, title="Role taken from outside", summary="{actor} took {requestParameters.roleArn}", fields={}
        ),
        "snapshot-shared": alert_about(
            shared,
            title="Snapshot shared",
            summary="{actor} shared {requestParameters.snapshotId} with {" + given + "}",
            fields={given: "777777777777"},
        ),
        "instances-started-through-a-service": alert_about(
            started,
            title="Costly instances",
            summary="{actor} started {requestParameters.instanceType}",
            fields={"requestParameters.instanceType": "p5.48xlarge"},
        ),
        "deletion-by-anybody": alert_about(
            anonymous, title="Object deleted", summary="{actor} deleted {requestParameters.key}", fields={}
        ),
        "bucket-policy-by-a-stranger": alert_about(
            foreign, title="Policy of a bucket", summary="{actor} opened {requestParameters.bucketName}", fields={}
        ),
        "identity-of-an-unknown-kind": alert_about(
            unknown, title="Sign-in at the portal", summary="{actor} signed in", fields={}, level=Level.LOW
        ),
    }
