"""Who acted: from a record's userIdentity to an Actor, whatever JSON stands there.

People come before roles: a source identity cannot be changed down the chain of roles, an Identity Center session is
named after its person; any other session name is chosen by the caller, so it is shown but identifies nobody.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from daemon.model import Actor
from daemon.trail.printable import printable

_LABEL_LIMIT = 200
_PRINCIPAL_LIMIT = 2048  # the longest ARN
_HIDDEN = "HIDDEN_DUE_TO_SECURITY_REASONS"  # what CloudTrail writes for a user name that does not exist
_PERMISSION_SET = re.compile(r"AWSReservedSSO_(?P<name>.+)_[0-9a-f]{16}\Z")
_ASSUMED_ROLE = re.compile(r"(?P<role>arn:[^:]*:sts::[^:]*:assumed-role/[^/]+)/.*", re.DOTALL)
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

Identity = Mapping[str, Any]


def resolve_actor(record: Mapping[str, Any]) -> Actor:
    """Say who acted. Never raises: what is missing or of another type is passed over."""
    identity = _mapping(record, "userIdentity")
    kind = _kind(identity)
    return Actor(
        label=printable(_label(identity, kind=kind), limit=_LABEL_LIMIT),
        principal=printable(_principal(identity), limit=_PRINCIPAL_LIMIT),
        kind=kind,
    )


def _kind(identity: Identity) -> str:
    kind = _KINDS.get(_text(identity, "type"))
    if kind == "role" and _permission_set(identity):
        return "identity center"
    if kind is None:
        return "service" if _text(identity, "invokedBy") else "unknown"
    return kind


def _principal(identity: Identity) -> str:
    issuer = _text(_issuer(identity), "arn")
    if issuer:
        return issuer
    arn = _text(identity, "arn")
    if arn:
        session = _ASSUMED_ROLE.match(arn)  # no issuer given: still never the session's name
        return session["role"] if session else arn
    return _principal_without_arn(identity)


def _principal_without_arn(identity: Identity) -> str:
    kind = _text(identity, "type") or ("AWSService" if _text(identity, "invokedBy") else "Unknown")
    principal_id = _text(identity, "principalId")
    if principal_id.startswith("AROA"):
        principal_id = principal_id.partition(":")[0]  # behind the colon stands the session's name
    known = (
        principal_id,
        _text(_mapping(identity, "onBehalfOf"), "userId"),
        _user_name(identity),
        _text(identity, "invokedBy"),
        _text(identity, "accountId"),
    )
    return f"{kind}:{next(filter(None, known), '')}"


def _label(identity: Identity, *, kind: str) -> str:
    name = _name(identity, kind=kind)
    through = _text(identity, "invokedBy")
    return f"{name} through {through}" if through and through != name else name


def _name(identity: Identity, *, kind: str) -> str:
    account = _text(identity, "accountId")
    if kind == "root":
        return f"root of {account}" if account else "root"
    if kind in ("role", "identity center"):
        return _session_name(identity)
    if kind == "service":
        return _text(identity, "invokedBy") or _text(identity, "principalId") or "an AWS service"
    if kind == "federated":
        return _federated_name(identity)
    if kind == "account":
        return f"account {account}" if account else "another account"
    return _user_label(identity)


def _session_name(identity: Identity) -> str:
    role = _role_name(identity)
    permission_set = _permission_set(identity)
    person = _person(identity, session=_session(identity) if permission_set else "")
    if person:
        worn = permission_set or role
        return f"{person} as {worn}" if worn else person
    session = _session(identity)
    if not role:
        return f"a role (session {session})" if session else "a role"
    return f"role {role} (session {session})" if session else f"role {role}"


def _person(identity: Identity, *, session: str) -> str:
    """The human being behind a role, best evidence first; empty when nothing says so."""
    source_identity = _text(_mapping(identity, "sessionContext"), "sourceIdentity")
    if source_identity or session:
        return source_identity or session
    user_id = _text(_mapping(identity, "onBehalfOf"), "userId")
    return f"Identity Center user {user_id}" if user_id else ""


def _federated_name(identity: Identity) -> str:
    name = _text(identity, "arn").partition(":federated-user/")[2] or _text(identity, "principalId").partition(":")[2]
    issuer = _text(_issuer(identity), "userName")
    shown = f"federated user {name}" if name else "a federated user"
    return f"{issuer} as {shown}" if issuer else shown


def _user_label(identity: Identity) -> str:
    name = _user_name(identity)
    if name:
        provider = _text(identity, "identityProvider")
        return f"{name} ({provider})" if provider else name
    if _text(identity, "userName") == _HIDDEN:
        return "an unknown user name"
    person = _person(identity, session="")
    known = (person, _text(identity, "arn").rpartition("/")[2], _text(identity, "principalId"))
    account = _text(identity, "accountId")
    return next(filter(None, known), f"somebody in {account}" if account else "somebody unknown")


def _user_name(identity: Identity) -> str:
    name = _text(identity, "userName")
    return "" if name == _HIDDEN else name


def _permission_set(identity: Identity) -> str:
    match = _PERMISSION_SET.match(_role_name(identity))
    return match["name"] if match else ""


def _role_name(identity: Identity) -> str:
    name = _text(_issuer(identity), "userName") or _text(_issuer(identity), "arn").rpartition("/")[2]
    return name or _arn_part(identity, 1)


def _session(identity: Identity) -> str:
    return _arn_part(identity, 2) or _text(identity, "principalId").partition(":")[2]


def _arn_part(identity: Identity, index: int) -> str:
    """Part of `arn:aws:sts::111122223333:assumed-role/<role>/<session>`, empty when the ARN is of another kind."""
    parts = _text(identity, "arn").split("/", 2)
    return parts[index] if parts[0].endswith(":assumed-role") and len(parts) > index else ""


def _issuer(identity: Identity) -> Identity:
    return _mapping(_mapping(identity, "sessionContext"), "sessionIssuer")


def _mapping(value: Mapping[str, Any], key: str) -> Mapping[str, Any]:
    inner = value.get(key)
    return inner if isinstance(inner, Mapping) else {}


def _text(value: Mapping[str, Any], key: str) -> str:
    """Empty too where nothing of it could be shown: the next best evidence stands in for it."""
    inner = value.get(key)
    return inner if isinstance(inner, str) and printable(inner, limit=_PRINCIPAL_LIMIT) else ""
