"""What stands in a userIdentity, read so that no JSON can trip anybody: a role's name, a session's, its issuer."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from daemon.trail.printable import printable

PRINCIPAL_LIMIT = 2048  # the longest ARN
HIDDEN = "HIDDEN_DUE_TO_SECURITY_REASONS"  # what CloudTrail writes for a user name that does not exist
_PERMISSION_SET = re.compile(r"AWSReservedSSO_(?P<name>.+)_[0-9a-f]{16}\Z")
# No customer can make a role there. The whole ARN decides: a path such as `/x:role/aws-reserved/…` anybody can make.
_RESERVED = re.compile(
    r"arn:[^:]+:iam::\d{12}:role/aws-reserved/sso\.amazonaws\.com/"
    r"(?:[a-z0-9-]+/)?AWSReservedSSO_(?P<name>[^/]+)_[0-9a-f]{16}\Z",
    re.ASCII,
)
_NOBODY = frozenset({"anonymous", "anonymous_principal"})

Identity = Mapping[str, Any]


def mapping(value: Mapping[str, Any], key: str) -> Mapping[str, Any]:
    """Empty where there is none."""
    inner = value.get(key)
    return inner if isinstance(inner, Mapping) else {}


def text(value: Mapping[str, Any], key: str) -> str:
    """Empty too where nothing of it could be shown: the next best evidence stands in for it."""
    inner = value.get(key)
    return inner if isinstance(inner, str) and printable(inner, limit=PRINCIPAL_LIMIT) else ""


def issuer(identity: Identity) -> Identity:
    """Who issued the session: for a role the role itself."""
    return mapping(mapping(identity, "sessionContext"), "sessionIssuer")


def source_identity(identity: Identity) -> str:
    """What whoever took the first role of a chain called themselves; no later role can change it."""
    return text(mapping(identity, "sessionContext"), "sourceIdentity")


def center_user(identity: Identity) -> str:
    """The user of Identity Center on whose behalf a call was made, in words."""
    user_id = text(mapping(identity, "onBehalfOf"), "userId")
    return f"Identity Center user {user_id}" if user_id else ""


def role_name(identity: Identity) -> str:
    """A role's name without its path."""
    name = text(issuer(identity), "userName") or text(issuer(identity), "arn").rpartition("/")[2]
    return name or _arn_part(identity, 1) or _own_name(identity)


def session_name(identity: Identity) -> str:
    """What whoever took the role called the session."""
    return _arn_part(identity, 2) or text(identity, "principalId").partition(":")[2]


def permission_set(identity: Identity) -> str:
    """Of a role of Identity Center; empty for others.

    Anybody may give a role such a name, but not put it where Identity Center's own ones are: the issuer's ARN decides
    where there is one.
    """
    arn = text(issuer(identity), "arn")
    found = _RESERVED.match(arn) if arn else _PERMISSION_SET.match(role_name(identity))
    return found["name"] if found else ""


def is_center_role(identity: Identity) -> bool:
    """Whether Identity Center itself has made the role, and not only named it so."""
    return _RESERVED.match(text(issuer(identity), "arn")) is not None


def is_anonymous(identity: Identity) -> bool:
    """Whether nobody has signed in at all: a public bucket, queue or function is there for anybody."""
    known = (text(identity, "accountId"), text(identity, "principalId"))
    return any(each.casefold() in _NOBODY for each in known)


def user_name(identity: Identity) -> str:
    """Empty for one that CloudTrail hides."""
    name = text(identity, "userName")
    return "" if name == HIDDEN else name


def _own_name(identity: Identity) -> str:
    """Of an identity that is a role itself, and no session of one."""
    _, is_role, path = text(identity, "arn").partition(":role/")
    return path.rpartition("/")[2] if is_role else ""


def _arn_part(identity: Identity, index: int) -> str:
    """Part of `arn:aws:sts::111122223333:assumed-role/<role>/<session>`, empty when the ARN is of another kind."""
    parts = text(identity, "arn").split("/", 2)
    return parts[index] if parts[0].endswith(":assumed-role") and len(parts) > index else ""
