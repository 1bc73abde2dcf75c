from __future__ import annotations

from typing import Any

import pytest

from daemon.config import OverrideConfig, RulesConfig
from daemon.detect.load import LoadedFile, load_file
from daemon.detect.overrides import check_rules_config, is_for, override
from daemon.model import Level, Mode, Rule
from tests.doubles.rule_text import RULE_ID, rule_text


def file(path: str = "/etc/rules/team-a/groups.yml") -> LoadedFile:
    return load_file(path, rule_text(more="tags: [attack.t1531]"), variables={})


def rule(path: str = "/etc/rules/team-a/groups.yml") -> Rule:
    return file(path).rules[0]


def change(match: dict[str, str], **what: Any) -> OverrideConfig:
    return OverrideConfig.model_validate({"match": match, **what})


@pytest.mark.parametrize(
    ("match", "expected"),
    [
        ({"id": RULE_ID}, True),
        ({"id": RULE_ID.upper()}, True),
        ({"id": "other"}, False),
        ({"tag": "attack.T1531"}, True),
        ({"tag": "attack"}, False),
        ({"path": "/etc/rules/team-a/groups.yml"}, True),
        ({"path": "/etc/rules/team-a"}, True),
        ({"path": "team-a/"}, True),
        ({"path": "./team-a/groups.yml"}, True),
        ({"path": "groups.yml"}, True),
        ({"path": "team-*/gr*.yml"}, True),
        ({"path": "roups.yml"}, False),
        ({"path": "team-b"}, False),
    ],
)
def test_an_override_is_for_rules_of_an_id_a_tag_or_a_place(match: dict[str, str], expected: bool) -> None:
    assert is_for(change(match, level="low"), rule()) is expected


@pytest.mark.parametrize("path", ["builtin:core", "builtin:core/groups.yml", "core", "groups.yml"])
def test_the_built_in_pack_can_be_named_by_its_place(path: str) -> None:
    assert is_for(change({"path": path}, level="low"), rule("builtin:core/groups.yml"))


def test_everything_can_be_changed_and_the_last_word_counts() -> None:
    tuned = override(
        rule(),
        [
            change({"id": RULE_ID}, level="low", mode="shadow", group_by=["awsRegion"], runbook="https://example.com"),
            change({"tag": "attack.t1531"}, level="critical", summary="{actor} again"),
            change({"id": "another"}, level="low"),
        ],
    )
    assert tuned.level is Level.CRITICAL
    assert (tuned.options.mode, tuned.options.group_by) == (Mode.SHADOW, ("awsRegion",))
    assert (tuned.options.summary, tuned.options.runbook) == ("{actor} again", "https://example.com")


def test_what_an_override_does_not_name_stays() -> None:
    assert override(rule(), [change({"id": RULE_ID}, group_by=[])]).options.group_by == ()
    assert override(rule(), [change({"id": RULE_ID}, level="low")]).options == rule().options


def test_words_and_fields_of_an_override_are_checked() -> None:
    config = RulesConfig.model_validate(
        {"overrides": [{"match": {"id": RULE_ID}, "summary": "{actr}", "group_by": ["nobody"]}]}
    )
    problems = [str(problem) for problem in check_rules_config(config, [file()])]
    assert problems[0].startswith("rules.overrides[0].summary: warning: {actr} is no field")
    assert problems[1].startswith("rules.overrides[0].group_by: warning: 'nobody' is no field")
