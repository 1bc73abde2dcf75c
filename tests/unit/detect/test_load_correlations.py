"""What a `correlation:` document says, and every fault that a person can make in one, with its line."""

from __future__ import annotations

from datetime import timedelta

import pytest

from daemon.condition import Comparison
from daemon.detect.correlation_tests import CorrelationTest, ExpectedAlert
from daemon.detect.correlations import Unlinked
from daemon.detect.load import LoadedFile, load_file
from daemon.detect.logsource import PassReason
from daemon.model import (
    AllOf,
    AnyOf,
    Bound,
    Bounds,
    CorrelationCondition,
    CorrelationType,
    Level,
    Mode,
    NoneOf,
    Occurs,
    RuleOptions,
)
from tests.doubles.rule_text import CORRELATION, CORRELATION_ID, OTHER_ID, RULE_ID, correlation_text, rule_text


def load(content: bytes) -> LoadedFile:
    return load_file("x.yml", content, variables={})


def told(content: bytes) -> list[str]:
    return [str(problem) for problem in load(content).problems]


def read(section: str = CORRELATION, *, more: str = "") -> Unlinked:
    loaded = load(correlation_text(section, more=more))
    assert loaded.problems == ()
    (unlinked,) = loaded.correlations
    return unlinked


def condition(kind: str, written: str, rules: str = "[one, two, three]") -> CorrelationCondition:
    return read(f"{{type: {kind}, rules: {rules}, timespan: 1h, condition: {written}}}").correlation.condition


def bounds(*pairs: tuple[Comparison, float], fields: tuple[str, ...] = (), percentile: float | None = None) -> Bounds:
    return Bounds(
        bounds=tuple(Bound(comparison=comparison, value=value) for comparison, value in pairs),
        fields=fields,
        percentile=percentile,
    )


def test_a_correlation_is_read_with_all_that_it_says_of_itself() -> None:
    more = "name: many_groups\nstatus: test\ntags: [attack.t1531]\nfalsepositives: [A clean-up]\n"
    unlinked = read(more=more)
    correlation = unlinked.correlation
    assert (correlation.id, correlation.name, correlation.level) == (CORRELATION_ID, "many_groups", Level.HIGH)
    assert (correlation.status, correlation.tags) == ("test", ("attack.t1531",))
    assert (correlation.type, correlation.timespan) == (CorrelationType.EVENT_COUNT, timedelta(minutes=10))
    assert correlation.group_by == correlation.options.group_by == ("recipientAccountId",)
    assert correlation.condition == bounds((Comparison.GTE, 5))
    assert [(name.text, name.line) for name in unlinked.references] == [("group_deleted", 6)]


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        ("{gte: 10}", bounds((Comparison.GTE, 10))),
        ("{gt: 100, lte: 200}", bounds((Comparison.GT, 100), (Comparison.LTE, 200))),
        ("{gte: 1, lte: 9, neq: 5}", bounds((Comparison.GTE, 1), (Comparison.LTE, 9), (Comparison.NEQ, 5))),
        ("{neq: 7}", bounds((Comparison.NEQ, 7))),
        ("{eq: '7'}", bounds((Comparison.EQ, 7))),
        ("{lt: 5.0}", bounds((Comparison.LT, 5))),
    ],
)
def test_counts_are_asked_by_one_bound_or_several(written: str, expected: Bounds) -> None:
    assert condition("event_count", written) == expected


@pytest.mark.parametrize(
    ("kind", "written", "expected"),
    [
        ("value_count", "{field: awsRegion, gte: 3}", bounds((Comparison.GTE, 3), fields=("awsRegion",))),
        (
            "value_count",
            "{field: [awsRegion, eventName], gte: 3}",
            bounds((Comparison.GTE, 3), fields=("awsRegion", "eventName")),
        ),
        ("value_sum", "{field: a.b, gt: 1.5}", bounds((Comparison.GT, 1.5), fields=("a.b",))),
        ("value_avg", "{field: [a.b], lt: -2}", bounds((Comparison.LT, -2), fields=("a.b",))),
        ("value_median", "{field: a.b, lt: 2}", bounds((Comparison.LT, 2), fields=("a.b",))),
        (
            "value_percentile",
            "{field: a.b, gt: 2, percentile: 95}",
            bounds((Comparison.GT, 2), fields=("a.b",), percentile=95),
        ),
    ],
)
def test_values_are_asked_by_their_fields(kind: str, written: str, expected: Bounds) -> None:
    assert condition(kind, written) == expected


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        ("one and two and three", AllOf(items=(Occurs(base=0), Occurs(base=1), Occurs(base=2)))),
        (
            "one and (two or not three)",
            AllOf(items=(Occurs(base=0), AnyOf(items=(Occurs(base=1), NoneOf(item=Occurs(base=2)))))),
        ),
        ("{gte: 2}", bounds((Comparison.GTE, 2))),
        ("{lt: 3}", bounds((Comparison.LT, 3))),
    ],
)
def test_a_temporal_correlation_is_asked_by_an_expression_or_by_how_many_rules(
    written: str, expected: CorrelationCondition
) -> None:
    assert condition("temporal", written) == expected
    assert condition("temporal_ordered", written) == expected


def test_without_a_condition_all_rules_must_match() -> None:
    section = "{type: temporal, rules: [one, two], timespan: 1h}"
    assert read(section).correlation.condition == AllOf(items=(Occurs(base=0), Occurs(base=1)))


def test_without_rules_they_are_those_of_the_expression_in_its_order() -> None:
    unlinked = read(f"{{type: temporal, timespan: 1h, condition: two and {RULE_ID} or two and one}}")
    assert [name.text for name in unlinked.references] == ["two", RULE_ID, "one"]


@pytest.mark.parametrize(
    ("written", "expected"),
    [("awsRegion", ("awsRegion",)), ("[awsRegion, eventName]", ("awsRegion", "eventName")), ("[]", ()), ("null", ())],
)
def test_groups_are_by_one_name_or_several_or_none(written: str, expected: tuple[str, ...]) -> None:
    section = f"{{type: event_count, rules: one, timespan: 1h, condition: {{gte: 2}}, group-by: {written}}}"
    assert read(section).correlation.group_by == expected


@pytest.mark.parametrize(
    ("inside", "beside", "expected"),
    [
        ("", "", False),
        ("generate: true", "", True),
        ("", "generate: true", True),
        ("generate: true", "generate: true", True),
    ],
)
def test_generate_stands_inside_the_correlation_or_beside_it(inside: str, beside: str, expected: bool) -> None:
    unlinked = read(f"{CORRELATION}{inside}\n", more=f"{beside}\n")
    assert unlinked.correlation.generate is expected


def test_our_key_says_what_sigma_has_no_word_for() -> None:
    more = """
    trailwarden:
      summary: "{actor} deleted groups"
      close_after: 2h
      mode: shadow
      runbook: https://example.com/groups
      settle: 0
      lateness: 6h
      max_groups: 500
    """
    correlation = read(more=more).correlation
    assert correlation.options == RuleOptions(
        summary="{actor} deleted groups",
        group_by=("recipientAccountId",),
        close_after=timedelta(hours=2),
        mode=Mode.SHADOW,
        runbook="https://example.com/groups",
    )
    assert (correlation.settle, correlation.lateness) == (timedelta(0), timedelta(hours=6))
    assert correlation.max_groups == 500


def test_without_our_key_late_events_count_for_a_day_and_doubtful_windows_settle_for_a_quarter_of_an_hour() -> None:
    correlation = read().correlation
    assert (correlation.settle, correlation.lateness) == (timedelta(minutes=15), timedelta(hours=24))
    assert correlation.max_groups == 10_000


def test_tests_are_events_with_times_and_the_alerts_that_must_come() -> None:
    more = """
    trailwarden:
      tests:
        - name: five in time
          events:
            - {eventID: a, eventTime: '2026-01-31T12:00:00Z', recipientAccountId: '111122223333'}
          alerts:
            - {group: {recipientAccountId: '111122223333'}, count: 1, events: [a]}
        - {name: nothing, events: [{eventTime: '2026-01-31T12:00:00Z'}], alerts: []}
    """
    loaded = load(correlation_text(more=more))
    assert loaded.problems == ()
    first, second = loaded.correlation_tests[CORRELATION_ID]
    event = {"eventID": "a", "eventTime": "2026-01-31T12:00:00Z", "recipientAccountId": "111122223333"}
    alert = ExpectedAlert(group={"recipientAccountId": "111122223333"}, count=1, events=("a",))
    assert first == CorrelationTest(name="five in time", events=(event,), alerts=(alert,), line=13)
    assert (second.name, second.alerts, second.line) == ("nothing", (), 18)


def test_rules_and_their_correlation_may_share_a_file() -> None:
    loaded = load(rule_text(more="name: group_deleted\n") + b"---\n" + correlation_text())
    assert loaded.problems == ()
    assert [rule.name for rule in loaded.rules] == ["group_deleted"]
    assert len(loaded.correlations) == 1
    assert loaded.lines == {RULE_ID: 2, CORRELATION_ID: 12}


def test_a_correlation_without_an_id_goes_by_one_made_of_its_path_and_title() -> None:
    content = correlation_text().replace(f"id: {CORRELATION_ID}\n".encode(), b"")
    loaded = load(content)
    (problem,) = loaded.problems
    (unlinked,) = loaded.correlations
    assert problem.is_warning
    assert str(problem).startswith("x.yml:1: warning: the correlation has no id, and goes by one that changes")
    assert unlinked.correlation.id in str(problem)
    assert load(content).correlations[0].correlation.id == unlinked.correlation.id
    assert load_file("y.yml", content, variables={}).correlations[0].correlation.id != unlinked.correlation.id


def test_a_correlation_that_was_given_up_is_passed_over() -> None:
    loaded = load(correlation_text(more="status: deprecated"))
    assert (loaded.correlations, loaded.problems) == ((), ())
    assert loaded.passed_over[0].reason is PassReason.DEPRECATED


@pytest.mark.parametrize(
    ("old", "new", "line", "expected"),
    [
        ("type: event_count", "type: event_cuont", 5, "unknown type 'event_cuont'; did you mean 'event_count'?"),
        ("type: event_count\n", "", 4, "the correlation has no type; known here: event_count, temporal"),
        ("timespan: 10m", "timespan: 10x", 8, "'10x' is no timespan; write a whole number and one of"),
        ("timespan: 10m\n", "", 4, "the correlation has no timespan; add one such as: timespan: 15m"),
        ("timespan: 10m", "timespan: 10m\ngenerat: no", 9, "unknown key correlation.generat; did you mean"),
        ("rules: group_deleted\n", "", 4, "the correlation names no rules; name them: rules: [...]"),
        ("rules: group_deleted", "rules: []", 6, "the correlation names no rules"),
        ("rules: group_deleted", "rules: [a, a]", 6, "'a' stands twice; name it once"),
        ("rules: group_deleted", "rules: [5]", 6, "correlation.rules takes names, and '5' is none"),
        ("rules: group_deleted", "rules: {a: b}", 6, "correlation.rules takes names, and '{'a': 'b'}' is none"),
        ("[recipientAccountId]", "[awsRegion, awsRegion]", 7, "'awsRegion' stands twice; name it once"),
        ("[recipientAccountId]", "5", 7, "correlation.group-by takes names, and '5' is none"),
        ("condition: {gte: 5}\n", "", 4, "the correlation has no condition; write one such as: condition: {gte: 10}"),
        ("{gte: 5}", "gte 5", 9, "the condition of a correlation of the type event_count is a mapping"),
        ("{gte: 5}", "[a]", 9, "the condition is neither a mapping nor a text"),
        ("{gte: 5}", "{}", 9, "the condition compares with no number; add one of eq, neq, lt, lte, gt, gte"),
        ("{gte: 5}", "{gte: 5, gtr: 5}", 9, "unknown key condition.gtr; did you mean 'gt'?"),
        ("{gte: 5}", "{gte: many}", 9, "'many' is no number to compare with"),
        ("{gte: 5}", "{gte: true}", 9, "'True' is no number to compare with"),
        ("{gte: 5}", "{gte: .inf}", 9, "'inf' is no number to compare with"),
        ("{gte: 5}", "{gte: [5]}", 9, "'[5]' is no number to compare with"),
        ("{gte: 5}", f"{{gte: 1{'0' * 400}}}", 9, f"'1{'0' * 39}' is no number to compare with"),
        ("{gte: 5}", "{gte: 2.5}", 9, "a count is never 2.5; give a whole number"),
        ("{gte: 5}", "{gte: 5, field: awsRegion}", 9, "a correlation of the type event_count looks at no field"),
        ("{gte: 5}", "{gte: 5, percentile: 5}", 9, "a correlation of the type event_count has no percentile"),
        ("{gte: 5}", "{lt: 1}", 9, "no window ever comes to such a number; a window begins with a match"),
        ("{gte: 5}", "{gt: 5, lt: 6}", 9, "no window ever comes to such a number"),
        ("{gte: 5}", "{gte: 5}\ngenerate: yes please", 10, "generate is true or false, not 'yes please'"),
        ("{gte: 5}", "{gte: 5}\naliases: [a]", 10, "aliases is not a mapping; write name: {rule: field}"),
        ("{gte: 5}", "{gte: 5}\naliases: {a: b}", 10, "the alias 'a' is no mapping of rules to fields"),
        ("{gte: 5}", "{gte: 5}\naliases: {a: {b: 5}}", 10, "the alias 'a' is no mapping of rules to fields"),
        ("{gte: 5}", "{gte: 5}\naliases: {a: {}}", 10, "the alias 'a' is no mapping of rules to fields"),
    ],
)  # fmt: skip
def test_a_fault_in_a_correlation_is_told_with_its_line(old: str, new: str, line: int, expected: str) -> None:
    assert old in CORRELATION
    (message,) = told(correlation_text(CORRELATION.replace(old, new)))
    assert message.startswith(f"x.yml:{line}: {expected}")


@pytest.mark.parametrize(
    ("kind", "written", "expected"),
    [
        ("temporal", "one and two", "the condition does not use 'three', which is among its rules"),
        ("temporal", "one and two and tree", "the condition names 'tree', which is not among its rules; did you mean"),
        ("temporal", "1 of one*", "the condition of a correlation names its rules one by one; join them by and, or"),
        ("temporal", "one AND two and three", "the condition has 'AND'; operators are written small"),
        ("temporal", "not one and not (two and three)", "the condition holds where none of its rules matched"),
        ("temporal", "one and two or not three", "the condition holds where none of its rules matched"),
        ("temporal", "{gte: 4}", "no window ever comes to such a number: of 3 rules, 1 to 3 match"),
        ("temporal", "{gte: 2, field: awsRegion}", "a correlation of the type temporal looks at no field"),
        ("value_count", "{gte: 2}", "a correlation of the type value_count needs a field; add the one whose values"),
        ("value_count", "{gte: 2, field: []}", "condition.field names no field; name the one whose values count"),
        ("value_count", "{gte: 2, field: 5}", "correlation.condition.field takes names, and '5' is none"),
        ("value_count", "{lt: 0, field: awsRegion}", "no window ever comes to such a number"),
        ("value_sum", "{gte: 2, field: [a, b]}", "a correlation of the type value_sum takes one field"),
        ("value_percentile", "{gte: 2, field: a}", "a correlation of the type value_percentile needs to say which"),
        ("value_percentile", "{gte: 2, field: a, percentile: 101}", "'101' is no percentile; give a number from 0 to"),
        ("value_percentile", "{gte: 2, field: a, percentile: true}", "'True' is no percentile"),
        ("value_median", "{gte: 2, field: a, percentile: 5}", "a correlation of the type value_median has no percen"),
    ],
)
def test_a_condition_that_its_type_cannot_have_is_refused(kind: str, written: str, expected: str) -> None:
    section = f"{{type: {kind}, rules: [one, two, three], timespan: 1h,\ncondition: {written}}}"
    messages = told(correlation_text(section))
    assert any(message.startswith(f"x.yml:6: {expected}") for message in messages), messages


@pytest.mark.parametrize(
    ("section", "more", "expected"),
    [
        (CORRELATION.replace("5}", "1}"), "", "x.yml:9: warning: the condition holds in every window, from the first"),
        (CORRELATION + "aliases: {a: {group_deleted: awsRegion}}", "", "x.yml:10: warning: the alias 'a' is not used"),
        (CORRELATION, "logsource: {product: aws}", "x.yml:10: warning: a correlation has no logsource"),
    ],
)
def test_a_doubt_about_a_correlation_does_not_keep_it_from_being_used(section: str, more: str, expected: str) -> None:
    loaded = load(correlation_text(section, more=more))
    assert str(loaded.problems[0]).startswith(expected)
    assert len(loaded.correlations) == 1


def test_generate_may_not_say_two_things() -> None:
    assert told(correlation_text(CORRELATION + "generate: true", more="generate: false")) == [
        "x.yml:11: generate stands here and in the correlation, and they differ; keep one of them"
    ]


def test_the_values_of_an_alias_cannot_be_counted() -> None:
    section = """
    type: value_count
    rules: [one]
    timespan: 1h
    group-by: who
    aliases: {who: {one: sourceIPAddress}}
    condition: {gte: 2, field: who}
    """
    (message,) = told(correlation_text(section))
    assert message.startswith("x.yml:10: 'who' is an alias, and those are for group-by alone; name a field that")


def test_the_correlation_must_be_a_mapping() -> None:
    content = b"title: x\nid: 33333333-4444-4555-8666-777777777777\ncorrelation: [a]\n"
    assert told(content) == ["x.yml:3: correlation is not a mapping; give it type, rules, timespan and condition"]


@pytest.mark.parametrize(
    ("options", "expected"),
    [
        ("group_by: [awsRegion]", "trailwarden.group_by is for rules: a correlation's alerts go by its own group-by"),
        ("first_seen: {fields: [awsRegion]}", "trailwarden.first_seen is for rules over single events"),
        ("setle: 5m", "unknown key trailwarden.setle; did you mean 'settle'?"),
        ("settle: soon", "trailwarden.settle: a duration is a number and a unit"),
        ("max_groups: 0", "trailwarden.max_groups: input should be greater than or equal to 1"),
        ("summary: '{nobody}'", "trailwarden.summary: {nobody} is no field"),
        ("tests: [{name: a, alerts: []}]", "trailwarden.tests.0.events is missing; add it"),
        ("tests: [{name: a, events: [{a: b}]}]", "trailwarden.tests.0.alerts is missing; add it"),
        ("tests: [{name: a, events: [{a: b}], alerts: []}]", "trailwarden.tests.0.events: event 0 has no eventTime"),
        ("tests: [{name: a, events: [{eventTime: '12'}], alerts: []}]", "event 0 has no eventTime such as"),
    ],
)
def test_a_fault_under_our_key_is_told_with_its_line(options: str, expected: str) -> None:
    messages = told(correlation_text(more=f"trailwarden:\n  {options}\n"))
    assert any(message.startswith("x.yml:11: ") and expected in message for message in messages), messages


@pytest.mark.parametrize(
    ("alert", "expected"),
    [
        ("{group: {}}", "'a': the group of an expected alert is by nothing, and the correlation's by recipientAccount"),
        ("{group: {awsRegion: x}}", "the group of an expected alert is by awsRegion, and the correlation's by"),
        ("{group: {recipientAccountId: 5}}", "input should be a valid string; quote it"),
        ("{group: {recipientAccountId: x}, events: [b]}", "no event of the test has the eventID 'b'"),
        ("{grup: {}}", "unknown key trailwarden.tests.0.alerts.0.grup; did you mean 'group'?"),
    ],
)
def test_an_expected_alert_must_be_one_that_can_come(alert: str, expected: str) -> None:
    test = f"{{name: a, events: [{{eventID: a, eventTime: '2026-01-31T12:00:00Z'}}], alerts: [{alert}]}}"
    (message,) = told(correlation_text(more=f"trailwarden:\n  tests:\n    - {test}\n"))
    assert message.startswith("x.yml:12: ")
    assert expected in message


def test_times_of_test_events_that_yaml_reads_its_own_way_are_refused() -> None:
    test = "{name: a, events: [{eventTime: 2026-01-31T12:00:00Z}], alerts: []}"
    messages = told(correlation_text(more=f"trailwarden:\n  tests:\n    - {test}\n"))
    assert messages[0].startswith("x.yml:12: YAML reads the unquoted 2026-01-31T12:00:00Z as a date")


def test_two_ids_of_a_file_may_not_be_the_same_whatever_they_belong_to() -> None:
    assert told(rule_text() + b"---\n" + correlation_text(rule_id=RULE_ID)) == [
        f"x.yml:11: the id {RULE_ID} is already used on line 2; give this rule an id of its own"
    ]
    assert told(rule_text() + b"---\n" + correlation_text(rule_id=OTHER_ID)) == []


def test_an_event_of_a_test_may_have_anything_for_an_id() -> None:
    test = "{name: a, events: [{eventID: {a: b}, eventTime: '2026-01-31T12:00:00Z'}], alerts: []}"
    assert told(correlation_text(more=f"trailwarden:\n  tests:\n    - {test}\n")) == []
