"""What the cases of golden files are made of: records of each kind of identity, and alerts about them."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from daemon.model import Alert, RuleFacts
from daemon.trail.identity import resolve_actor
from daemon.trail.summary import render_summary
from tests.doubles.alerts import a_record, a_sample, an_alert

ACCOUNT, OTHER = "111122223333", "444455556666"


def alert_about(record: dict[str, Any], *, title: str, summary: str, fields: dict[str, str], **changes: Any) -> Alert:
    sample = a_sample(
        record, summary=render_summary(summary, record, resolve_actor(record)), fields=tuple(fields.items())
    )
    facts = RuleFacts(description=f"{title}: look at who did it, and ask them.", tags=("attack.t1078.004",))
    return replace(
        an_alert(id=f"alert-{record['eventID'][-2:]}", title=title, samples=(sample,), facts=facts), **changes
    )


def record_of(number: int, source: str, name: str, identity: dict[str, Any], **changes: Any) -> dict[str, Any]:
    return a_record(
        eventID=f"4f1a2b3c-0000-4000-8000-0000000000{number:02d}",
        eventSource=f"{source}.amazonaws.com",
        eventName=name,
        userIdentity=identity,
        **changes,
    )


def root(**attributes: str) -> dict[str, Any]:
    return {
        "type": "Root",
        "principalId": ACCOUNT,
        "arn": f"arn:aws:iam::{ACCOUNT}:root",
        "accountId": ACCOUNT,
        "accessKeyId": "ASIAIOSFODNN7EXAMPLE",
        "sessionContext": {"sessionIssuer": {}, "attributes": attributes},
    }


def assumed(
    role: str, session: str, *, partition: str = "aws", account: str = ACCOUNT, **context: Any
) -> dict[str, Any]:
    issuer = {
        "type": "Role",
        "arn": f"arn:{partition}:iam::{account}:role/{role}",
        "userName": role.rpartition("/")[2],
    }
    return {
        "type": "AssumedRole",
        "principalId": f"AROAEXAMPLE:{session}",
        "arn": f"arn:{partition}:sts::{account}:assumed-role/{issuer['userName']}/{session}",
        "accountId": account,
        "accessKeyId": "ASIAIOSFODNN7EXAMPLE",
        "sessionContext": {"sessionIssuer": issuer, "attributes": {"mfaAuthenticated": "false"}, **context},
    }
