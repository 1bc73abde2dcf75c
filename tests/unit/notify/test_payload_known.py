"""What is known besides an event stands in its JSON, and null where nothing is known."""

from __future__ import annotations

from daemon.model import Known
from daemon.notify.known import Place, with_known
from daemon.notify.payload import payload
from daemon.notify.payload_known import about_event
from tests.doubles.alerts import a_parcel, a_record, a_sample, an_alert
from tests.doubles.webhook_schema import check_payload


def test_names_confidence_country_and_network_are_told() -> None:
    stranger = {"type": "AssumedRole", "arn": "arn:aws:sts::444455556666:assumed-role/Deploy/ceo"}
    record = a_record(userIdentity={**stranger, "accountId": "444455556666"})
    alert = with_known(
        an_alert(samples=(a_sample(record),)),
        names={"111122223333": "prod", "444455556666": "vendor"},
        place_of=lambda _: Place(country="Germany", network="AS64500 Example Net"),
    )
    told = payload(a_parcel(alert), details="matched")
    assert told is not None
    check_payload(told)
    (event,) = told["alert"]["events"]
    assert event["account_name"] == "prod"
    assert event["identity"] == {
        "kind": "role",
        "principal": "arn:aws:sts::444455556666:assumed-role/Deploy",
        "account": "444455556666",
        "account_name": "vendor",
        "confidence": "chosen",
        "evidence": "session name chosen by the caller",
    }
    assert event["address"] == {
        "value": "203.0.113.7",
        "kind": "public",
        "country": "Germany",
        "network": "AS64500 Example Net",
    }


def test_what_is_not_known_is_null() -> None:
    assert about_event(a_sample(record={}), Known()) == {"account_name": None, "identity": None, "address": None}
    told = about_event(a_sample(a_record(sourceIPAddress="iam.amazonaws.com")), Known())
    assert told["address"] == {"value": "iam.amazonaws.com", "kind": "service", "country": None, "network": None}


def test_half_of_what_could_be_known_of_an_address_is_told() -> None:
    alert = with_known(an_alert(), names={}, place_of=lambda _: Place(network="AS64500"))
    assert (dict(alert.known.countries), dict(alert.known.networks)) == ({}, {"203.0.113.7": "AS64500"})
