from __future__ import annotations

from xml.etree import ElementTree

from hypothesis import given
from hypothesis import strategies as st

from daemon.commands.junit import junit_report
from daemon.detect.selftest import TestResult
from daemon.errors import Problem

# What the schemas of Jenkins (xunit plug-in) and Maven (surefire) have in common.
ATTRIBUTES = {
    "testsuites": {"name", "tests", "failures", "errors", "skipped", "time"},
    "testsuite": {"name", "tests", "failures", "errors", "skipped", "time"},
    "testcase": {"classname", "name", "file", "line", "time"},
    "failure": {"type", "message"},
    "error": {"type", "message"},
}
CHILDREN = {
    "testsuites": {"testsuite"},
    "testsuite": {"testcase"},
    "testcase": {"failure", "error"},
    "failure": set(),
    "error": set(),
}


def result(
    *, path: str = "rules/a.yml", name: str = "a test", is_good: bool = True, title: str = "A rule"
) -> TestResult:
    return TestResult(
        path=path,
        line=12,
        rule_id="1",
        title=title,
        name=name,
        expected=("a match",),
        got=("a match",) if is_good else ("no match",),
        seconds=0.25,
    )


def report(*results: TestResult, faults: tuple[Problem, ...] = ()) -> ElementTree.Element:
    return ElementTree.fromstring(junit_report(results, faults, told=lambda each: [f"why {each.name}", "and what"]))


def attributes(element: ElementTree.Element, *names: str) -> list[str | None]:
    return [element.get(name) for name in names]


def test_a_file_is_a_suite_and_a_test_is_a_case() -> None:
    suites = report(result(), result(name="other", is_good=False), result(path="rules/b.yml"))
    assert attributes(suites, "tests", "failures", "errors", "time") == ["3", "1", "0", "0.750000"]
    assert [attributes(suite, "name", "tests", "failures", "errors", "time") for suite in suites] == [
        ["rules/a.yml", "2", "1", "0", "0.500000"],
        ["rules/b.yml", "1", "0", "0", "0.250000"],
    ]
    case = suites[0][0]
    assert attributes(case, "classname", "name", "file", "line", "time") == [
        *("A rule", "a test", "rules/a.yml", "12", "0.250000")
    ]


def test_a_failure_says_what_the_terminal_says() -> None:
    (failure,) = report(result(name="other", is_good=False)).iter("failure")
    assert (failure.text, failure.get("message")) == ("why other\nand what", "expected a match, got no match")


def test_a_file_that_cannot_be_used_is_an_error_in_its_place() -> None:
    faults = (
        Problem(where="rules/c.yml:7", what="unknown modifier 'startwith'", fix="did you mean 'startswith'?"),
        Problem(where="rules/gone", what="does not exist"),
    )
    suites = report(result(), faults=faults)
    assert [attributes(suite, "name", "tests", "errors") for suite in suites][1:] == [
        ["rules/c.yml", "1", "1"],
        ["rules/gone", "1", "1"],
    ]
    assert [(attributes(case, "file", "line"), case[0].text) for case in (suites[1][0], suites[2][0])] == [
        (["rules/c.yml", "7"], "rules/c.yml:7: unknown modifier 'startwith'; did you mean 'startswith'?"),
        (["rules/gone", None], "rules/gone: does not exist"),
    ]


def test_without_any_test_there_is_still_a_report() -> None:
    assert attributes(report(), "name", "tests") == ["trailwarden rules test", "0"]


def test_what_xml_cannot_hold_is_written_as_an_escape() -> None:
    (case,) = report(result(name='a\x1b[2J\x00\ud800\ufffe<&"é🙂')).iter("testcase")
    assert case.get("name") == 'a\\u001b[2J\\u0000\\ud800\\ufffe<&"é🙂'


@given(st.text(st.characters()), st.text(st.characters()), st.text(st.characters(), min_size=1), st.booleans())
def test_whatever_stands_in_names_the_report_is_well_formed_and_of_the_known_structure(
    name: str, title: str, path: str, is_good: bool
) -> None:
    fault = Problem(where=f"{path}:3", what=title, fix=name)
    suites = report(result(name=name, title=title, path=path, is_good=is_good), faults=(fault,))
    for element in suites.iter():
        assert set(element.keys()) <= ATTRIBUTES[element.tag]
        assert {child.tag for child in element} <= CHILDREN[element.tag]
        if element.tag in ("testsuites", "testsuite"):
            assert int(element.get("tests", "")) == len(list(element.iter("testcase")))
    assert len(list(suites.iter("testcase"))) == 2
