"""Tests inside files of correlations: what is expected beside what comes, over one file or several."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime

from daemon.detect.correlation_selftest import run_correlation_tests
from daemon.detect.load import LoadedFile, load_file
from daemon.detect.selftest import TestResult
from tests.doubles.rule_text import CORRELATION_ID, FILTER, OTHER_ID, correlation_text, filter_text, rule_text

NOW = datetime(2026, 1, 31, tzinfo=UTC)
UPPER_ID = "55555555-6666-4777-8888-999999999999"
SECTION = "type: event_count\nrules: group_deleted\ngroup-by: [userAgent]\ntimespan: 10m\ncondition: {gte: 2}"
RULE = rule_text(more="name: group_deleted\n")
PAIR = (("a", 0, "alice"), ("b", 5, "alice"))
Told = tuple[str, int, str]


def a_test(*events: Told, alerts: str, name: str = "many") -> str:
    lines = [
        f"        - {{eventID: {event_id}, eventTime: '2026-01-31T12:{minute:02}:00Z', eventName: DeleteGroup, "
        f"userAgent: {who}}}\n"
        for event_id, minute, who in events
    ]
    return f"    - name: {name}\n      events:\n{''.join(lines)}      alerts: {alerts}\n"


def counting(*tests: str, section: str = SECTION, rule_id: str = CORRELATION_ID, more: str = "name: many") -> bytes:
    return correlation_text(section, rule_id=rule_id, more=f"{more}\ntrailwarden:\n  tests:\n{''.join(tests)}")


def load(content: bytes, path: str = "x.yml") -> LoadedFile:
    loaded = load_file(path, content, variables={})
    assert loaded.problems == ()
    return loaded


def run(*contents: bytes, beside: Sequence[bytes] = ()) -> list[TestResult]:
    files = [load(content, f"{number}.yml") for number, content in enumerate(contents)]
    others = [load(content, f"beside{number}.yml") for number, content in enumerate(beside)]
    return list(run_correlation_tests(files, others, now=NOW, stopwatch=lambda: 1.0))


def test_a_test_passes_where_what_came_is_as_expected_in_all_that_is_said() -> None:
    alert = "[{group: {userAgent: alice}}]"
    (result,) = run(RULE + b"---\n" + counting(a_test(*PAIR, alerts=alert)))
    told = "an alert for userAgent = alice, 2 events (a, b)"
    assert (result.expected, result.got, result.is_passed) == ((told,), (told,), True)
    assert (result.path, result.line, result.rule_id, result.name) == ("0.yml", 23, CORRELATION_ID, "many")
    assert (result.title, result.seconds) == ("Many groups were deleted", 0.0)


def test_a_failing_test_says_which_group_was_expected_and_which_came() -> None:
    (result,) = run(RULE, counting(a_test(*PAIR, alerts="[{group: {userAgent: bob}}]")))
    assert result.expected == ("an alert for userAgent = bob",)
    assert result.got == ("an alert for userAgent = alice, 2 events (a, b)",)
    assert not result.is_passed


def test_another_number_of_events_fails() -> None:
    (result,) = run(RULE, counting(a_test(*PAIR, alerts="[{group: {userAgent: alice}, count: 3}]")))
    assert result.expected == ("an alert for userAgent = alice, 3 events",)
    assert not result.is_passed


def test_other_events_fail() -> None:
    events = (*PAIR, ("c", 30, "alice"))
    (result,) = run(RULE, counting(a_test(*events, alerts="[{group: {userAgent: alice}, count: 2, events: [a, c]}]")))
    assert result.expected == ("an alert for userAgent = alice, 2 events (a, c)",)
    assert not result.is_passed


def test_the_events_of_an_alert_are_expected_in_any_order() -> None:
    (result,) = run(RULE, counting(a_test(*PAIR, alerts="[{group: {userAgent: alice}, events: [b, a]}]")))
    assert result.is_passed


def test_no_alert_may_be_expected_and_may_come() -> None:
    quiet = a_test(("a", 0, "alice"), alerts="[]", name="one")
    missing = a_test(("a", 0, "alice"), alerts="[{group: {userAgent: alice}}]", name="too few")
    first, second = run(RULE, counting(quiet, missing))
    assert (first.expected, first.got, first.is_passed) == (("no alert",), ("no alert",), True)
    assert (second.expected, second.got) == (("an alert for userAgent = alice",), ("no alert",))
    assert not second.is_passed


def test_an_alert_that_nobody_expected_fails() -> None:
    (result,) = run(RULE, counting(a_test(*PAIR, alerts="[]")))
    assert (result.expected, result.is_passed) == (("no alert",), False)


def test_several_alerts_of_one_group_are_expected_each_by_itself() -> None:
    events = (*PAIR, ("c", 30, "alice"), ("d", 31, "alice"))
    one, two = "{group: {userAgent: alice}, events: [a, b]}", "{group: {userAgent: alice}, events: [c, d]}"
    both, half, twice = run(
        RULE,
        counting(
            a_test(*events, alerts=f"[{two}, {one}]"),
            a_test(*events, alerts=f"[{one}]", name="half"),
            a_test(*events, alerts=f"[{one}, {one}]", name="twice"),
        ),
    )
    assert both.is_passed
    assert both.got == (
        "an alert for userAgent = alice, 2 events (a, b)",
        "an alert for userAgent = alice, 2 events (c, d)",
    )
    assert not half.is_passed
    assert not twice.is_passed


def test_without_groups_the_alert_is_for_everything() -> None:
    section = SECTION.replace("group-by: [userAgent]\n", "")
    (result,) = run(RULE, counting(a_test(*PAIR, alerts="[{count: 2}]"), section=section))
    assert result.got == ("an alert for everything, 2 events (a, b)",)
    assert result.is_passed


def test_rules_may_stand_in_several_files_and_beside_them() -> None:
    section = SECTION.replace("group_deleted", "[group_deleted, other]")
    other = rule_text("s: {eventName: Never}\ncondition: s", rule_id=OTHER_ID, more="name: other\n")
    test = a_test(*PAIR, alerts="[{group: {userAgent: alice}}]")
    (result,) = run(counting(test, section=section), RULE, beside=[other])
    assert result.is_passed


def test_each_correlation_of_a_chain_is_tested_by_its_own_alerts() -> None:
    upper = "type: event_count\nrules: many\ngroup-by: [userAgent]\ntimespan: 1h\ncondition: {gte: 2}"
    events = (*PAIR, ("c", 30, "alice"), ("d", 31, "alice"))
    group = "group: {userAgent: alice}"
    lower = a_test(*events, alerts=f"[{{{group}}}, {{{group}}}]", name="bursts")
    above = a_test(*events, alerts=f"[{{{group}, events: [a, b, c, d]}}]", name="both")
    results = run(RULE, counting(lower), counting(above, section=upper, rule_id=UPPER_ID, more="name: upper"))
    assert [(result.name, result.is_passed) for result in results] == [("bursts", True), ("both", True)]


def test_filters_do_not_change_what_tests_say() -> None:
    exception = filter_text(FILTER.replace("userIdentity.arn|contains: role/ci", "userAgent: alice"))
    (result,) = run(RULE, exception, counting(a_test(*PAIR, alerts="[{group: {userAgent: alice}}]")))
    assert result.is_passed


def test_a_fault_in_a_file_beside_keeps_no_test_from_running() -> None:
    astray = correlation_text(SECTION.replace("group_deleted", "nobody"), rule_id=UPPER_ID)
    (result,) = run(RULE, counting(a_test(*PAIR, alerts="[{group: {userAgent: alice}}]")), beside=[astray])
    assert result.is_passed


def test_a_test_fails_where_what_its_correlation_is_about_has_a_fault() -> None:
    astray = correlation_text(SECTION.replace("group_deleted", "nobody"), rule_id=UPPER_ID, more="name: lower")
    section = SECTION.replace("group_deleted", "lower")
    (result,) = run(RULE, counting(a_test(*PAIR, alerts="[]"), section=section), beside=[astray])
    assert result.expected == ("no alert",)
    assert result.got[0].startswith("1.yml:6: no rule has the name or id 'lower'")
    assert not result.is_passed


def test_a_file_that_cannot_be_used_is_left_out() -> None:
    broken = load_file("x.yml", counting(a_test(*PAIR, alerts="[]"), section="type: event_cuont"), variables={})
    assert list(run_correlation_tests([broken], [], now=NOW)) == []


def test_a_correlation_that_is_passed_over_is_not_tested() -> None:
    other_logs = rule_text(more="name: group_deleted\n", logs="{product: windows}")
    assert run(other_logs, counting(a_test(*PAIR, alerts="[]"))) == []
