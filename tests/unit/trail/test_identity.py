from __future__ import annotations

from typing import Any

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from daemon.model import Actor
from daemon.trail.identity import resolve_actor

ACCOUNT = "111122223333"
ROLE = f"arn:aws:iam::{ACCOUNT}:role/Deploy"
SSO_ROLE = (
    f"arn:aws:iam::{ACCOUNT}:role/aws-reserved/sso.amazonaws.com/AWSReservedSSO_AdministratorAccess_0123456789abcdef"
)


def assumed(*, session: str = "build-7", issuer: str = ROLE, **context: Any) -> dict[str, Any]:
    name = issuer.rpartition("/")[2]
    return {
        "type": "AssumedRole",
        "principalId": f"AROAEXAMPLE:{session}",
        "arn": f"arn:aws:sts::{ACCOUNT}:assumed-role/{name}/{session}",
        "accountId": ACCOUNT,
        "sessionContext": {"sessionIssuer": {"type": "Role", "arn": issuer, "userName": name}, **context},
    }


CASES: dict[str, tuple[dict[str, Any], Actor]] = {
    "root": (
        {"type": "Root", "arn": f"arn:aws:iam::{ACCOUNT}:root", "accountId": ACCOUNT, "principalId": ACCOUNT},
        Actor(label=f"root of {ACCOUNT}", principal=f"arn:aws:iam::{ACCOUNT}:root", kind="root"),
    ),
    "root without an account": ({"type": "Root"}, Actor(label="root", principal="Root:", kind="root")),
    "IAM user": (
        {"type": "IAMUser", "arn": f"arn:aws:iam::{ACCOUNT}:user/ops/alice", "userName": "alice"},
        Actor(label="alice", principal=f"arn:aws:iam::{ACCOUNT}:user/ops/alice", kind="user"),
    ),
    "IAM user with an empty issuer": (
        {
            "type": "IAMUser",
            "arn": f"arn:aws:iam::{ACCOUNT}:user/alice",
            "userName": "alice",
            "sessionContext": {"sessionIssuer": {}},
        },
        Actor(label="alice", principal=f"arn:aws:iam::{ACCOUNT}:user/alice", kind="user"),
    ),
    "IAM user without name or ARN": (
        {"type": "IAMUser", "principalId": "AIDAEXAMPLE"},
        Actor(label="AIDAEXAMPLE", principal="IAMUser:AIDAEXAMPLE", kind="user"),
    ),
    "IAM user named by the ARN alone": (
        {"type": "IAMUser", "arn": f"arn:aws:iam::{ACCOUNT}:user/alice"},
        Actor(label="alice", principal=f"arn:aws:iam::{ACCOUNT}:user/alice", kind="user"),
    ),
    "wrong user name at sign-in": (
        {"type": "IAMUser", "userName": "HIDDEN_DUE_TO_SECURITY_REASONS", "accountId": ACCOUNT},
        Actor(label="an unknown user name", principal=f"IAMUser:{ACCOUNT}", kind="user"),
    ),
    "role": (assumed(), Actor(label="role Deploy (session build-7)", principal=ROLE, kind="role")),
    "role with a source identity": (
        assumed(sourceIdentity="alice@example.com"),
        Actor(label="alice@example.com as Deploy", principal=ROLE, kind="role"),
    ),
    "role without issuer": (
        {"type": "AssumedRole", "arn": f"arn:aws:sts::{ACCOUNT}:assumed-role/Deploy/any/thing"},
        Actor(
            label="role Deploy (session any/thing)",
            principal=f"arn:aws:sts::{ACCOUNT}:assumed-role/Deploy",
            kind="role",
        ),
    ),
    "role known by its id alone": (
        {"type": "AssumedRole", "principalId": "AROAEXAMPLE:chosen"},
        Actor(label="a role (session chosen)", principal="AssumedRole:AROAEXAMPLE", kind="role"),
    ),
    "role of which nothing is known": (
        {"type": "AssumedRole"},
        Actor(label="a role", principal="AssumedRole:", kind="role"),
    ),
    "role without a session": (
        {"type": "Role", "sessionContext": {"sessionIssuer": {"arn": ROLE}}},
        Actor(label="role Deploy", principal=ROLE, kind="role"),
    ),
    "source identity without a role's name": (
        {"type": "AssumedRole", "sessionContext": {"sourceIdentity": "alice"}},
        Actor(label="alice", principal="AssumedRole:", kind="role"),
    ),
    "Identity Center session": (
        assumed(issuer=SSO_ROLE, session="alice@example.com"),
        Actor(label="alice@example.com as AdministratorAccess", principal=SSO_ROLE, kind="identity center"),
    ),
    "role on behalf of an Identity Center user": (
        assumed() | {"onBehalfOf": {"userId": "u-1", "identityStoreArn": "arn:aws:identitystore::1:identitystore/d-1"}},
        Actor(label="Identity Center user u-1 as Deploy", principal=ROLE, kind="role"),
    ),
    "Identity Center user": (
        {"type": "IdentityCenterUser", "accountId": ACCOUNT, "onBehalfOf": {"userId": "u-1"}},
        Actor(label="Identity Center user u-1", principal="IdentityCenterUser:u-1", kind="identity center"),
    ),
    "federated user": (
        {
            "type": "FederatedUser",
            "arn": f"arn:aws:sts::{ACCOUNT}:federated-user/bob",
            "sessionContext": {"sessionIssuer": {"arn": f"arn:aws:iam::{ACCOUNT}:user/alice", "userName": "alice"}},
        },
        Actor(label="alice as federated user bob", principal=f"arn:aws:iam::{ACCOUNT}:user/alice", kind="federated"),
    ),
    "federated user by id": (
        {"type": "FederatedUser", "principalId": f"{ACCOUNT}:bob"},
        Actor(label="federated user bob", principal=f"FederatedUser:{ACCOUNT}:bob", kind="federated"),
    ),
    "federated user without a name": (
        {"type": "FederatedUser"},
        Actor(label="a federated user", principal="FederatedUser:", kind="federated"),
    ),
    "SAML": (
        {"type": "SAMLUser", "principalId": "idp:alice", "userName": "alice", "identityProvider": "idp.example.com"},
        Actor(label="alice (idp.example.com)", principal="SAMLUser:idp:alice", kind="saml"),
    ),
    "web identity": (
        {"type": "WebIdentityUser", "principalId": "accounts.example.com:app:1", "userName": "app"},
        Actor(label="app", principal="WebIdentityUser:accounts.example.com:app:1", kind="web identity"),
    ),
    "service": (
        {"type": "AWSService", "invokedBy": "rds.amazonaws.com"},
        Actor(label="rds.amazonaws.com", principal="AWSService:rds.amazonaws.com", kind="service"),
    ),
    "nameless service": (
        {"type": "AWSService"},
        Actor(label="an AWS service", principal="AWSService:", kind="service"),
    ),
    "service without a type": (
        {"accountId": ACCOUNT, "invokedBy": "secretsmanager.amazonaws.com"},
        Actor(
            label="secretsmanager.amazonaws.com", principal="AWSService:secretsmanager.amazonaws.com", kind="service"
        ),
    ),
    "user through a service": (
        {
            "type": "IAMUser",
            "arn": f"arn:aws:iam::{ACCOUNT}:user/alice",
            "userName": "alice",
            "invokedBy": "AWS Internal",
        },
        Actor(label="alice through AWS Internal", principal=f"arn:aws:iam::{ACCOUNT}:user/alice", kind="user"),
    ),
    "another account": (
        {"type": "AWSAccount", "principalId": "AROAEXAMPLE:chosen", "accountId": "444455556666"},
        Actor(label="account 444455556666", principal="AWSAccount:AROAEXAMPLE", kind="account"),
    ),
    "another account without a number": (
        {"type": "AWSAccount"},
        Actor(label="another account", principal="AWSAccount:", kind="account"),
    ),
    "directory": (
        {"type": "Directory", "userName": "alice"},
        Actor(label="alice", principal="Directory:alice", kind="directory"),
    ),
    "unknown type with a name": (
        {"type": "Unknown", "userName": "alice@example.com", "principalId": "p-1"},
        Actor(label="alice@example.com", principal="Unknown:p-1", kind="unknown"),
    ),
    "account only": (
        {"accountId": ACCOUNT},
        Actor(label=f"somebody in {ACCOUNT}", principal=f"Unknown:{ACCOUNT}", kind="unknown"),
    ),
    "nothing": ({}, Actor(label="somebody unknown", principal="Unknown:", kind="unknown")),
    "wrong types": (
        {"type": 7, "arn": ["x"], "userName": {"a": 1}, "sessionContext": "no", "accountId": None},
        Actor(label="somebody unknown", principal="Unknown:", kind="unknown"),
    ),
}


@pytest.mark.parametrize(("identity", "expected"), CASES.values(), ids=CASES.keys())
def test_every_kind_of_identity_is_told_and_identified(identity: dict[str, Any], expected: Actor) -> None:
    assert resolve_actor({"userIdentity": identity}) == expected


@pytest.mark.parametrize("record", [{}, {"userIdentity": None}, {"userIdentity": "root"}, {"userIdentity": [1]}])
def test_a_record_without_a_usable_identity_has_an_unknown_actor(record: dict[str, Any]) -> None:
    assert resolve_actor(record).kind == "unknown"


def test_a_session_name_never_reaches_the_principal() -> None:
    actors = {resolve_actor({"userIdentity": assumed(session=name)}).principal for name in ("a", "b", "root", "x/y")}
    assert actors == {ROLE}


def test_hostile_names_are_cleaned_and_cut() -> None:
    actor = resolve_actor({"userIdentity": {"type": "IAMUser", "userName": "al\u202eice\x1b[2J" + "x" * 100_000}})
    assert actor.label.startswith("alice[2Jxxx")
    assert len(actor.label) == 200


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=12,
)
KEYS = ["type", "principalId", "arn", "accountId", "userName", "invokedBy", "onBehalfOf", "sessionContext"]
VALUES = JSON | st.sampled_from(
    ["Root", "AssumedRole", "IAMUser", "FederatedUser", "AROA:", "arn:aws:sts::1:assumed-role"]
)


@settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])  # shared machines are slow at times
@given(st.dictionaries(st.sampled_from(KEYS), VALUES))
@example({"type": "Root", "arn": "\ud7fc"})  # a code point that stands for nothing is not shown
@example({"principalId": "\ud7fc"})
def test_no_json_makes_it_raise_and_everything_it_says_is_printable(identity: dict[str, Any]) -> None:
    actor = resolve_actor({"userIdentity": identity})
    assert actor.label
    assert actor.principal
    assert (actor.label + actor.principal + actor.kind).isprintable()
