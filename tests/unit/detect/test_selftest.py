from __future__ import annotations

from daemon.detect.explain import Explained
from daemon.detect.load import load_file
from daemon.detect.selftest import TestResult, run_tests
from tests.doubles.rule_text import RULE_ID, rule_text

DETECTION = """
selection:
  eventName|startswith: Delete
  requestParameters.groupName: [admins, 'root?']
denied:
  errorCode|exists: true
condition: selection and not denied
"""


ONE_TEST = "trailwarden: {tests: [{name: a, match: true, event: {eventName: DeleteGroup}}]}"


def leaves(explained: Explained | None) -> list[Explained]:
    assert explained
    return [below for part in explained.parts for below in leaves(part)] if explained.parts else [explained]


def results(*tests: str, detection: str = DETECTION) -> list[TestResult]:
    more = "trailwarden:\n  tests:\n" + "".join(f"    - {test}\n" for test in tests)
    loaded = load_file("x.yml", rule_text(detection, more=more), variables={})
    assert loaded.problems == ()
    return list(run_tests(loaded))


def test_tests_say_whether_the_rule_does_what_they_want() -> None:
    event = "{eventName: DeleteGroup, requestParameters: {groupName: admins}}"
    denied = "{eventName: DeleteGroup, requestParameters: {groupName: admins}, errorCode: AccessDenied}"
    found = results(
        f"{{name: a group, match: true, event: {event}}}",
        f"{{name: denied, match: false, event: {denied}}}",
        f"{{name: wrong, match: false, event: {event}}}",
    )
    assert [(result.name, result.is_passed) for result in found] == [
        ("a group", True),
        ("denied", True),
        ("wrong", False),
    ]
    assert [(result.expected, result.got) for result in found[1:]] == [
        (("no match",), ("no match",)),
        (("no match",), ("a match",)),
    ]
    assert [result.explained is None for result in found] == [True, True, False]


def test_a_test_knows_its_place_and_its_time() -> None:
    loaded = load_file("x.yml", rule_text(DETECTION, more=ONE_TEST), variables={})
    times = iter((10.0, 10.25))
    (result,) = run_tests(loaded, stopwatch=lambda: next(times))
    assert (result.path, result.line, result.rule_id, result.seconds) == ("x.yml", 12, RULE_ID, 0.25)


def test_a_failed_test_shows_what_each_leaf_asked_and_saw() -> None:
    (result,) = results("{name: a, match: true, event: {eventName: DeleteGroup, requestParameters: {groupName: dev}}}")
    assert [(leaf.holds, f"{leaf.field} {leaf.asks}", leaf.saw) for leaf in leaves(result.explained)] == [
        (True, "eventName = 'Delete*'", '"DeleteGroup"'),
        (False, "requestParameters.groupName = 'admins'", '"dev"'),
        (False, "requestParameters.groupName = 'root?'", '"dev"'),
        (False, "errorCode exists", "nothing"),
    ]


def test_every_kind_of_leaf_can_be_told_in_words() -> None:
    detection = r"""
    selection:
      eventName|cased: 'a\*b'
      eventID: null
      eventType|exists: false
      eventSource|re|i: x.*
      sourceIPAddress|cidr: 203.0.113.0/24
      requestParameters.n|gte: 5
      eventTime|hour|lt: 6
      userAgent|fieldref|startswith: eventName
      readOnly: true
      errorCode|fieldref|cased: errorMessage
      requestParameters.port: 22
    keywords: evil
    condition: selection and keywords
    """
    (result,) = results("{name: a, match: true, event: {a: b}}", detection=detection)
    assert [f"{leaf.field} {leaf.asks}" for leaf in leaves(result.explained)] == [
        r"eventName = 'a\*b' (case-sensitive)",
        "eventID is null or missing",
        "eventType does not exist",
        "eventSource matches /x.*/i",
        "sourceIPAddress is in 203.0.113.0/24",
        "requestParameters.n >= 5",
        "eventTime has hour < 6",
        "userAgent startswith the value of eventName",
        "readOnly = true",
        "errorCode equals the value of errorMessage (case-sensitive)",
        "requestParameters.port = 22",
        "any value = '*evil*'",
    ]
