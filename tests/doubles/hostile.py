"""The table of hostile strings, an alert that holds one wherever an attacker can write, and what must not come out.

For every destination the same: what arrives is plain text. A test takes the fixture's place with
`@pytest.mark.parametrize("value", HOSTILE.values(), ids=HOSTILE)`, sends `hostile_parcels(value)` and looks at what
arrived with FORBIDDEN and, where its medium knows links or mentions, with checks of its own.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from typing import Any

from daemon.model import (
    MUTING,
    Alert,
    AnswerKind,
    AnswerOutcome,
    DeliveryKind,
    Edition,
    KeptAnswer,
    Known,
    Mute,
    MuteScope,
    Person,
    Previous,
    RuleFacts,
    Trait,
    TraitKind,
)
from daemon.ports import Parcel
from daemon.trail.identity import resolve_actor
from daemon.trail.summary import render_summary
from tests.doubles.alerts import NOW, a_parcel, a_record, a_sample, an_alert
from tests.golden.daily import a_wild_day, told

HOSTILE = {
    "channel mention": "<!channel>",
    "everyone mention": "<!everyone|hi>",
    "user mention": "<@U123ABC>",
    "subteam mention": "<!subteam^S123>",
    "at mention": "@here @channel @everyone",
    "labelled link": "<https://evil.example.com|Open in CloudTrail>",
    "bare link": "https://evil.example.com/x",
    "link in Markdown": "[Open in CloudTrail](https://evil.example.com)",
    "link in HTML": '<a href="https://evil.example.com">Open</a><img src=x onerror=alert(1)>',
    "script link": "<javascript:alert(1)|Open>",
    "date": "<!date^1392734382^{date}|x>",
    "entities": "&lt;!channel&gt;",
    "numbered entities": "&#60;!channel&#62; &amp;lt;!here&amp;gt;",
    "back-ticks": "```\n*bold* `code`",
    "markup": "*bold* _it_ ~no~ :rotating_light:",
    "bidi override": "\u202egnp.exe\u2066x\u2069",
    "zero width": "al\u200bi\u200dce\ufeff",
    "tag characters": "a\U000e0041\U000e0042b\u00ad\u034fc",
    "controls": "a\x00b\x07c\x08d\x7fe\x85f\u2028g",
    "colour escape": "\x1b[31mred\x1b[0m",
    "title escape": "\x1b]0;owned\x07",
    "link escape": "\x1b]8;;https://evil.example.com\x1b\\Open\x1b]8;;\x1b\\",
    "cursor escape": "\x1b[2J\x1b[1;1H\x1b[8mhidden",
    "clipboard escape": "\x1b]52;c;ZWNobyBvd25lZA==\x07",
    "C1 escape": "\x9b2J\x9d0;x\x9c",
    "carriage return": "good\rbad",
    "header lines": "x\r\nBcc: everybody@example.com\r\n\r\nbody",
    "fake line": "x\n HIGH  fake alert\n  who  nobody",
    "rich markup": "[bold red]x[/] [link=https://evil.example.com]y[/link]",
    "long": "A" * 100_000,
    "long specials": "<&>" * 33_000,
    "long controls": "\x1b[31m" * 20_000,
    "combining": "a" + "\u0301" * 5_000,
    "JSON": '"}],"channel":"C0OTHER"}',
    "template": "{actor} %s ${jndi:ldap://x} {{7*7}} {0.__class__}",
    "account": "111122223333",
    "lone surrogate": "\ud800x",
    "empty": "",
    "spaces": "   ",
}
FORBIDDEN = re.compile(
    r"[\x00-\x09\x0b-\x1f\x7f-\x9f\xad\u061c\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff\ud800-\udfff\U000e0000-\U000e007f]"
)
_FIELDS = (
    "userAgent",
    "sourceIPAddress",
    "errorMessage",
    "errorCode",
    "eventName",
    "eventSource",
    "awsRegion",
    "eventID",
    "eventTime",
)


def hostile_identities(value: str) -> dict[str, dict[str, Any]]:
    """Every type of userIdentity with this in each of its fields."""
    names = dict.fromkeys(("userName", "arn", "accessKeyId", "principalId", "accountId", "invokedBy"), value)
    context = {
        "sessionContext": {
            "sourceIdentity": value,
            "sessionIssuer": {"userName": value, "arn": value, "principalId": value},
            "attributes": {"mfaAuthenticated": value},
        },
        "onBehalfOf": {"userId": value},
        "identityProvider": value,
    }
    types = ("Root", "IAMUser", "FederatedUser", "SAMLUser", "WebIdentityUser", "AWSService", "AWSAccount", "Directory")
    session = {
        "type": "AssumedRole",
        "arn": f"arn:aws:sts::111122223333:assumed-role/Deploy/{value}",
        "principalId": f"AROAEXAMPLE:{value}",
        "accountId": "111122223333",
    }
    return {
        **{each: {"type": each, **names, **context} for each in types},
        "AssumedRole": {"type": "AssumedRole", **names, **context},
        "session": session,
        "type itself": {"type": value, **names},
    }


def hostile_alert(value: str, identity: dict[str, Any] | None = None) -> Alert:
    """An alert in which everything that a caller can choose is this."""
    identity = identity or hostile_identities(value)["IAMUser"]
    record = a_record(
        **dict.fromkeys(_FIELDS, value),
        requestParameters={"groupName": value, value: value},
        recipientAccountId=value,
        additionalEventData={"MFAUsed": value},
        userIdentity=identity,
    )
    template = "{actor} deleted {requestParameters.groupName}[ from {sourceIPAddress}] ({errorMessage})"
    sample = a_sample(
        record,
        fields=(("requestParameters.groupName", value), (value, value)),
        object_url=f"s3://trail/{value}",
        summary=render_summary(template, record, resolve_actor(record)),
    )
    # Whoever owns an account names it, and a database of addresses comes from somewhere else as well.
    known = Known(accounts={value: value, "111122223333": value}, places={value: value})
    known = replace(known, countries=known.places, networks=known.places)
    group = (("requestParameters.groupName", value), (value, value))
    return an_alert(samples=(sample, sample), group=group, known=known, count=2)


def hostile_alerts(value: str) -> Iterator[Alert]:
    """One for each type of identity, one of a correlation that late events took back, and one stored long ago."""
    for identity in hostile_identities(value).values():
        yield hostile_alert(value, identity)
    alert = hostile_alert(value)
    yield replace(alert, facts=RuleFacts(correlation=f"3 or more by {value}"), revised=f"late events of {value}")
    # No cleaning on the way into the store is relied on: what stands there raw comes out as plain text too.
    yield replace(alert, samples=(replace(alert.samples[0], summary=value, actor=value, record={}),), title=value)


def hostile_notice(value: str) -> Alert:
    """The daemon speaking of something that an attacker named: a key, a file."""
    return an_alert(
        rule_id="notice:quarantine", title=value, samples=(a_sample(summary=value),), group=(("about", value),)
    )


def hostile_digests(value: str) -> Iterator[Alert]:
    """A daily digest of a day full of such names, and one that was stored with them as they are."""
    alert = told(a_wild_day(value))
    yield alert
    fields = ((value, value), ("Mutes", value), ("Alerts by rule and account", value))
    raw = replace(alert.samples[0], fields=fields)
    yield replace(alert, title=value, samples=(raw,), facts=replace(alert.facts, description=value))


def hostile_growth(value: str) -> Alert:
    """One that has grown by events in which everything is this."""
    traits = tuple(Trait(kind=kind, value=value, since=2) for kind in TraitKind if kind is not TraitKind.LEVEL)
    return replace(hostile_alert(value), traits=traits, version=3, count=3)


def hostile_answers(value: str) -> Iterator[KeptAnswer]:
    """What people may say, by people of this name, for this reason, about mutes of this rule and principal."""
    person = Person(id=f"slack:T0EXAMPLE/{value}", name=value)
    mute = Mute(
        id=3,
        rule_id=value,
        title=value,
        scope=MuteScope.IDENTITY,
        account=value,
        principal=value,
        reason=value,
        duration=timedelta(hours=8),
        with_critical=False,
        alert_id="alert-1",
        made_by=person,
        made_at=NOW,
        until_at=NOW + timedelta(hours=8),
    )
    for kind in AnswerKind:
        about: dict[str, Any] = {"number": 1, "at": NOW, "kind": kind, "by": person, "alert_id": "alert-1"}
        for each in (mute, replace(mute, scope=MuteScope.ACCOUNT), replace(mute, until_at=None)):
            kept = KeptAnswer(**about, outcome=AnswerOutcome.DONE, mute=each if kind in MUTING else None)
            yield kept
            yield replace(kept, outcome=AnswerOutcome.AGAIN, before=value)


def hostile_kinds(value: str) -> Iterator[Parcel]:
    """Every kind of delivery, in the raw form in which the state might hold it."""
    alert, grown = hostile_alert(value), hostile_growth(value)
    revised, since = replace(alert, revised=value), Edition(version=1, count=1)
    previous = Previous(id=value, opened_at=NOW, last_at=NOW, count=4)
    yield replace(a_parcel(alert), previous=previous)
    yield a_parcel(hostile_notice(value))
    yield from (a_parcel(digest) for digest in hostile_digests(value))
    yield a_parcel(alert, kind=DeliveryKind.DETAILS)
    yield a_parcel(revised, kind=DeliveryKind.REPLY)
    yield a_parcel(alert, grown, kind=DeliveryKind.SUMMARY)
    for kind in (DeliveryKind.UPDATE, DeliveryKind.REPLY, DeliveryKind.BROADCAST):
        yield a_parcel(grown, kind=kind, since=since)
    for kind in (DeliveryKind.ACKNOWLEDGE, DeliveryKind.RESOLVE):
        yield a_parcel(alert, kind=kind)
    for answer in hostile_answers(value):
        for kind in (DeliveryKind.ANSWER, DeliveryKind.AUDIT):
            yield replace(a_parcel(alert, kind=kind), answer=answer)


def hostile_parcels(value: str) -> Iterator[Parcel]:
    """The opens of alerts of every sort, and every kind of delivery."""
    for alert in hostile_alerts(value):
        yield a_parcel(alert)
    yield from hostile_kinds(value)
