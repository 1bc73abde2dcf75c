"""Values that YAML 1.1 reads as something else than their writer meant: such rules would load and never match."""

from __future__ import annotations

import pytest

from daemon.detect.load import load_file
from tests.doubles.rule_text import rule_text


def told(line: str) -> list[str]:
    content = rule_text(f"selection:\n  {line}\nnamed: {{eventName: A}}\ncondition: named and selection")
    return [str(problem) for problem in load_file("x.yml", content, variables={}).problems]


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("additionalEventData.MFAUsed: No", "unquoted No as the boolean false; write 'No'"),
        ("additionalEventData.MFAUsed: yes", "unquoted yes as the boolean true; write 'yes'"),
        ("additionalEventData.x: ON", "unquoted ON as the boolean true; write 'ON'"),
        ("additionalEventData.x: [a, off]", "unquoted off as the boolean false; write 'off'"),
        ("recipientAccountId: 012345671234", "as the number 1402434204 (octal, because of the leading zero)"),
        ("requestParameters.at: 12:30", "as the number 750 (counted in sixties); write '12:30'"),
        ("requestParameters.at|gt: 12:30", "as the number 750 (counted in sixties)"),
        ("requestParameters.at: 1:30.5", "as the number 90.5 (counted in sixties)"),
        ("requestParameters.day: 2026-01-31", "as a date; write '2026-01-31'"),
        ("eventTime: 2026-01-31T00:00:00Z", "as a date; write '2026-01-31T00:00:00Z'"),
        ("requestParameters.id: 0x1F", "as the number 31; write '0x1F'"),
        ("requestParameters.id: 1_000", "as the number 1000"),
        ("tlsDetails.tlsVersion: 1.10", "as the number 1.1; write '1.10'"),
        ("eventVersion: 1.0", "as the number 1; write '1.0'"),
        ("requestParameters.id: .inf", "as a number without a value"),
        ("requestParameters.id: 98765432109876543210", "as a number too large to be compared exactly"),
        ("on: a", "the unquoted key on as a boolean; write 'on'"),
    ],
)
def test_a_trap_is_a_fault_that_names_the_line_and_the_quotes(line: str, expected: str) -> None:
    (message,) = told(line)
    assert message.startswith("x.yml:7: YAML reads ")
    assert expected in message


@pytest.mark.parametrize(
    "line",
    [
        "additionalEventData.MFAUsed: 'No'",
        "readOnly: false",
        "readOnly: True",
        "errorCode|exists: yes",
        "errorCode|exists: Off",
        "recipientAccountId: 111122223333",
        "recipientAccountId: 089999999999",
        "requestParameters.size|gt: 1_000",
        "requestParameters.size|gte: 1.0",
        "requestParameters.port: 22",
        "requestParameters.port: -1",
        "requestParameters.share: 0.5",
        "errorCode: null",
        "errorCode: ~",
        "errorCode: ''",
        "eventTime|hour|lt: 6",
    ],
)
def test_what_means_what_it_says_is_no_trap(line: str) -> None:
    assert told(line) == []


def test_a_trap_in_a_name_of_a_selection_is_found() -> None:
    problems = load_file("x.yml", rule_text("on: {eventName: A}\ncondition: on"), variables={}).problems
    assert "the unquoted key on as a boolean" in str(problems[0])


def test_a_date_in_a_tests_event_is_a_fault_but_plain_numbers_are_fine() -> None:
    more = """
    trailwarden:
      tests:
        - name: a
          match: yes
          event:
            n: 1.10
            big: 98765432109876543210
            eventTime: 2026-01-31T00:00:00Z
    """
    (problem,) = load_file("x.yml", rule_text(more=more), variables={}).problems
    assert str(problem).startswith("x.yml:17: YAML reads the unquoted 2026-01-31T00:00:00Z as a date")
