"""What a reader asks of an alert first (who, what, where, from where, by which credential), from its first sample.

Destinations only lay these out, so console and Slack tell the same. Values are the event's own: not yet cleaned.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from daemon.model import INLINE_URL, Alert, Known, Sample
from daemon.notify.known import account_of_actor, source_address
from daemon.trail.identity import resolve_actor
from daemon.trail.masking import mask_value
from daemon.trail.naming import named_account, with_names
from daemon.trail.origin import origin_of
from daemon.trail.outcome import Outcome, outcome_of

_DEFAULT_GROUP = frozenset({"recipientAccountId", "derived.principal"})  # told by who and where already
_GROUP_SHOWN = 8


@dataclass(frozen=True, slots=True, kw_only=True)
class Fact:
    """A label and what stands beside it, most telling first."""

    label: str
    values: tuple[str, ...]


def facts_of(alert: Alert) -> tuple[Fact, ...]:
    """Tell an alert's facts, in the order of reading; those that the event does not hold are left out."""
    if not alert.samples:
        return ()
    return tuple(Fact(label=label, values=values) for label, values in _told(alert, alert.samples[0]) if values)


def _told(alert: Alert, sample: Sample) -> Iterator[tuple[str, tuple[str, ...]]]:
    record = sample.record
    yield "Who", _who(sample, alert.known)
    yield "What", _what(sample)
    yield (
        "Where",
        _present(
            f"account {named_account(sample.account, alert.known.accounts)}" if sample.account else "", sample.region
        ),
    )
    yield "From", _present(_from(sample, alert.known), _text(record, "userAgent"))
    yield "Credential", _credential(record)
    yield "Grouped by", _group(alert)
    yield "Why", _present(alert.facts.correlation)
    yield "Doubt", _present(_doubt(sample))


def delay_text(alert: Alert) -> str:
    """How long after the event it was seen, in words: CloudTrail delivers late, and sometimes very late."""
    if alert.samples and not alert.samples[0].time:
        return "its log file's time: the event's own cannot be read"
    return f"seen {duration_text(alert.opened_at - alert.first_at)} later"


def duration_text(duration: timedelta) -> str:
    """`45 s`, `7 min`, `3 h`, `2 days`: one unit, as people say it."""
    seconds = max(int(duration.total_seconds()), 0)
    for unit, length in ((" days", 86_400), (" h", 3_600), (" min", 60)):
        if seconds >= length * 2:
            return f"{seconds // length}{unit}"
    return f"{seconds} s"


def late_prefix(alert: Alert) -> str:
    """`LATE (4 days old): `; nothing for an alert about what has just happened."""
    return f"LATE ({duration_text(alert.opened_at - alert.first_at)} old): " if alert.is_late else ""


def when_text(alert: Alert) -> str:
    """`2026-03-01 11:53:00 UTC · seen 7 min later`."""
    return f"{alert.first_at:%Y-%m-%d %H:%M:%S} UTC · {delay_text(alert)}"


def _group(alert: Alert) -> tuple[str, ...]:
    known = frozenset() if alert.facts.correlation else _DEFAULT_GROUP  # its first event may be somebody else's
    told = [(field, value) for field, value in alert.group if field not in known]
    names = alert.known.accounts
    return _present(
        *(with_names(f"{field} = {mask_value(field, value)}", names) for field, value in told[:_GROUP_SHOWN])
    )


def _who(sample: Sample, known: Known) -> tuple[str, ...]:
    label = with_names(sample.actor, known.accounts)
    if not sample.record:
        return _present(label)
    actor, home = resolve_actor(sample.record), account_of_actor(sample)
    is_told = actor.kind in ("root", "anonymous") or f"account {home}" in sample.actor
    is_stranger = home and sample.account not in ("", home) and not is_told
    return _present(
        label,
        actor.evidence.words,
        f"of account {named_account(home, known.accounts)}" if is_stranger else "",
        actor.principal,
    )


def _from(sample: Sample, known: Known) -> str:
    """`203.0.113.7 (Germany, Example Net)`; a service's name is no address, and a private one lies nowhere."""
    source = source_address(sample)
    remarks = (origin_of(source).value if source else "", known.places.get(source, ""))
    remark = ", ".join(filter(None, remarks))
    return f"{source} ({remark})" if remark else source


def _what(sample: Sample) -> tuple[str, ...]:
    called = f"{sample.source.removesuffix('.amazonaws.com')}:{sample.name}"
    action = called if sample.source or sample.name else "an unnamed call"
    if not sample.record:
        return _present(action)
    outcome = outcome_of(sample.record)
    code, message = _text(sample.record, "errorCode"), _text(sample.record, "errorMessage")
    fault = ": ".join(filter(None, (code, message)))
    return _present(
        action, f"{outcome.value} ({fault})" if fault and outcome is not Outcome.SUCCEEDED else outcome.value
    )


def _credential(record: Mapping[str, Any]) -> tuple[str, ...]:
    identity = _mapping(record, "userIdentity")
    return _present(_key_text(_text(identity, "accessKeyId")), _mfa_text(record, identity))


def _key_text(key_id: str) -> str:
    if not key_id:
        return ""
    kinds = {"AKIA": "long-term key", "ASIA": "temporary key"}
    return f"{kinds.get(key_id[:4], 'key')} …{key_id[-4:]}"


def _mfa_text(record: Mapping[str, Any], identity: Mapping[str, Any]) -> str:
    """What the event says of a second factor; federated sign-ins always say No, which tells nothing."""
    said = _text(_mapping(_mapping(identity, "sessionContext"), "attributes"), "mfaAuthenticated")
    if identity.get("type") in ("Root", "IAMUser"):
        said = said or _text(_mapping(record, "additionalEventData"), "MFAUsed")
    elif said.casefold() != "true":
        return ""
    return {"true": "with MFA", "yes": "with MFA", "false": "without MFA", "no": "without MFA"}.get(said.casefold(), "")


def _doubt(sample: Sample) -> str:
    """What came by a queue may be forged, until its log file has come too."""
    if not sample.object_url.startswith(INLINE_URL):
        return ""
    return f"arrived by the queue {sample.object_url.removeprefix(INLINE_URL)}, not yet confirmed by the trail"


def _present(*values: str) -> tuple[str, ...]:
    return tuple(dict.fromkeys(value for value in values if value))


def _mapping(value: Mapping[str, Any], key: str) -> Mapping[str, Any]:
    inner = value.get(key)
    return inner if isinstance(inner, Mapping) else {}


def _text(value: Mapping[str, Any], key: str) -> str:
    inner = value.get(key)
    return inner if isinstance(inner, str) else ""
