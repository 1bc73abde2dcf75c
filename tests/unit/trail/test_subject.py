"""Whom a mute may be about: an account and a principal that nobody could have chosen, or nobody."""

from __future__ import annotations

from typing import Any

import pytest

from daemon.model import RuleFacts
from daemon.trail.subject import Subject, subject_of
from tests.doubles.alerts import a_record, a_sample, an_alert

NOBODY = Subject(account="", principal="", label="")
ACCOUNT = "111122223333"
STS = f"arn:aws:sts::{ACCOUNT}"
ROLE = f"arn:aws:iam::{ACCOUNT}:role/deployer"


def of(identity: dict[str, Any]) -> Subject:
    return subject_of(an_alert(samples=(a_sample(a_record(userIdentity=identity)),)))


def test_an_alert_is_about_whom_its_first_event_names() -> None:
    alice = Subject(account=ACCOUNT, principal=f"arn:aws:iam::{ACCOUNT}:user/alice", label="alice")
    assert subject_of(an_alert()) == alice


def test_a_principal_that_was_kept_goes_before_the_record() -> None:
    assert subject_of(an_alert(samples=(a_sample(principal=ROLE),))).principal == ROLE


def test_without_a_record_or_a_principal_only_the_account_is_known() -> None:
    subject = subject_of(an_alert(samples=(a_sample(record={}, account=ACCOUNT),)))
    assert (subject.account, subject.principal) == (ACCOUNT, "")


def test_a_notice_and_an_alert_without_samples_are_about_nobody() -> None:
    assert subject_of(an_alert(rule_id="notice:quarantine")) == NOBODY
    assert subject_of(an_alert(samples=())) == NOBODY


@pytest.mark.parametrize(
    ("group", "account", "principal"),
    [
        ((), "", ""),
        ((("recipientAccountId", ACCOUNT),), ACCOUNT, ""),
        ((("recipientAccountId", ACCOUNT), ("derived.principal", ROLE)), ACCOUNT, ROLE),
        ((("derived.principal", f"{STS}:federated-user"),), "", ""),
    ],
)
def test_a_correlation_is_about_what_it_is_grouped_by(
    group: tuple[tuple[str, str], ...], account: str, principal: str
) -> None:
    subject = subject_of(an_alert(group=group, facts=RuleFacts(description="", correlation="2 events in 10 min")))
    assert (subject.account, subject.principal) == (account, principal)


@pytest.mark.parametrize(
    "identity",
    [
        {"type": "FederatedUser", "arn": f"{STS}:federated-user/mallory", "principalId": f"{ACCOUNT}:mallory"},
        {"type": "FederatedUser", "principalId": f"{ACCOUNT}:mallory", "accountId": ACCOUNT},
        {"type": "FederatedUser"},
        {"type": "AWSAccount", "accountId": ACCOUNT},
        {"type": "IAMUser", "userName": "HIDDEN_DUE_TO_SECURITY_REASONS", "accountId": ACCOUNT, "principalId": ""},
        {},
    ],
)
def test_what_names_no_single_identity_cannot_be_muted_as_one(identity: dict[str, Any]) -> None:
    assert of(identity).principal == ""


@pytest.mark.parametrize(
    ("identity", "principal"),
    [
        ({"type": "AssumedRole", "arn": f"{STS}:assumed-role/deployer/build-7"}, f"{STS}:assumed-role/deployer"),
        ({"type": "Root", "arn": f"arn:aws:iam::{ACCOUNT}:root"}, f"arn:aws:iam::{ACCOUNT}:root"),
        ({"type": "AWSService", "invokedBy": "ec2.amazonaws.com"}, "AWSService:ec2.amazonaws.com"),
        ({"type": "AWSAccount", "principalId": "AIDAEXAMPLE", "accountId": ACCOUNT}, "AWSAccount:AIDAEXAMPLE"),
    ],
)
def test_what_names_one_can(identity: dict[str, Any], principal: str) -> None:
    assert of(identity).principal == principal


def test_a_kept_principal_with_a_chosen_name_is_nobodys_either() -> None:
    assert subject_of(an_alert(samples=(a_sample(principal=f"{STS}:federated-user/mallory"),))).principal == ""


def test_anybody_without_signing_in_is_no_identity_to_mute() -> None:
    record = a_record(userIdentity={"type": "AWSAccount", "accountId": "ANONYMOUS_PRINCIPAL", "principalId": ""})
    subject = subject_of(an_alert(samples=(a_sample(record),)))
    assert (subject.account, subject.principal) == ("111122223333", "")


@pytest.mark.parametrize("principal", ["AWSAccount:ANONYMOUS_PRINCIPAL", "AWSAccount:anonymous", "AssumedRole:"])
def test_nor_is_what_was_stored_of_such_a_one(principal: str) -> None:
    assert subject_of(an_alert(samples=(a_sample(principal=principal),))).principal == ""
