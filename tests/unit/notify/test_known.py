"""What is known besides an event, beside it: names of accounts, country and network; and the one sentence."""

from __future__ import annotations

from typing import Any

import pytest

from daemon.model import Alert, RuleFacts
from daemon.notify.facts import facts_of
from daemon.notify.known import Place, with_known
from daemon.notify.sentence import summary_of
from tests.doubles.alerts import a_record, a_sample, an_alert

PROD, PARTNER = "111122223333", "444455556666"
NAMES = {PROD: "prod", PARTNER: "partner", "999999999999": "elsewhere"}
PLACES = {"203.0.113.7": Place(country="Germany", network="AS64500 Example Net")}


def alert_of(record: dict[str, Any] | None = None, /, *, summary: str | None = None, **changes: Any) -> Alert:
    sample = a_sample(a_record() if record is None else record, **({} if summary is None else {"summary": summary}))
    return with_known(an_alert(samples=(sample,), **changes), names=NAMES, place_of=PLACES.__getitem__)


def fact(alert: Alert, label: str) -> tuple[str, ...]:
    return next((each.values for each in facts_of(alert) if each.label == label), ())


def test_an_account_is_told_by_name_and_id() -> None:
    assert fact(alert_of(), "Where") == (f"account prod ({PROD})", "us-east-1")


def test_an_account_without_a_name_is_told_by_its_id() -> None:
    assert fact(alert_of(a_record(recipientAccountId="777777777777")), "Where")[0] == "account 777777777777"


def test_an_address_is_told_with_country_and_network() -> None:
    assert fact(alert_of(), "From")[0] == "203.0.113.7 (Germany, AS64500 Example Net)"


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("cloudtrail.amazonaws.com", "cloudtrail.amazonaws.com (a service of AWS, no address)"),
        ("10.1.2.3", "10.1.2.3 (a private address)"),
        ("nowhere", "nowhere (no address)"),
    ],
)
def test_what_is_no_address_of_the_internet_is_never_looked_up(source: str, expected: str) -> None:
    assert fact(alert_of(a_record(sourceIPAddress=source)), "From")[0] == expected


@pytest.mark.parametrize("source", [None, 7, ["203.0.113.7"], {}])
def test_a_source_that_is_no_text_is_left_out(source: Any) -> None:
    assert fact(alert_of(a_record(sourceIPAddress=source)), "From") == ("aws-cli/2.15.0",)


def test_who_comes_from_another_account_is_told_with_it() -> None:
    identity = {"type": "AssumedRole", "accountId": PARTNER, "arn": f"arn:aws:sts::{PARTNER}:assumed-role/Audit/x"}
    assert fact(alert_of(a_record(userIdentity=identity)), "Who") == (
        f"role Audit (session x) of account partner ({PARTNER})",
        "session name chosen by the caller",
        f"arn:aws:sts::{PARTNER}:assumed-role/Audit",
    )


def test_a_label_that_was_stored_without_its_account_is_told_with_it() -> None:
    identity = {"type": "AssumedRole", "accountId": PARTNER, "arn": f"arn:aws:sts::{PARTNER}:assumed-role/A/{PARTNER}"}
    sample = a_sample(a_record(userIdentity=identity), actor=f"role A (session {PARTNER})")
    assert f"of account {PARTNER}" in fact(an_alert(samples=(sample,)), "Who")


@pytest.mark.parametrize("name", ["was-denied", f"{PROD}.us-east-1.denied", "AccessDenied"])
def test_no_name_that_the_caller_chose_talks_the_end_of_the_sentence_away(name: str) -> None:
    record = a_record(errorCode="AccessDenied")
    assert summary_of(alert_of(record, summary=f"role Ops (session {name}) deleted {name}")).endswith(
        f" · in prod ({PROD}), us-east-1 · denied"
    )


def test_another_account_as_the_actor_is_named_once() -> None:
    identity = {"type": "AWSAccount", "accountId": PARTNER, "principalId": "AROAEXAMPLE:x"}
    assert fact(alert_of(a_record(userIdentity=identity)), "Who") == (
        f"account partner ({PARTNER})",
        "certain: another account, but not who in it",
        "AWSAccount:AROAEXAMPLE",
    )


@pytest.mark.parametrize("identity", [None, "root", {"accountId": 7}, {"type": "Root"}])
def test_an_identity_without_an_account_is_no_stranger(identity: Any) -> None:
    assert not any("of account" in value for value in fact(alert_of(a_record(userIdentity=identity)), "Who"))


def test_a_group_tells_accounts_by_name() -> None:
    facts = RuleFacts(correlation="3 or more events")
    assert fact(alert_of(group=(("recipientAccountId", PROD),), facts=facts), "Grouped by") == (
        f"recipientAccountId = prod ({PROD})",
    )


def test_an_event_of_which_no_record_is_kept_is_told_by_its_account_alone() -> None:
    alert = an_alert(samples=(a_sample(record={}, account=PROD),))
    known = with_known(alert, names=NAMES, place_of=PLACES.__getitem__)
    assert known.known.accounts == {PROD: "prod"}


@pytest.mark.parametrize(
    ("summary", "record", "expected"),
    [
        ("alice did it", {}, f"alice did it · in prod ({PROD}), us-east-1"),
        (f"root of {PROD} did it", {}, f"root of prod ({PROD}) did it · in prod ({PROD}), us-east-1"),
        (
            f"alice called iam:DeleteGroup in {PROD}, us-east-1",
            {},
            f"alice called iam:DeleteGroup in prod ({PROD}), us-east-1",
        ),
        ("alice did it", {"errorCode": "AccessDenied"}, f"alice did it · in prod ({PROD}), us-east-1 · denied"),
        (
            "alice was denied it",
            {"errorCode": "AccessDenied"},
            f"alice was denied it · in prod ({PROD}), us-east-1 · denied",
        ),
        ("alice: NoSuchKey", {"errorCode": "NoSuchKey"}, f"alice: NoSuchKey · in prod ({PROD}), us-east-1 · failed"),
        ("alice did it", {"errorMessage": "no"}, f"alice did it · in prod ({PROD}), us-east-1 · failed"),
        ("", {}, f"IAM group deleted · in prod ({PROD}), us-east-1"),
        ("x", {"recipientAccountId": "", "awsRegion": ""}, "x"),
    ],
)
def test_the_sentence_says_where_and_how_it_ended_unless_it_is_our_own_that_does(
    summary: str, record: dict[str, Any], expected: str
) -> None:
    assert summary_of(alert_of(a_record(**record), summary=summary)) == expected


def test_a_sign_in_that_failed_without_a_code_says_so() -> None:
    record = a_record(eventName="ConsoleLogin", responseElements={"ConsoleLogin": "Failure"})
    assert summary_of(alert_of(record, summary="x")).endswith(" · failed")


def test_what_a_caller_chose_is_cut_before_where_it_happened() -> None:
    sentence = summary_of(alert_of(summary="x" * 10_000), limit=100)
    assert len(sentence) == 100
    assert sentence.endswith(f"x… · in prod ({PROD}), us-east-1")


def test_an_account_that_only_the_caller_names_gets_no_name() -> None:
    assert "elsewhere" not in summary_of(alert_of(summary="role Deploy (session 999999999999) did it"))


def test_an_alert_without_samples_is_told_by_its_title() -> None:
    assert summary_of(an_alert(samples=())) == "IAM group deleted"


def test_a_correlation_says_of_no_single_place_that_it_happened_there() -> None:
    assert summary_of(alert_of(summary="9 events", facts=RuleFacts(correlation="3 or more"))) == "9 events"
