"""Who acted: from a record's userIdentity to an Actor, whatever JSON stands there.

People come before roles: an Identity Center session is named after its person, a source identity cannot be changed down
the chain of roles; any other session name is chosen by the caller, so it is shown but identifies nobody. A name that
another account has given is no proof of a person, and says whose it is.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from daemon.model import Actor, Evidence
from daemon.trail.identity_fields import (
    HIDDEN,
    PRINCIPAL_LIMIT,
    Identity,
    center_user,
    is_anonymous,
    is_center_role,
    issuer,
    mapping,
    permission_set,
    role_name,
    session_name,
    source_identity,
    text,
    user_name,
)
from daemon.trail.outcome import Outcome, outcome_of
from daemon.trail.printable import clip, printable

_LABEL_LIMIT = 200
_FOREIGN_LIMIT = 130  # of a name of another account, so that the account stands within what sentences show of it
_ASSUMED_ROLE = re.compile(r"(?P<role>arn:[^:]*:sts::[^:]*:assumed-role/[^/]+)/.*", re.DOTALL)
_FEDERATED = re.compile(r"(?P<all>arn:[^:]*:sts::[^:]*:federated-user)/.*", re.DOTALL)
_KINDS = {
    "Root": "root",
    "IAMUser": "user",
    "AssumedRole": "role",
    "Role": "role",
    "FederatedUser": "federated",
    "SAMLUser": "saml",
    "WebIdentityUser": "web identity",
    "IdentityCenterUser": "identity center",
    "AWSService": "service",
    "AWSAccount": "account",
    "Directory": "directory",
}
_OF_USERS = {
    "user": Evidence.USER,
    "saml": Evidence.PROVIDER,
    "web identity": Evidence.PROVIDER,
    "directory": Evidence.DIRECTORY,
}
_NAMING = frozenset(  # a person, whom whoever rules another account can call as they like
    {
        *(Evidence.USER, Evidence.IDENTITY_CENTER, Evidence.LIKE_IDENTITY_CENTER, Evidence.SOURCE_IDENTITY),
        *(Evidence.PROVIDER, Evidence.DIRECTORY),
    }
)
_TELLS_ACCOUNT = frozenset({"root", "account", "service", "anonymous"})  # or belongs to none
# Before somebody is signed in, a name is what was typed. The last is asked for by anybody.
_SIGNING_IN = frozenset({"ConsoleLogin", "CheckMfa", "CredentialChallenge", "CredentialVerification"})
_ALWAYS_UNPROVEN = frozenset({"PasswordRecoveryRequested"})

_Named = tuple[str, Evidence]


def resolve_actor(record: Mapping[str, Any]) -> Actor:
    """Say who acted. Never raises: what is missing or of another type is passed over."""
    identity = mapping(record, "userIdentity")
    kind = _kind(identity)
    name, evidence = _of_account(record, _name(identity, kind=kind), kind=kind)
    through = text(identity, "invokedBy")
    label = f"{name} through {through}" if through and through != name else name
    return Actor(
        label=printable(label, limit=_LABEL_LIMIT),
        principal=printable(_principal(identity), limit=PRINCIPAL_LIMIT),
        kind=kind,
        evidence=Evidence.TYPED if evidence is not Evidence.NO_SUCH_USER and _is_only_typed(record) else evidence,
    )


def _of_account(record: Mapping[str, Any], named: _Named, *, kind: str) -> _Named:
    """The same, with the account where that is another one than the event's."""
    home, here = text(mapping(record, "userIdentity"), "accountId"), text(record, "recipientAccountId")
    if not home or not here or home == here or kind in _TELLS_ACCOUNT:
        return named
    name, evidence = named
    if name == _somebody_in(home):
        return named
    told = f"{clip(name, limit=_FOREIGN_LIMIT)} of account {printable(home, limit=20)}"
    return told, Evidence.FOREIGN if evidence in _NAMING else evidence


def _is_only_typed(record: Mapping[str, Any]) -> bool:
    name = record.get("eventName")
    if not isinstance(name, str) or record.get("eventSource") != "signin.amazonaws.com":
        return False
    return name in _ALWAYS_UNPROVEN or (name in _SIGNING_IN and outcome_of(record) is not Outcome.SUCCEEDED)


def _kind(identity: Identity) -> str:
    kind = _KINDS.get(text(identity, "type"))
    if kind == "role" and permission_set(identity):
        return "identity center"
    if kind in (None, "account") and is_anonymous(identity):
        return "anonymous"
    if kind is None:
        return "service" if text(identity, "invokedBy") else "unknown"
    return kind


def _principal(identity: Identity) -> str:
    """Nothing that the caller can choose is in it: neither a session's name nor a federated user's."""
    if _kind(identity) == "anonymous":
        return "Anonymous:"  # of a kind, and of nobody
    issued_by = text(issuer(identity), "arn")
    if issued_by:
        return issued_by
    arn = text(identity, "arn")
    if not arn:
        return _principal_without_arn(identity)
    session, federated = _ASSUMED_ROLE.match(arn), _FEDERATED.match(arn)  # no issuer given
    if session:
        return session["role"]
    return federated["all"] if federated else arn


def _principal_without_arn(identity: Identity) -> str:
    kind = text(identity, "type") or ("AWSService" if text(identity, "invokedBy") else "Unknown")
    principal_id = text(identity, "principalId")
    if principal_id.startswith("AROA") or kind == "FederatedUser":
        principal_id = principal_id.partition(":")[0]  # behind the colon stands the session's name
    known = (
        principal_id,
        text(mapping(identity, "onBehalfOf"), "userId"),
        "" if kind == "FederatedUser" else user_name(identity),
        text(identity, "invokedBy"),
        text(identity, "accountId"),
    )
    return f"{kind}:{next(filter(None, known), '')}"


def _name(identity: Identity, *, kind: str) -> _Named:
    account = text(identity, "accountId")
    if kind == "root":
        return f"root of {account}" if account else "root", Evidence.ROOT
    if kind in ("role", "identity center"):
        return _session(identity)
    if kind == "service":
        known = text(identity, "invokedBy") or text(identity, "principalId") or "an AWS service"
        return known, Evidence.SERVICE
    if kind == "federated":
        return _federated(identity)
    if kind == "anonymous":
        return "anybody, without signing in", Evidence.ANONYMOUS
    if kind == "account":
        return f"account {account}" if account else "another account", Evidence.ACCOUNT
    return _user(identity, kind=kind)


def _session(identity: Identity) -> _Named:
    role, worn, session = role_name(identity), permission_set(identity), session_name(identity)
    person, evidence = _person(identity, session=session if worn else "")
    if person:
        as_whom = worn or role
        return f"{person} as {as_whom}" if as_whom else person, evidence
    shown = f"role {role}" if role else "a role"
    return (f"{shown} (session {session})", Evidence.SESSION_NAME) if session else (shown, Evidence.ROLE)


def _person(identity: Identity, *, session: str = "") -> _Named:
    """The human being behind a role, best evidence first; no name when nothing says so."""
    source = source_identity(identity)
    if session and is_center_role(identity):
        is_another = source and source != session
        return f"{session} (source identity {source})" if is_another else session, Evidence.IDENTITY_CENTER
    if source:
        return source, Evidence.SOURCE_IDENTITY
    if session:
        return session, Evidence.LIKE_IDENTITY_CENTER
    return center_user(identity), Evidence.IDENTITY_CENTER


def _federated(identity: Identity) -> _Named:
    name = text(identity, "arn").partition(":federated-user/")[2] or text(identity, "principalId").partition(":")[2]
    issued_by = text(issuer(identity), "userName")
    shown = f"federated user {name}" if name else "a federated user"
    return f"{issued_by} as {shown}" if issued_by else shown, Evidence.FEDERATED_NAME if name else Evidence.NOTHING


def _user(identity: Identity, *, kind: str) -> _Named:
    name, evidence = user_name(identity), _OF_USERS.get(kind, Evidence.UNPROVEN)
    if name:
        provider = text(identity, "identityProvider")
        return f"{name} ({provider})" if provider else name, evidence
    if text(identity, "userName") == HIDDEN:
        return "an unknown user name", Evidence.NO_SUCH_USER
    person, of_person = _person(identity)
    if person:
        return person, of_person
    known = next(filter(None, (text(identity, "arn").rpartition("/")[2], text(identity, "principalId"))), "")
    if known:
        return known, evidence
    account = text(identity, "accountId")
    return _somebody_in(account) if account else "somebody unknown", Evidence.NOTHING


def _somebody_in(account: str) -> str:
    return f"somebody in {account}"
