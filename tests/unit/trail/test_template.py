from __future__ import annotations

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from daemon.model import Actor
from daemon.trail.summary import render_summary
from daemon.trail.template import check_template

ALICE = Actor(label="alice", principal="arn:aws:iam::111122223333:user/alice", kind="user")


@pytest.mark.parametrize(
    ("template", "fault"),
    [
        ("{}", "empty placeholder"),
        ("{ }", "empty placeholder"),
        ("{actor!r}", "is no field path"),
        ("{requestParameters[0]}", "is no field path"),
        ("{requestParamters.groupName}", "did you mean 'requestParameters'?"),
        ("{actor|requestParamters.groupName}", "did you mean 'requestParameters'?"),
        ("[ on {requestParamters.groupName}]", "did you mean 'requestParameters'?"),
        ("{zzz}", "is no field of a CloudTrail record"),
        ("{outcme}", "did you mean 'outcome'?"),
        ("{eventName||actor}", "{} is no field path"),
        ("{eventName|'it}", "is no field path"),
        ("{'text'}", "names no field"),
        ("{'text'|eventName}", "hides what comes after it"),
        ("open {actor", "'{' at character 6 has no partner; write '{{' for a brace"),
        ("close actor}", "'}' at character 12 has no partner"),
        ("open [ {actor}", "'[' at character 6 has no partner; write '[[' for a bracket"),
        ("close {actor} ]", "']' at character 15 has no partner"),
        ("on [all] by {actor}", "[all] has no field in it that could be missing; write [[all]]"),
        ("x" * 1_001, "longer than 1000"),
    ],
)
def test_a_faulty_template_is_told(template: str, fault: str) -> None:
    found = check_template(template)
    assert fault in " | ".join(found)


@pytest.mark.parametrize(
    "template",
    [
        "",
        "{actor}",
        "{derived.principal} {{x}} [[y]]",
        "{requestParameters.a-b.items.c:d/e f}",
        "{actor} {called} {eventName}: {outcome}",
        "{requestParameters.name|requestParameters.trailName|'a trail'}",
        "{actor}[ of {requestParameters.a|'b'} {{c}}][ ({errorCode})]",
    ],
)
def test_a_good_template_has_no_faults(template: str) -> None:
    assert check_template(template) == []


@pytest.mark.parametrize("mark", ["[", "{", "[{", "[{{", "[{actor}"])
def test_a_template_of_open_marks_is_read_in_no_time(mark: str) -> None:
    faults = check_template((mark * 1_000)[:1_000])
    assert all("has no partner" in fault for fault in faults)


@settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])  # shared machines are slow at times
@given(st.text(alphabet=st.one_of(st.sampled_from("{}[]|'. actor"), st.characters())), st.text())
def test_no_template_and_no_record_make_it_raise(template: str, value: str) -> None:
    record = {"requestParameters": {"a": value}}
    assert render_summary(template + "{requestParameters}", record, ALICE).isprintable()
    check_template(template)
