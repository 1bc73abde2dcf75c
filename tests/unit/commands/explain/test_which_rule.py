from __future__ import annotations

from dataclasses import replace

import pytest

from daemon.commands.explain.which_rule import find_rule
from daemon.detect.reload import RuleEntry, RuleState
from daemon.errors import ConfigError
from daemon.model import Rule
from tests.doubles.conditions import field
from tests.doubles.conditions import rule as make_rule


def named(rule_id: str, title: str, *, name: str = "", path: str = "") -> Rule:
    return replace(
        make_rule(field("eventName", "a"), rule_id), title=title, name=name, path=path or f"rules/{rule_id}.yml"
    )


GROUP = named("0b6d1f2c-3a4e", "IAM group deleted", path="builtin:core/iam-group-deleted.yml")
USER = named("0b6dffff-3a4e", "IAM user deleted", name="user_deleted", path="my-rules/users.yml")
ROOT = named("77777777-3a4e", "Root user signed in", path="my-rules/root.yml")
ALL = (GROUP, USER, ROOT)


@pytest.mark.parametrize(
    ("asked", "meant"),
    [
        ("0B6D1F2C-3A4E", GROUP),
        ("0b6d1", GROUP),
        ("user_deleted", USER),
        ("user_", USER),
        ("IAM user deleted", USER),
        ("iam g", GROUP),
        ("builtin:core/iam-group-deleted.yml", GROUP),
        ("iam-group-deleted", GROUP),
        ("iam-group", GROUP),
        ("root.yml", ROOT),
        (" root ", ROOT),
    ],
)
def test_a_rule_is_known_by_id_name_title_and_file_and_how_they_begin(asked: str, meant: Rule) -> None:
    assert find_rule(asked, ALL) is meant


def test_an_exact_name_is_meant_also_where_others_begin_so() -> None:
    assert find_rule("iam user deleted", (*ALL, named("3", "IAM user deleted at night"))) is USER


def test_several_rules_that_may_be_meant_are_named() -> None:
    with pytest.raises(ConfigError, match=r"'0b6d': 2 rules are called that: 0b6d1f2c-3a4e \(IAM group deleted\), 0b6"):
        find_rule("0b6d", ALL)


def test_of_many_only_some_are_named() -> None:
    with pytest.raises(ConfigError, match=r"9 rules are called that: .*\(t4\), …; give an id"):
        find_rule("many", [named(f"many-{number}", f"t{number}") for number in range(9)])


@pytest.mark.parametrize(
    ("asked", "near"),
    [
        ("IAM grup deleted", "did you mean 'IAM group deleted'"),
        ("signed", "did you mean 'Root user signed in'"),
        ("quite something else", "`trailwarden rules list` names them"),
        ("", "`trailwarden rules list` names them"),
    ],
)
def test_an_unknown_rule_is_told_with_what_is_near(asked: str, near: str) -> None:
    with pytest.raises(ConfigError, match=f"'{asked}': no rule of 3 has such an id, name, title or file; {near}"):
        find_rule(asked, ALL)


def test_a_rule_that_is_not_in_force_says_why_and_where_it_stands() -> None:
    entry = RuleEntry(
        state=RuleState.DISABLED, path="my-rules/mfa.yml", id="9", title="No MFA", reason="named in rules.disable"
    )
    for asked in ("no mfa", "9", "mfa"):
        with pytest.raises(ConfigError, match=r"named in rules\.disable; name its file, my-rules/mfa\.yml"):
            find_rule(asked, ALL, entries=[entry])
