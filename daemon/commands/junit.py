"""Results of rule tests as JUnit XML, which CI systems read: a suite a file, a case a test. Pure.

Its elements and attributes are those that the schemas of Jenkins and Maven share.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from xml.etree.ElementTree import Element, SubElement, indent, tostring

from daemon.detect.selftest import TestResult
from daemon.errors import Problem

Told = Callable[[TestResult], Iterable[str]]
# All that XML 1.0 can hold no way of writing: https://www.w3.org/TR/xml/#charsets
_NO_XML = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_PLACE = re.compile(r"(.*?)(?::(\d+))?", re.DOTALL)


def junit_report(results: Sequence[TestResult], faults: Sequence[Problem], *, told: Told) -> bytes:
    """The whole document. A file that cannot be used is a case of its own, with an error; `told` says what failed."""
    suites = Element("testsuites", name="trailwarden rules test")
    of_file: dict[str, list[TestResult | Problem]] = {}
    for result in results:
        of_file.setdefault(result.path, []).append(result)
    for fault in faults:
        of_file.setdefault(_place(fault)[0], []).append(fault)
    for path, found in of_file.items():
        suite = SubElement(suites, "testsuite", name=_text(path))
        for each in found:
            if isinstance(each, TestResult):
                _add_case(suite, each, told)
            else:
                _add_error(suite, each)
        _count(suite, seconds=sum(each.seconds for each in found if isinstance(each, TestResult)))
    _count(suites, seconds=sum(result.seconds for result in results))
    indent(suites)
    written: bytes = tostring(suites, encoding="utf-8", xml_declaration=True)
    return written + b"\n"


def _add_case(suite: Element, result: TestResult, told: Told) -> None:
    case = _case(suite, classname=result.title, name=result.name, place=(result.path, result.line))
    case.set("time", _seconds(result.seconds))
    if not result.is_passed:
        message = f"expected {', '.join(result.expected) or 'nothing'}, got {', '.join(result.got) or 'nothing'}"
        failure = SubElement(case, "failure", type="unexpected", message=_text(message))
        failure.text = _text("\n".join(told(result)))


def _add_error(suite: Element, fault: Problem) -> None:
    path, line = _place(fault)
    case = _case(suite, classname=path, name="the file can be used", place=(path, line))
    error = SubElement(case, "error", type="unusable", message=_text(fault.what))
    error.text = _text(str(fault))


def _case(suite: Element, *, classname: str, name: str, place: tuple[str, int | None]) -> Element:
    case = SubElement(suite, "testcase", classname=_text(classname), name=_text(name), file=_text(place[0]))
    if place[1] is not None:
        case.set("line", str(place[1]))
    case.set("time", _seconds(0.0))
    return case


def _count(element: Element, *, seconds: float) -> None:
    for name, kind in (("tests", "testcase"), ("failures", "failure"), ("errors", "error")):
        element.set(name, str(sum(1 for _ in element.iter(kind))))
    element.set("skipped", "0")
    element.set("time", _seconds(seconds))


def _place(fault: Problem) -> tuple[str, int | None]:
    """File and line, where there is a line."""
    found = _PLACE.fullmatch(fault.where)
    path, line = found.groups() if found else (fault.where, None)
    return path, int(line) if line else None


def _seconds(seconds: float) -> str:
    return f"{seconds:.6f}"


def _text(text: str) -> str:
    """What XML has no way of writing becomes its escape in JSON and Python: `\\u001b`."""
    return _NO_XML.sub(lambda found: f"\\u{ord(found[0]):04x}", text)
