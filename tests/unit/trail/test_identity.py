from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from daemon.model import Actor, Confidence, Evidence
from daemon.trail.identity import resolve_actor
from daemon.trail.identity_fields import HIDDEN

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
        Actor(
            label=f"root of {ACCOUNT}", principal=f"arn:aws:iam::{ACCOUNT}:root", kind="root", evidence=Evidence.ROOT
        ),
    ),
    "root without an account": (
        {"type": "Root"},
        Actor(label="root", principal="Root:", kind="root", evidence=Evidence.ROOT),
    ),
    "IAM user": (
        {"type": "IAMUser", "arn": f"arn:aws:iam::{ACCOUNT}:user/ops/alice", "userName": "alice"},
        Actor(label="alice", principal=f"arn:aws:iam::{ACCOUNT}:user/ops/alice", kind="user", evidence=Evidence.USER),
    ),
    "IAM user with an empty issuer": (
        {
            "type": "IAMUser",
            "arn": f"arn:aws:iam::{ACCOUNT}:user/alice",
            "userName": "alice",
            "sessionContext": {"sessionIssuer": {}},
        },
        Actor(label="alice", principal=f"arn:aws:iam::{ACCOUNT}:user/alice", kind="user", evidence=Evidence.USER),
    ),
    "IAM user without name or ARN": (
        {"type": "IAMUser", "principalId": "AIDAEXAMPLE"},
        Actor(label="AIDAEXAMPLE", principal="IAMUser:AIDAEXAMPLE", kind="user", evidence=Evidence.USER),
    ),
    "IAM user named by the ARN alone": (
        {"type": "IAMUser", "arn": f"arn:aws:iam::{ACCOUNT}:user/alice"},
        Actor(label="alice", principal=f"arn:aws:iam::{ACCOUNT}:user/alice", kind="user", evidence=Evidence.USER),
    ),
    "wrong user name at sign-in": (
        {"type": "IAMUser", "userName": "HIDDEN_DUE_TO_SECURITY_REASONS", "accountId": ACCOUNT},
        Actor(
            label="an unknown user name", principal=f"IAMUser:{ACCOUNT}", kind="user", evidence=Evidence.NO_SUCH_USER
        ),
    ),
    "role": (
        assumed(),
        Actor(label="role Deploy (session build-7)", principal=ROLE, kind="role", evidence=Evidence.SESSION_NAME),
    ),
    "role with a source identity": (
        assumed(sourceIdentity="alice@example.com"),
        Actor(label="alice@example.com as Deploy", principal=ROLE, kind="role", evidence=Evidence.SOURCE_IDENTITY),
    ),
    "role without issuer": (
        {"type": "AssumedRole", "arn": f"arn:aws:sts::{ACCOUNT}:assumed-role/Deploy/any/thing"},
        Actor(
            label="role Deploy (session any/thing)",
            principal=f"arn:aws:sts::{ACCOUNT}:assumed-role/Deploy",
            kind="role",
            evidence=Evidence.SESSION_NAME,
        ),
    ),
    "role known by its id alone": (
        {"type": "AssumedRole", "principalId": "AROAEXAMPLE:chosen"},
        Actor(
            label="a role (session chosen)",
            principal="AssumedRole:AROAEXAMPLE",
            kind="role",
            evidence=Evidence.SESSION_NAME,
        ),
    ),
    "role of which nothing is known": (
        {"type": "AssumedRole"},
        Actor(label="a role", principal="AssumedRole:", kind="role", evidence=Evidence.ROLE),
    ),
    "role without a session": (
        {"type": "Role", "sessionContext": {"sessionIssuer": {"arn": ROLE}}},
        Actor(label="role Deploy", principal=ROLE, kind="role", evidence=Evidence.ROLE),
    ),
    "source identity without a role's name": (
        {"type": "AssumedRole", "sessionContext": {"sourceIdentity": "alice"}},
        Actor(label="alice", principal="AssumedRole:", kind="role", evidence=Evidence.SOURCE_IDENTITY),
    ),
    "Identity Center session": (
        assumed(issuer=SSO_ROLE, session="alice@example.com"),
        Actor(
            label="alice@example.com as AdministratorAccess",
            principal=SSO_ROLE,
            kind="identity center",
            evidence=Evidence.IDENTITY_CENTER,
        ),
    ),
    "role that is only named like one of Identity Center": (
        assumed(
            issuer=f"arn:aws:iam::{ACCOUNT}:role/AWSReservedSSO_AdministratorAccess_0123456789abcdef", session="ceo"
        ),
        Actor(
            label="role AWSReservedSSO_AdministratorAccess_0123456789abcdef (session ceo)",
            principal=f"arn:aws:iam::{ACCOUNT}:role/AWSReservedSSO_AdministratorAccess_0123456789abcdef",
            kind="role",
            evidence=Evidence.SESSION_NAME,
        ),
    ),
    "role of Identity Center without an issuer": (
        {
            "type": "AssumedRole",
            "arn": f"arn:aws:sts::{ACCOUNT}:assumed-role/AWSReservedSSO_ReadOnly_0123456789abcdef/alice@example.com",
        },
        Actor(
            label="alice@example.com as ReadOnly",
            principal=f"arn:aws:sts::{ACCOUNT}:assumed-role/AWSReservedSSO_ReadOnly_0123456789abcdef",
            kind="identity center",
            evidence=Evidence.LIKE_IDENTITY_CENTER,
        ),
    ),
    "role under a path that only looks like Identity Center's": (
        assumed(
            issuer=f"arn:aws:iam::{ACCOUNT}:role/x:role/aws-reserved/sso.amazonaws.com/"
            "AWSReservedSSO_AdministratorAccess_0123456789abcdef",
            session="ceo",
        ),
        Actor(
            label="role AWSReservedSSO_AdministratorAccess_0123456789abcdef (session ceo)",
            principal=f"arn:aws:iam::{ACCOUNT}:role/x:role/aws-reserved/sso.amazonaws.com/"
            "AWSReservedSSO_AdministratorAccess_0123456789abcdef",
            kind="role",
            evidence=Evidence.SESSION_NAME,
        ),
    ),
    "Identity Center session with another source identity": (
        assumed(issuer=SSO_ROLE, session="alice@example.com", sourceIdentity="bob"),
        Actor(
            label="alice@example.com (source identity bob) as AdministratorAccess",
            principal=SSO_ROLE,
            kind="identity center",
            evidence=Evidence.IDENTITY_CENTER,
        ),
    ),
    "role itself, without a session": (
        {"type": "Role", "arn": f"arn:aws:iam::{ACCOUNT}:role/ops/Deploy"},
        Actor(
            label="role Deploy",
            principal=f"arn:aws:iam::{ACCOUNT}:role/ops/Deploy",
            kind="role",
            evidence=Evidence.ROLE,
        ),
    ),
    "role on behalf of an Identity Center user": (
        assumed() | {"onBehalfOf": {"userId": "u-1", "identityStoreArn": "arn:aws:identitystore::1:identitystore/d-1"}},
        Actor(
            label="Identity Center user u-1 as Deploy", principal=ROLE, kind="role", evidence=Evidence.IDENTITY_CENTER
        ),
    ),
    "Identity Center user": (
        {"type": "IdentityCenterUser", "accountId": ACCOUNT, "onBehalfOf": {"userId": "u-1"}},
        Actor(
            label="Identity Center user u-1",
            principal="IdentityCenterUser:u-1",
            kind="identity center",
            evidence=Evidence.IDENTITY_CENTER,
        ),
    ),
    "federated user": (
        {
            "type": "FederatedUser",
            "arn": f"arn:aws:sts::{ACCOUNT}:federated-user/bob",
            "sessionContext": {"sessionIssuer": {"arn": f"arn:aws:iam::{ACCOUNT}:user/alice", "userName": "alice"}},
        },
        Actor(
            label="alice as federated user bob",
            principal=f"arn:aws:iam::{ACCOUNT}:user/alice",
            kind="federated",
            evidence=Evidence.FEDERATED_NAME,
        ),
    ),
    "federated user by id": (
        {"type": "FederatedUser", "principalId": f"{ACCOUNT}:bob"},
        Actor(
            label="federated user bob",
            principal=f"FederatedUser:{ACCOUNT}",
            kind="federated",
            evidence=Evidence.FEDERATED_NAME,
        ),
    ),
    "federated user without an issuer": (
        {"type": "FederatedUser", "arn": f"arn:aws:sts::{ACCOUNT}:federated-user/bob"},
        Actor(
            label="federated user bob",
            principal=f"arn:aws:sts::{ACCOUNT}:federated-user",
            kind="federated",
            evidence=Evidence.FEDERATED_NAME,
        ),
    ),
    "role through a service": (
        assumed() | {"invokedBy": "cloudformation.amazonaws.com"},
        Actor(
            label="role Deploy (session build-7) through cloudformation.amazonaws.com",
            principal=ROLE,
            kind="role",
            evidence=Evidence.SESSION_NAME,
        ),
    ),
    "federated user without a name": (
        {"type": "FederatedUser"},
        Actor(label="a federated user", principal="FederatedUser:", kind="federated", evidence=Evidence.NOTHING),
    ),
    "SAML": (
        {"type": "SAMLUser", "principalId": "idp:alice", "userName": "alice", "identityProvider": "idp.example.com"},
        Actor(label="alice (idp.example.com)", principal="SAMLUser:idp:alice", kind="saml", evidence=Evidence.PROVIDER),
    ),
    "web identity": (
        {"type": "WebIdentityUser", "principalId": "accounts.example.com:app:1", "userName": "app"},
        Actor(
            label="app",
            principal="WebIdentityUser:accounts.example.com:app:1",
            kind="web identity",
            evidence=Evidence.PROVIDER,
        ),
    ),
    "service": (
        {"type": "AWSService", "invokedBy": "rds.amazonaws.com"},
        Actor(
            label="rds.amazonaws.com",
            principal="AWSService:rds.amazonaws.com",
            kind="service",
            evidence=Evidence.SERVICE,
        ),
    ),
    "nameless service": (
        {"type": "AWSService"},
        Actor(label="an AWS service", principal="AWSService:", kind="service", evidence=Evidence.SERVICE),
    ),
    "service without a type": (
        {"accountId": ACCOUNT, "invokedBy": "secretsmanager.amazonaws.com"},
        Actor(
            label="secretsmanager.amazonaws.com",
            principal="AWSService:secretsmanager.amazonaws.com",
            kind="service",
            evidence=Evidence.SERVICE,
        ),
    ),
    "user through a service": (
        {
            "type": "IAMUser",
            "arn": f"arn:aws:iam::{ACCOUNT}:user/alice",
            "userName": "alice",
            "invokedBy": "AWS Internal",
        },
        Actor(
            label="alice through AWS Internal",
            principal=f"arn:aws:iam::{ACCOUNT}:user/alice",
            kind="user",
            evidence=Evidence.USER,
        ),
    ),
    "another account": (
        {"type": "AWSAccount", "principalId": "AROAEXAMPLE:chosen", "accountId": "444455556666"},
        Actor(
            label="account 444455556666", principal="AWSAccount:AROAEXAMPLE", kind="account", evidence=Evidence.ACCOUNT
        ),
    ),
    "another account without a number": (
        {"type": "AWSAccount"},
        Actor(label="another account", principal="AWSAccount:", kind="account", evidence=Evidence.ACCOUNT),
    ),
    "directory": (
        {"type": "Directory", "userName": "alice"},
        Actor(label="alice", principal="Directory:alice", kind="directory", evidence=Evidence.DIRECTORY),
    ),
    "unknown type with a name": (
        {"type": "Unknown", "userName": "alice@example.com", "principalId": "p-1"},
        Actor(label="alice@example.com", principal="Unknown:p-1", kind="unknown", evidence=Evidence.UNPROVEN),
    ),
    "unknown type on behalf of a user": (
        {"onBehalfOf": {"userId": "u-1"}},
        Actor(
            label="Identity Center user u-1",
            principal="Unknown:u-1",
            kind="unknown",
            evidence=Evidence.IDENTITY_CENTER,
        ),
    ),
    "account only": (
        {"accountId": ACCOUNT},
        Actor(
            label=f"somebody in {ACCOUNT}", principal=f"Unknown:{ACCOUNT}", kind="unknown", evidence=Evidence.NOTHING
        ),
    ),
    "nothing": ({}, Actor(label="somebody unknown", principal="Unknown:", kind="unknown", evidence=Evidence.NOTHING)),
    "wrong types": (
        {"type": 7, "arn": ["x"], "userName": {"a": 1}, "sessionContext": "no", "accountId": None},
        Actor(label="somebody unknown", principal="Unknown:", kind="unknown", evidence=Evidence.NOTHING),
    ),
}


@pytest.mark.parametrize(("identity", "expected"), CASES.values(), ids=CASES.keys())
def test_every_kind_of_identity_is_told_and_identified(identity: dict[str, Any], expected: Actor) -> None:
    assert resolve_actor({"userIdentity": identity}) == expected


@pytest.mark.parametrize("record", [{}, {"userIdentity": None}, {"userIdentity": "root"}, {"userIdentity": [1]}])
def test_a_record_without_a_usable_identity_has_an_unknown_actor(record: dict[str, Any]) -> None:
    assert resolve_actor(record).kind == "unknown"


@pytest.mark.parametrize(
    "changes",
    [
        {"type": "AWSAccount", "principalId": "", "accountId": "ANONYMOUS_PRINCIPAL"},
        {"type": "AWSAccount", "accountId": "anonymous"},
        {"type": "Unknown", "principalId": "Anonymous"},
    ],
)
def test_who_has_not_signed_in_is_anybody_and_no_single_identity(changes: dict[str, Any]) -> None:
    assert resolve_actor({"userIdentity": changes, "recipientAccountId": ACCOUNT}) == Actor(
        label="anybody, without signing in", principal="Anonymous:", kind="anonymous", evidence=Evidence.ANONYMOUS
    )


@pytest.mark.parametrize(
    ("identity", "label", "evidence"),
    [
        (
            assumed(issuer=SSO_ROLE, session="ceo@example.com"),
            f"ceo@example.com as AdministratorAccess of account {ACCOUNT}",
            Evidence.FOREIGN,
        ),
        ({"type": "IAMUser", "userName": "ceo", "accountId": ACCOUNT}, f"ceo of account {ACCOUNT}", Evidence.FOREIGN),
        (assumed(), f"role Deploy (session build-7) of account {ACCOUNT}", Evidence.SESSION_NAME),
        ({"type": "Root", "accountId": ACCOUNT}, f"root of {ACCOUNT}", Evidence.ROOT),
        ({"accountId": ACCOUNT}, f"somebody in {ACCOUNT}", Evidence.NOTHING),
    ],
)
def test_who_comes_from_another_account_is_told_with_it_and_never_certain_by_name(
    identity: dict[str, Any], label: str, evidence: Evidence
) -> None:
    actor = resolve_actor({"userIdentity": identity, "recipientAccountId": "444455556666"})
    assert (actor.label, actor.evidence) == (label, evidence)


def test_no_length_of_a_name_cuts_the_other_account_off() -> None:
    identity = {"type": "IAMUser", "userName": "x" * 500, "accountId": ACCOUNT}
    label = resolve_actor({"userIdentity": identity, "recipientAccountId": "444455556666"}).label
    assert label.endswith(f"… of account {ACCOUNT}")
    assert len(label) <= 160


NAMES = ("a", "b", "root", "x/y", "alice@example.com", "=,.@-", "arn:aws:iam::1:root")


def test_a_session_name_never_reaches_the_principal() -> None:
    actors = {resolve_actor({"userIdentity": assumed(session=name)}).principal for name in NAMES}
    assert actors == {ROLE}


@pytest.mark.parametrize(
    "of",
    [
        lambda name: {"type": "AssumedRole", "arn": f"arn:aws:sts::{ACCOUNT}:assumed-role/Deploy/{name}"},
        lambda name: {"type": "AssumedRole", "principalId": f"AROAEXAMPLE:{name}"},
        lambda name: {"type": "AWSAccount", "accountId": ACCOUNT, "principalId": f"AROAEXAMPLE:{name}"},
        lambda name: {"type": "FederatedUser", "arn": f"arn:aws:sts::{ACCOUNT}:federated-user/{name}"},
        lambda name: {"type": "FederatedUser", "principalId": f"{ACCOUNT}:{name}", "userName": name},
        lambda name: {"type": "FederatedUser", "userName": name, "accountId": ACCOUNT},
        lambda name: assumed(issuer=SSO_ROLE, session=name),
        lambda name: assumed(sourceIdentity=name),
    ],
)
def test_no_name_that_the_caller_chose_groups_or_mutes(of: Callable[[str], dict[str, Any]]) -> None:
    assert len({resolve_actor({"userIdentity": of(name)}).principal for name in NAMES}) == 1


def sign_in(name: str = "ConsoleLogin", **changes: Any) -> dict[str, Any]:
    identity = {"type": "IAMUser", "userName": "alice", "arn": f"arn:aws:iam::{ACCOUNT}:user/alice"}
    return {"eventSource": "signin.amazonaws.com", "eventName": name, "userIdentity": identity} | changes


@pytest.mark.parametrize(
    ("record", "expected"),
    [
        (sign_in(responseElements={"ConsoleLogin": "Success"}), Evidence.USER),
        (sign_in(responseElements={"ConsoleLogin": "Failure"}, errorMessage="Failed authentication"), Evidence.TYPED),
        (sign_in(errorMessage="Failed authentication", userIdentity={"type": "Root"}), Evidence.TYPED),
        (sign_in("CredentialVerification", responseElements={"CredentialVerification": "Success"}), Evidence.USER),
        (sign_in("PasswordRecoveryRequested", userIdentity={"type": "Root"}), Evidence.TYPED),
        (sign_in("SwitchRole", errorMessage="x"), Evidence.USER),
        (sign_in(7, errorMessage="x"), Evidence.USER),  # type: ignore[arg-type]
        (sign_in(eventSource="iam.amazonaws.com", errorMessage="x"), Evidence.USER),
        (sign_in(errorMessage="x", userIdentity={"type": "IAMUser", "userName": HIDDEN}), Evidence.NO_SUCH_USER),
    ],
)
def test_who_failed_to_sign_in_is_only_whom_they_said_they_were(record: dict[str, Any], expected: Evidence) -> None:
    assert resolve_actor(record).evidence is expected


def test_words_for_what_is_chosen_or_unknown_never_say_that_it_is_certain() -> None:
    for evidence in Evidence:
        is_sure = evidence.confidence in (Confidence.CERTAIN, Confidence.LIKELY)
        assert is_sure is evidence.words.startswith(("certain: ", "likely: "))


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
