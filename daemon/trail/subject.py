"""Whom an alert is about, as far as a mute may go by it: account and principal, never a session's own name."""

from __future__ import annotations

import re
from dataclasses import dataclass

from daemon.model import Alert
from daemon.trail.identity import resolve_actor

_CHOSEN = ":federated-user/"  # whoever asks for such a session names it
# All such sessions of an account; of a kind, and nothing else is known; or anybody at all.
_OF_A_KIND = (":federated-user", ":", ":ANONYMOUS_PRINCIPAL", ":anonymous")
_ONLY_AN_ACCOUNT = re.compile(r"[^:]*:[0-9]{12}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Subject:
    """Empty where an alert does not say it. `label` is for people to read."""

    account: str
    principal: str
    label: str


def subject_of(alert: Alert) -> Subject:
    """Whose matches a mute of this alert would be about.

    A correlation's alert is about many events, so that only what it is grouped by can be told of all of them.
    """
    if alert.is_notice or not alert.samples:
        return Subject(account="", principal="", label="")
    first = alert.samples[0]
    if alert.facts.correlation:
        group = dict(alert.group)
        account, principal = group.get("recipientAccountId", ""), group.get("derived.principal", "")
    else:
        account = first.account
        principal = first.principal or (resolve_actor(first.record).principal if first.record else "")
    return Subject(account=account, principal="" if _names_nobody(principal) else principal, label=first.actor)


def _names_nobody(principal: str) -> bool:
    return _CHOSEN in principal or principal.endswith(_OF_A_KIND) or bool(_ONLY_AN_ACCOUNT.fullmatch(principal))
