from __future__ import annotations

import gzip
import json
import tracemalloc
from dataclasses import replace
from typing import Any

import msgspec
import pytest
from structlog.testing import capture_logs

from daemon.condition import Compare, Comparison, Exists, Keyword, Number
from daemon.detect.columns import Columns
from daemon.detect.index import collect_tests
from daemon.detect.ruleset import RuleSet
from daemon.model import Level
from daemon.trail.faults import ReadFault, RejectReason
from tests.doubles.conditions import Explosive, all_of, any_of, field, none_of, rule, text

GROUP, ROOT = field("eventName", "DeleteGroup"), field("userIdentity.type", "Root")
RULES = RuleSet([rule(GROUP, "group"), rule(ROOT, "root"), rule(field("userAgent", "*kali*"), "kali")])


def event(**fields: Any) -> bytes:
    return json.dumps({"eventVersion": "1.11", **fields}, separators=(",", ":")).encode()


def as_file(*raws: bytes) -> bytes:
    return b'{"Records":[%b]}' % b",".join(raws)


def names(rules: RuleSet, content: bytes) -> list[str]:
    return [hit.rule.id for hit in rules.evaluate(content).hits]


def test_a_hit_holds_the_rule_the_bytes_the_record_and_why() -> None:
    raw = event(eventName="DeleteGroup")
    (hit,) = RULES.evaluate(as_file(event(), raw)).hits
    assert (hit.rule.id, hit.raw, hit.record) == ("group", raw, json.loads(raw))
    assert hit.explain(hit.record) == (("eventName", "DeleteGroup"),)


def test_hits_come_in_the_order_of_records_and_rules() -> None:
    both = event(eventName="deletegroup", userIdentity={"type": "Root"}, userAgent="Kali")
    assert names(RULES, as_file(both, event(userAgent="kali"), both)) == [
        *("group", "root", "kali"),
        "kali",
        *("group", "root", "kali"),
    ]


def test_rules_that_say_the_same_all_hit() -> None:
    rules = RuleSet([rule(GROUP, "one"), rule(ROOT, "two"), rule(GROUP, "three")])
    assert sorted(names(rules, as_file(event(eventName="DeleteGroup")))) == ["one", "three"]


def test_rules_that_differ_only_as_text_are_kept_apart() -> None:
    for wrap in (lambda test: test, lambda test: all_of(field("sourceIPAddress", Exists(expected=True)), test)):
        rules = RuleSet([rule(wrap(field("userAgent", Number(value=value))), repr(value)) for value in (1, 1.0)])
        assert names(rules, as_file(event(userAgent="1", sourceIPAddress="x"))) == ["1"]
        assert names(rules, as_file(event(userAgent="1.0", sourceIPAddress="x"))) == ["1.0"]
        assert names(rules, as_file(event(userAgent=1, sourceIPAddress="x"))) == ["1", "1.0"]


def test_no_rules_still_count_events() -> None:
    evaluation = RuleSet([]).evaluate(as_file(event(eventTime="2026-03-02T08:00:00Z"), event()))
    assert (evaluation.events, evaluation.hits, evaluation.newest_at) == (2, (), "2026-03-02T08:00:00Z")


def test_a_stored_object_is_evaluated_as_its_content_is() -> None:
    content = as_file(*[event(eventName="DeleteGroup", n=n, note="x" * 5_000) for n in range(300)])
    evaluation = RULES.evaluate_object(gzip.compress(content), max_bytes=len(content))
    assert len(evaluation.hits) == evaluation.events == 300
    assert evaluation.fault is None
    assert evaluation == RULES.evaluate(content)


def test_of_a_truncated_object_the_records_before_the_fault_are_evaluated() -> None:
    packed = gzip.compress(as_file(*[event(eventName="DeleteGroup", n=n) for n in range(300)]))
    evaluation = RULES.evaluate_object(packed[:-200], max_bytes=1 << 20)
    assert evaluation.fault is ReadFault.TRUNCATED
    assert 0 < len(evaluation.hits) < 300


def test_an_object_over_the_cap_is_evaluated_up_to_it() -> None:
    packed = gzip.compress(as_file(*[event(eventName="DeleteGroup", n=n, note="x" * 999) for n in range(2_000)]))
    evaluation = RULES.evaluate_object(packed, max_bytes=1 << 20)
    assert evaluation.fault is ReadFault.TOO_LARGE
    assert 0 < len(evaluation.hits) < 2_000


def test_a_record_that_cannot_be_decoded_is_rejected_with_what_could_be_had() -> None:
    broken = b'{"eventVersion":"1.11","eventName":"DeleteTrail",' + b'"x":' + b"[" * 100_000 + b"]" * 100_000 + b"}"
    evaluation = RULES.evaluate(as_file(event(eventName="DeleteGroup"), broken, b"7", event(eventName="DeleteGroup")))
    assert (evaluation.events, len(evaluation.hits)) == (2, 2)
    assert [found.reason for found in evaluation.rejects] == [RejectReason.TOO_DEEP, RejectReason.NOT_AN_OBJECT]
    assert evaluation.rejects[0].raw == broken
    assert evaluation.rejects[0].salvaged["eventName"] == "DeleteTrail"
    assert evaluation.fault is ReadFault.UNDECODABLE_RECORD


def test_of_endless_rejects_only_the_first_thousand_are_kept() -> None:
    evaluation = RULES.evaluate(as_file(*[b"7"] * 1_500, event(eventName="DeleteGroup")))
    assert (len(evaluation.rejects), evaluation.rejected, len(evaluation.hits)) == (1_000, 1_500, 1)
    assert evaluation.events == 1


def test_a_fault_of_the_shape_goes_before_that_of_a_record() -> None:
    assert RULES.evaluate(b'{"Records":[7').fault is ReadFault.TRUNCATED
    assert RULES.evaluate(b"hello").fault is ReadFault.NOT_JSON


@pytest.mark.parametrize(
    ("times", "newest"),
    [
        (["2026-03-02T08:00:00Z", "2026-03-02T09:00:00Z", "2026-03-01T10:00:00Z"], "2026-03-02T09:00:00Z"),
        (["2026-03-02T08:00:00Z", "zzz"], "2026-03-02T08:00:00Z"),
        (["2026-03-02T08:00:00Z", None], "2026-03-02T08:00:00Z"),
        (["2026-03-02T08:00:00Z", 7, True, {}], "2026-03-02T08:00:00Z"),
        (["2026-03-02T08:00:00.123Z", 7], "2026-03-02T08:00:00.123Z"),
        (["zzz", None], None),
        ([], None),
    ],
)
def test_the_newest_time_is_the_largest_that_looks_like_one(times: list[Any], newest: str | None) -> None:
    records = [event(eventTime=time) for time in times]
    assert RULES.evaluate(as_file(*records)).newest_at == newest
    assert RULES.evaluate_records(records).newest_at == newest


@pytest.mark.parametrize("path", ["eventName", "userAgent", "requestParameters.a.b.c.d"])
def test_a_rule_that_raises_is_counted_and_takes_no_other_with_it(path: str) -> None:
    bad = field(path, Number(value=Explosive(7)))
    rules = RuleSet([rule(bad, "bad"), rule(bad, "also bad"), rule(field("eventName", "b*"), "good")])
    boom = event(eventName=True, userAgent=True, requestParameters={"a": {"b": {"c": {"d": 8}}}})
    boom = boom.replace(b"true", b"8")
    with capture_logs() as logs:
        evaluation = rules.evaluate(as_file(boom, boom, event(eventName="boom"), event(eventName="x")))
    assert evaluation.errors == {"bad": 2, "also bad": 2}
    assert [hit.rule.id for hit in evaluation.hits] == ["good"]
    assert [(line["event"], line["rule_id"]) for line in logs] == [("rule raised", "bad"), ("rule raised", "also bad")]


@pytest.mark.parametrize("path", ["eventName", "userAgent"])
def test_a_rule_that_raises_on_a_field_that_is_read_is_not_taken_for_dismissed(path: str) -> None:
    bad = any_of(field(path, Compare(comparison=Comparison.GT, value=Explosive(7))), field(path, "boom"))
    evaluation = RuleSet([rule(bad, "bad")]).evaluate(as_file(event(**{path: "8"}), event(**{path: "boom"})))
    assert evaluation.errors == {"bad": 1}
    assert len(evaluation.hits) == 1


def test_loose_content_is_evaluated_whatever_its_shape() -> None:
    raw = event(eventName="DeleteGroup")
    for content in (raw, b"[%b]" % raw, raw + b"\n" + raw, as_file(raw)):
        assert RULES.evaluate_loose(content).hits
    assert RULES.evaluate_loose(b"hello").fault is ReadFault.NOT_JSON


def test_the_digest_tells_rule_sets_apart_and_may_be_handed_in() -> None:
    one, two = rule(GROUP, "one"), rule(ROOT, "two")
    assert RuleSet([one, two]).digest == RuleSet([two, one]).digest
    assert RuleSet([one]).digest != RuleSet([two]).digest
    assert RuleSet([one]).digest != RuleSet([replace(one, level=Level.LOW)]).digest
    assert RuleSet([one], digest="given").digest == "given"


def test_what_is_remembered_of_records_is_bounded() -> None:
    names_and_type = all_of(field("eventName", "*1*"), none_of(ROOT))
    rules = RuleSet([rule(names_and_type, "name"), rule(field("userAgent", "*7"), "agent")], memory=10)
    content = as_file(*[event(eventName=f"Call{n}", userAgent=f"agent {n}") for n in range(100)])
    expected = sum("1" in str(n) for n in range(100)) + 10
    assert len(names(rules, content)) == len(names(rules, content)) == expected


def test_fields_below_a_null_are_missing() -> None:
    rules = RuleSet(
        [
            rule(any_of(ROOT, none_of(field("requestParameters.name", "x"))), "r"),
            rule(field("requestParameters.name", "x"), "x"),
        ]
    )
    content = as_file(
        event(userIdentity=None, requestParameters=None),
        event(userIdentity={"type": "Root"}, requestParameters={"name": "x"}),
    )
    assert names(rules, content) == ["r", "r", "x"]


def test_a_keyword_is_asked_of_every_record() -> None:
    rules = RuleSet([rule(Keyword(test=text("*needle*")), "keyword")])
    assert names(rules, as_file(event(), event(requestParameters={"a": ["a needle"]}))) == ["keyword"]


def test_only_the_fields_that_rules_need_are_read() -> None:
    assert RULES.fields == ("eventName", "userIdentity.type", "userAgent")
    columns_read = Columns(collect_tests([], RULES.fields), memory=10)
    (item,) = columns_read.decode(b'[{"eventName":"A","requestParameters":{"big":[1,2,3]}}]')
    assert "A" in msgspec.structs.astuple(item)
    assert len(msgspec.structs.astuple(item)) == 5  # userIdentity, eventTime, eventName, userAgent, a dotted key


def test_what_is_left_of_more_junk_than_is_taken_apart_is_rejected_and_not_decoded() -> None:
    left = b"{}," * 2_000_000 + b"{}"
    tracemalloc.start()
    evaluation = RuleSet([rule(field("eventName", "*"))]).evaluate_records([left])
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert [one.reason for one in evaluation.rejects] == [RejectReason.TOO_LARGE]
    assert peak < 5 * len(left)  # decoded it would be two million objects
