"""Deliveries of many kinds: the inputs of the golden files beside this module."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from pathlib import Path

from daemon.model import Alert, DeliveryKind, Edition, Gathering, Level, Previous, RuleFacts, Trait, TraitKind
from daemon.ports import Parcel
from tests.doubles.alerts import NOW, a_parcel, a_record, a_sample, an_alert
from tests.golden.daily import digests
from tests.golden.identities import identities
from tests.golden.making import ACCOUNT, alert_about, assumed, record_of, root

FOLDER = Path(__file__).parent


def cases() -> dict[str, Parcel]:
    """Every case by the name of its golden files."""
    alerts = {**_root_and_sign_ins(), **_roles(), **_services(), **_odd_ones(), **identities()}
    parcels = {name: a_parcel(alert) for name, alert in alerts.items()}
    key, many = alerts["access-key-created"], _many_denied()
    taken_back = replace(many, revised="late events show that its condition did not hold")
    return {
        **parcels,
        "correlation": a_parcel(many),
        "correlation-details": a_parcel(many, kind=DeliveryKind.DETAILS),
        "correlation-revised": a_parcel(taken_back, kind=DeliveryKind.REPLY),
        "details-matched": a_parcel(alerts["group-deleted-by-root"], kind=DeliveryKind.DETAILS),
        "details-full-masked": a_parcel(key, kind=DeliveryKind.DETAILS),
        **_going_on(),
        "details-full-of-a-new-password": a_parcel(alerts["password-for-a-user"], kind=DeliveryKind.DETAILS),
        **{name: a_parcel(alert) for name, alert in digests().items()},
        "flood": a_parcel(*alerts.values(), kind=DeliveryKind.SUMMARY),
        "backlog": a_parcel(
            *(replace(alerts["late"], id=f"late-{number}") for number in range(3)),
            kind=DeliveryKind.SUMMARY,
            gathers=Gathering.BACKLOG,
        ),
        "quiet-hours": a_parcel(
            *(alerts[name] for name in ("sign-in-without-mfa", "sign-in-with-a-wrong-name")),
            kind=DeliveryKind.SUMMARY,
            gathers=Gathering.QUIET,
        ),
    }


def _many_denied() -> Alert:
    """An alert of a correlation: what completed it comes first, and a line tells each of its events."""
    calls = ("09:03:10 CreateUser", "09:01:00 ListUsers", "09:02:30 GetRole", "09:07:45 PassRole")
    records = [
        a_record(
            eventID=f"4f1a2b3c-0000-4000-8000-0000000000{90 + number}",
            eventName=call.split()[1],
            eventTime=f"2026-03-01T{call.split()[0]}Z",
            errorCode="AccessDenied",
        )
        for number, call in enumerate(calls)
    ]
    shown = [
        a_sample(
            record,
            fields=(("rule", "denied"), ("eventName", record["eventName"]), ("sourceIPAddress", "203.0.113.7")),
            summary="",
        )
        for record in records
    ]
    asked = "3 or more events of denied within 10 min by userIdentity.arn"
    return an_alert(
        id="alert-90",
        title="Many denied calls",
        group=(("userIdentity.arn", "arn:aws:iam::111122223333:user/alice"),),
        count=9,
        samples=(replace(shown[0], summary=f"9 events: {asked}"), *shown[1:]),
        facts=RuleFacts(description="Somebody feels the walls.", correlation=asked),
        first_at=NOW - timedelta(hours=3),
        last_at=NOW - timedelta(hours=2, minutes=52),
    )


def _going_on() -> dict[str, Parcel]:
    """An alert that has grown: its message changed, a reply, a broadcast, and the next one that leads back to it."""
    calls = [
        a_record(eventID=f"4f1a2b3c-0000-4000-8000-00000000006{number}", eventName=name, **changes)
        for number, (name, changes) in enumerate(
            [
                ("DeleteGroup", {"errorCode": "AccessDenied"}),
                ("DeleteGroup", {"eventTime": "2026-03-01T11:58:00Z", "awsRegion": "eu-west-1"}),
            ]
        )
    ]
    traits = [
        ("actor", "alice", 1),
        ("address", "203.0.113.7", 1),
        ("account", ACCOUNT, 1),
        ("region", "us-east-1", 1),
        ("outcome", "denied", 1),
        ("address", "<!channel>", 4),
        ("region", "eu-west-1", 12),
        ("outcome", "succeeded", 12),
        ("breakthrough", "DeleteGroup", 12),
        ("level", "critical", 12),
    ]
    grown = an_alert(
        id="alert-60",
        samples=tuple(a_sample(call) for call in calls),
        count=12,
        version=12,
        last_at=NOW - timedelta(minutes=2),
        level=Level.CRITICAL,
        opened_level=Level.HIGH,
        traits=tuple(Trait(kind=TraitKind(kind), value=value, since=since) for kind, value, since in traits),
    )
    since = Edition(version=7, count=7)
    previous = Previous(id=grown.id, opened_at=grown.opened_at, last_at=grown.last_at, count=12, remote_ref="C0/1.0")
    return {
        "grown-updated": a_parcel(grown, kind=DeliveryKind.UPDATE, since=since),
        "grown-reply": a_parcel(grown, kind=DeliveryKind.REPLY, since=Edition(version=3, count=3)),
        "grown-broadcast": a_parcel(grown, kind=DeliveryKind.BROADCAST, since=since),
        "grown-goes-on": a_parcel(grown, kind=DeliveryKind.BROADCAST, since=Edition(version=12, count=9)),
        "opened-again": replace(a_parcel(an_alert(previous_id=grown.id)), previous=previous),
    }


def _root_and_sign_ins() -> dict[str, Alert]:
    deleted = record_of(1, "iam", "DeleteGroup", root(mfaAuthenticated="true"))
    no_mfa = record_of(
        2,
        "signin",
        "ConsoleLogin",
        {"type": "IAMUser", "userName": "alice", "arn": f"arn:aws:iam::{ACCOUNT}:user/alice", "accountId": ACCOUNT},
        requestParameters=None,
        responseElements={"ConsoleLogin": "Success"},
        additionalEventData={"MFAUsed": "No", "LoginTo": "https://console.aws.amazon.com/"},
    )
    wrong_name = record_of(
        3,
        "signin",
        "ConsoleLogin",
        {"type": "IAMUser", "userName": "HIDDEN_DUE_TO_SECURITY_REASONS", "accountId": ACCOUNT, "accessKeyId": ""},
        errorMessage="No username found in supplied account",
        responseElements={"ConsoleLogin": "Failure"},
    )
    return {
        "group-deleted-by-root": alert_about(
            deleted,
            title="IAM group deleted",
            summary="{actor} deleted IAM group {requestParameters.groupName}",
            fields={"eventName": "DeleteGroup", "requestParameters.groupName": "testgroup"},
        ),
        "sign-in-without-mfa": alert_about(
            no_mfa,
            title="Console sign-in without MFA",
            summary="{actor} signed in without MFA",
            fields={"additionalEventData.MFAUsed": "No"},
            level=Level.MEDIUM,
        ),
        "sign-in-with-a-wrong-name": alert_about(
            wrong_name,
            title="Failed sign-in",
            summary="{actor} failed to sign in: {errorMessage}",
            fields={"responseElements.ConsoleLogin": "Failure"},
            level=Level.LOW,
            count=40,
            last_at=NOW,
        ),
    }


def _roles() -> dict[str, Alert]:
    sso = "aws-reserved/sso.amazonaws.com/AWSReservedSSO_AdministratorAccess_0123456789abcdef"
    stopped = record_of(4, "cloudtrail", "StopLogging", assumed(sso, "alice@example.com"))
    denied = record_of(
        5,
        "organizations",
        "LeaveOrganization",
        assumed("Deploy", "build-7"),
        errorCode="AccessDeniedException",
        errorMessage="You don't have permissions to access this resource.",
        requestParameters=None,
    )
    opened = record_of(
        6,
        "ec2",
        "AuthorizeSecurityGroupIngress",
        assumed("Deploy", "x", sourceIdentity="bob"),
        requestParameters={
            "groupId": "sg-1",
            "ipPermissions": {"items": [{"ipRanges": {"items": [{"cidrIp": "0.0.0.0/0"}]}}]},
        },
    )
    gov = record_of(
        7, "guardduty", "DeleteDetector", assumed("Ops", "y", partition="aws-us-gov"), awsRegion="us-gov-west-1"
    )
    cidr = "requestParameters.ipPermissions.items.ipRanges.items.cidrIp"
    return {
        "trail-stopped-by-a-person": alert_about(
            stopped,
            title="CloudTrail stopped",
            summary="{actor} stopped a trail",
            fields={"eventName": "StopLogging"},
            level=Level.CRITICAL,
        ),
        "denied-call-of-a-role": alert_about(
            denied,
            title="Account tried to leave the organisation",
            summary="{actor} tried to leave the organisation ({errorCode})",
            fields={"eventName": "LeaveOrganization"},
        ),
        "security-group-opened": alert_about(
            opened,
            title="Security group opened to the world",
            summary="{actor} opened {requestParameters.groupId} to {" + cidr + "}",
            fields={cidr: "0.0.0.0/0"},
            group=(("recipientAccountId", ACCOUNT), ("requestParameters.groupId", "sg-1")),
        ),
        "govcloud": alert_about(
            gov,
            title="GuardDuty disabled",
            summary="{actor} disabled GuardDuty",
            fields={"eventName": "DeleteDetector"},
        ),
    }


def _services() -> dict[str, Alert]:
    key = record_of(
        8,
        "iam",
        "CreateAccessKey",
        root(mfaAuthenticated="false"),
        requestParameters={"userName": "bob"},
        responseElements={"accessKey": {"accessKeyId": "AKIAI44QH8DHBEXAMPLE", "secretAccessKey": "must-not-be-seen"}},
    )
    service = record_of(
        9,
        "kms",
        "ScheduleKeyDeletion",
        {"type": "AWSService", "invokedBy": "backup.amazonaws.com"},
        sourceIPAddress="backup.amazonaws.com",
    )
    web = record_of(
        10,
        "sts",
        "AssumeRoleWithWebIdentity",
        {"type": "WebIdentityUser", "userName": "repo", "identityProvider": "idp.example.com"},
    )
    return {
        "access-key-created": alert_about(
            key,
            title="Access key for another user",
            summary="{actor} created an access key for {requestParameters.userName}",
            fields={"requestParameters.userName": "bob"},
        ),
        "key-deletion-by-a-service": alert_about(
            service,
            title="KMS key to be deleted",
            summary="{actor} scheduled a key",
            fields={"eventName": "ScheduleKeyDeletion"},
        ),
        "web-identity": alert_about(
            web, title="New federation", summary="{actor} took a role", fields={}, level=Level.INFORMATIONAL
        ),
    }


def _odd_ones() -> dict[str, Alert]:
    hostile = record_of(
        11,
        "s3",
        "PutBucketPolicy",
        assumed("Deploy", "<!channel>"),
        userAgent="<https://evil.example.com|Open in CloudTrail> ```\u202e\x1b[31m",
        requestParameters={"bucketName": "<!here> & co", "bucketPolicy": {"Statement": [{"Principal": "*"}]}},
        awsRegion="cn-north-1",
    )
    late = record_of(12, "config", "StopConfigurationRecorder", assumed("Ops", "z"))
    return {
        "hostile-names": alert_about(
            hostile,
            title="S3 bucket made public",
            summary="{actor} made {requestParameters.bucketName} public",
            fields={"requestParameters.bucketName": "<!here> & co"},
        ),
        "late": alert_about(
            late,
            title="AWS Config stopped",
            summary="{actor} stopped AWS Config",
            fields={"eventName": "StopConfigurationRecorder"},
            is_late=True,
            first_at=NOW - timedelta(days=4),
            last_at=NOW - timedelta(days=4),
        ),
        "notice": an_alert(
            rule_id="notice:destination_paused",
            title="Destination security is paused: not_in_channel",
            facts=RuleFacts(description="Nothing is lost. To mend it: invite the app."),
            group=(("about", "security"),),
        ),
    }
