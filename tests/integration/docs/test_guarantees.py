"""Each test that the page on guarantees names is there, and each fault on it has one."""

from __future__ import annotations

import ast
import re

import pytest

from tests.e2e.harness import REPOSITORY

PAGE = (REPOSITORY / "docs" / "guarantees.md").read_text(encoding="utf-8")
NAMED = sorted(set(re.findall(r"`([\w/]+\.py)::(\w+)`", PAGE)))
FAULTS = re.search(r"^## Under which faults.*?(?=^## )", PAGE, re.MULTILINE | re.DOTALL)


@pytest.mark.parametrize(("path", "name"), NAMED, ids=[f"{path}::{name}" for path, name in NAMED])
def test_a_test_that_the_page_names_exists(path: str, name: str) -> None:
    parsed = ast.parse((REPOSITORY / "tests" / path).read_text(encoding="utf-8"))
    assert name in {node.name for node in parsed.body if isinstance(node, ast.FunctionDef)}


def test_each_fault_says_what_happens_and_which_test_shows_it() -> None:
    assert FAULTS
    rows = [row.split(" | ") for row in re.findall(r"^\| (\w.*) \|$", FAULTS[0], re.MULTILINE)]
    faults = [row for row in rows if row[0] != "fault"]
    assert len(faults) > 30
    for fault, what, shown in faults:
        assert what, fault
        assert re.fullmatch(r"`[\w/]+\.py::test_\w+`(, `[\w/]+\.py::test_\w+`)*", shown), fault
