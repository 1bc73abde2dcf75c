"""The webhook's JSON: what it is called, what it leaves out, and how it is kept small."""

from __future__ import annotations

import json

import pytest

from daemon.model import DeliveryKind, Gathering, Level, RuleFacts, Trait, TraitKind
from daemon.notify.payload import MAX_BYTES, bare_payload, encoded, payload
from daemon.notify.trial import make_test_parcel
from daemon.ports import Parcel
from tests.doubles.alerts import NOW, a_delivery, a_parcel, a_record, a_sample, an_alert
from tests.doubles.webhook_schema import check_payload
from tests.golden.daily import a_full_day
from tests.golden.daily import told as told_digest

REVISED = an_alert(revised="late events")


@pytest.mark.parametrize(
    ("parcel", "kind"),
    [
        (a_parcel(), "alert"),
        (a_parcel(kind=DeliveryKind.UPDATE), "update"),
        (a_parcel(kind=DeliveryKind.BROADCAST), "update"),
        (a_parcel(kind=DeliveryKind.ACKNOWLEDGE), "acknowledged"),
        (a_parcel(kind=DeliveryKind.RESOLVE), "resolved"),
        (a_parcel(REVISED, kind=DeliveryKind.REPLY), "revision"),
        (a_parcel(kind=DeliveryKind.SUMMARY), "summary"),
        (a_parcel(an_alert(rule_id="notice:state_new", samples=())), "notice"),
        (a_parcel(told_digest(a_full_day())), "daily_digest"),
        (make_test_parcel("soc", alert_id="test-1", now=NOW), "test"),
        (a_parcel(kind=DeliveryKind.REPLY), None),
        (a_parcel(kind=DeliveryKind.DETAILS), None),
        (Parcel(delivery=a_delivery(), alerts=()), None),
    ],
)
def test_each_kind_has_its_word_and_follows_the_schema(parcel: Parcel, kind: str | None) -> None:
    told = payload(parcel, details="matched")
    assert (told["kind"] if told else None) == kind
    if told:
        check_payload(told)
        check_payload(bare_payload(parcel))


def test_details_say_what_is_told_of_the_events() -> None:
    told = {details: payload(a_parcel(), details=details) for details in ("matched", "full", "none")}
    events = {details: each["alert"]["events"] for details, each in told.items() if each}
    assert events["none"] == []
    assert "record" not in events["matched"][0]
    assert events["full"][0]["record"]["requestParameters"] == {"groupName": "testgroup"}


def test_what_is_too_long_is_told_with_fewer_events_and_then_barely() -> None:
    large = a_sample(a_record(requestParameters={str(n): "x" * 5_000 for n in range(12)}))
    full = payload(a_parcel(an_alert(samples=(large,) * 4)), details="full")
    assert full is not None
    assert len(encoded(full)) <= MAX_BYTES
    wide = a_sample(fields=tuple((f"p{n}", "ü" * 9_000) for n in range(30)))
    fewer = payload(a_parcel(an_alert(samples=(wide,) * 4)), details="matched")
    assert fewer is not None
    bare = payload(a_parcel(an_alert(group=tuple((f"f{n}", "ü" * 9_000) for n in range(100)))), details="matched")
    assert bare is not None
    assert [len(encoded(each)) <= MAX_BYTES for each in (fewer, bare)] == [True, True]
    assert bare["is_bare"]


def test_odd_values_of_a_record_become_what_json_knows() -> None:
    nested: object = "end"
    for _ in range(60):
        nested = [nested]
    odd = {"inf": float("inf"), "n": 1.5, "yes": True, "none": None, "set": {1}, "deep": nested, "list": ("a\x00b",)}
    told = payload(a_parcel(an_alert(samples=(a_sample(record=odd),))), details="full")
    assert told is not None
    record = json.loads(encoded(told))["alert"]["events"][0]["record"]
    assert {name: record[name] for name in ("inf", "n", "yes", "none", "set", "list")} == {
        "inf": "inf",
        "n": 1.5,
        "yes": True,
        "none": None,
        "set": "{1}",
        "list": ["ab"],
    }
    assert "…" in json.dumps(record["deep"], ensure_ascii=False)


def test_a_flood_lists_the_gravest_and_counts_the_rest() -> None:
    told = payload(a_parcel(*(an_alert(id=f"a{n}") for n in range(130)), kind=DeliveryKind.SUMMARY), details="matched")
    assert told is not None
    assert (told["text"], told["summary"]["count"]) == ("130 more alerts: 130 high", 130)
    assert (len(told["summary"]["alerts"]), told["summary"]["left_out"]) == (100, 30)


@pytest.mark.parametrize(("gathers", "told"), [(None, "flood"), *((each, each.value) for each in Gathering)])
def test_a_summary_says_why_its_alerts_come_together(gathers: Gathering | None, told: str) -> None:
    message = payload(a_parcel(kind=DeliveryKind.SUMMARY, gathers=gathers), details="matched")
    assert message is not None
    assert message["summary"]["gathers"] == told
    assert message["summary"]["alerts"][0]["first_at"] == "2026-03-01T11:53:00+00:00"


def test_a_rule_without_a_runbook_says_so() -> None:
    told = payload(a_parcel(an_alert(facts=RuleFacts())), details="matched")
    assert told is not None
    assert told["alert"]["rule"]["runbook"] is None


def test_what_rings_again_says_why() -> None:
    risen = an_alert(level=Level.CRITICAL, version=2, traits=(Trait(kind=TraitKind.LEVEL, value="critical", since=2),))
    told = payload(a_parcel(risen, kind=DeliveryKind.BROADCAST), details="matched")
    assert told is not None
    assert told["text"].startswith("CRITICAL: IAM group deleted: ")
    assert "risen to CRITICAL" in told["text"]
    assert told["alert"]["level"] == "critical"
