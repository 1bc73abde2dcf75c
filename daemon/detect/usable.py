"""What only shows when a condition is made ready to run, such as a pattern too large for RE2."""

from __future__ import annotations

from collections.abc import Iterator

import re2

from daemon.condition import Condition
from daemon.detect.ruleset import RuleSet
from daemon.detect.value_faults import in_words
from daemon.detect.yaml_lines import Document
from daemon.errors import Problem
from daemon.model import Level, Rule, RuleOptions


def unusable(document: Document, section: str, condition: Condition) -> Iterator[Problem]:
    """The fault of what stands under `section`, if it has one.

    A whole set is made of it, since whatever breaks here, where it is one file's fault, would stop all rules there.
    """
    try:
        RuleSet([_bare_rule(condition)]).compile_all()
    except (re2.error, ValueError, OverflowError, RecursionError) as fault:
        yield document.problem((section,), f"the {section} cannot be evaluated: {in_words(fault)}", "simplify it")


def _bare_rule(condition: Condition) -> Rule:
    """A rule that is nothing but its condition."""
    return Rule(
        id="",
        title="",
        level=Level.LOW,
        status="",
        tags=(),
        description="",
        false_positives=(),
        references=(),
        condition=condition,
        options=RuleOptions(),
        path="",
        digest="",
    )
