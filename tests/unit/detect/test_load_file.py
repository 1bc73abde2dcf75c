from __future__ import annotations

import hashlib

import pytest

from daemon.condition import FieldTest, Or, Text
from daemon.detect.load import LoadedFile, load_file
from daemon.detect.logsource import PassReason
from daemon.model import Level
from tests.doubles.rule_text import OTHER_ID, RULE_ID, rule_text


def load(content: bytes) -> LoadedFile:
    return load_file("x.yml", content, variables={})


def told(content: bytes) -> list[str]:
    return [str(problem) for problem in load(content).problems]


def test_a_sound_rule_is_loaded_with_everything_that_an_alert_tells_of_it() -> None:
    content = rule_text(
        more="""
        status: test
        description: Somebody deleted a group.
        references: [https://example.com/why]
        tags: [attack.impact, attack.t1531]
        falsepositives: [A clean-up, Unknown]
        """
    )
    loaded = load(content)

    assert loaded.problems == ()
    (rule,) = loaded.rules
    assert (rule.id, rule.title, rule.level, rule.status) == (RULE_ID, "A group was deleted", Level.HIGH, "test")
    assert rule.description == "Somebody deleted a group."
    assert rule.references == ("https://example.com/why",)
    assert rule.tags == ("attack.impact", "attack.t1531")
    assert rule.false_positives == ("A clean-up", "Unknown")
    assert rule.condition == FieldTest(field="eventName", test=Text(parts=("DeleteGroup",)))
    assert (rule.path, rule.digest) == ("x.yml", hashlib.sha256(content).hexdigest())


def test_a_rule_without_a_level_is_medium_and_its_id_is_written_small() -> None:
    content = rule_text(rule_id="AAAAAAAA-2222-4333-8444-555555555555").replace(b"level: high\n", b"")
    (rule,) = load(content).rules
    assert (rule.level, rule.id) == (Level.MEDIUM, "aaaaaaaa-2222-4333-8444-555555555555")


def test_a_file_may_hold_several_rules() -> None:
    loaded = load(rule_text() + b"---\n" + rule_text(rule_id=OTHER_ID) + b"---\n")
    assert [rule.id for rule in loaded.rules] == [RULE_ID, OTHER_ID]
    assert loaded.lines == {RULE_ID: 2, OTHER_ID: 11}


def test_one_broken_rule_keeps_the_whole_file_from_being_taken() -> None:
    loaded = load(rule_text() + b"---\n" + rule_text("{}", rule_id=OTHER_ID))
    assert loaded.is_broken
    assert loaded.rules == ()


def test_two_rules_of_a_file_may_not_share_an_id() -> None:
    assert told(rule_text() + b"---\n" + rule_text()) == [
        f"x.yml:11: the id {RULE_ID} is already used on line 2; give this rule an id of its own"
    ]


@pytest.mark.parametrize(
    ("old", "new", "reason", "text"),
    [
        (b"level: high", b"status: deprecated", PassReason.DEPRECATED, "its status is deprecated"),
        (b"level: high", b"status: Unsupported", PassReason.UNSUPPORTED, "its status is unsupported"),
        (b"aws, service: cloudtrail", b"windows", PassReason.OTHER_LOGS, "is for windows, not for aws/cloudtrail"),
        (b"cloudtrail", b"waf", PassReason.OTHER_LOGS, "is for aws/waf, not for aws/cloudtrail"),
        (b"product: aws, service: cloudtrail", b"category: proxy", PassReason.OTHER_LOGS, "is for proxy, not"),
    ],
)
def test_a_rule_that_is_not_for_us_is_passed_over_with_the_reason(
    old: bytes, new: bytes, reason: PassReason, text: str
) -> None:
    loaded = load(rule_text().replace(old, new))
    assert (loaded.rules, loaded.problems) == ((), ())
    (passed,) = loaded.passed_over
    assert (passed.id, passed.title, passed.line, passed.reason) == (RULE_ID, "A group was deleted", 1, reason)
    assert text in passed.text


@pytest.mark.parametrize("logs", ["{product: AWS, service: CloudTrail}", "{product: aws}", "{service: cloudtrail}"])
def test_a_logsource_that_covers_cloudtrail_is_ours(logs: str) -> None:
    assert len(load(rule_text(logs=logs)).rules) == 1


def test_a_misspelt_service_is_passed_over_with_a_warning() -> None:
    assert told(rule_text(logs="{product: aws, service: cloud-trail}")) == [
        "x.yml:4: warning: passed over, since its service is 'cloud-trail'; did you mean 'cloudtrail'?"
    ]


def test_the_form_that_sigma_gave_up_is_refused_and_not_ignored() -> None:
    loaded = load(rule_text() + b"---\ntitle: later\naction: global\n")
    assert loaded.rules == ()
    assert "given up" in str(loaded.problems[0])
    assert str(loaded.problems[0]).startswith("x.yml:11: ")


def test_a_document_is_of_one_kind() -> None:
    assert told(rule_text(more="filter: {rules: any}")) == [
        "x.yml:9: detection and filter stand in one document; give each a document of its own, divided by ---"
    ]


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        (b"", "x.yml:1: the file is empty"),
        (b"---\n", "x.yml:1: the file is empty"),
        (b"- a\n- b\n", "x.yml:1: a rule is a mapping, and this is a list"),
        (b"title: [\n", "x.yml:2: broken YAML: while parsing a flow node"),
        (b"a: b\n c: d\n", "x.yml:2: broken YAML: mapping values are not allowed"),
        (b"a:\n\tb: c\n", "x.yml:2: broken YAML: while scanning for the next token"),
        (b"title: \xff\n", "x.yml:1: broken YAML: unacceptable character"),
        (b"a: 1\nb: =\n", "x.yml:2: broken YAML: could not determine a constructor"),
        (b"a: 1\nb: !!python/object:os.system x\n", "x.yml:2: broken YAML: could not determine a constructor"),
        (b"a: 1\nb: *c\n", "x.yml:2: broken YAML: found undefined alias"),
        (b"a: 1\ndate: 2026-13-45\n", "x.yml:2: '2026-13-45' cannot be read as a date: month must be in 1..12"),
        (b"a: 1\nb: " + b"9" * 6000, "x.yml:2: '9999999999999999999999999999999999999999' cannot be read as a number"),
        (b"a: 1\nb: 2\na: 3\n", "x.yml:3: the key 'a' stands twice in one mapping (first on line 1)"),
        (b"a: 1\n? [b, c]\n: d\n", "x.yml:2: broken YAML: while constructing a mapping, found unhashable key"),
        (b"a: &a [*a]\n", "x.yml:1: Recursive YAML structure is not supported"),
        (b"a: 1\nb: " + b"[" * 100_000, "x.yml:2: nested more than 60 levels deep"),
        (b"a: [" + b"1," * 250_000 + b"]", "x.yml:1: too large for a rule file"),
    ],
    ids=lambda value: value[:24].decode("latin-1") if isinstance(value, bytes) else "",
)
def test_a_file_that_cannot_be_read_is_told_with_its_line(content: bytes, expected: str) -> None:
    loaded = load(content)
    assert loaded.is_broken
    assert any(str(problem).startswith(expected) for problem in loaded.problems)
    assert loaded.problems[0].fix


def test_aliases_that_multiply_are_refused_before_they_fill_the_memory() -> None:
    lines = ["a0: &a0 [x, x, x, x, x, x, x, x, x, x]"]
    lines += [f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 10)}]" for n in range(1, 9)]
    assert "expand to too many nodes" in told("\n".join(lines).encode())[0]


def test_several_conditions_are_alternatives() -> None:
    (rule,) = load(rule_text("a: {eventName: A}\nb: {eventName: B}\ncondition: [a, b]")).rules
    assert rule.condition == Or(
        items=(
            FieldTest(field="eventName", test=Text(parts=("A",))),
            FieldTest(field="eventName", test=Text(parts=("B",))),
        )
    )


def test_merge_keys_and_aliases_of_yaml_work_inside_detections() -> None:
    detection = """
    selection: &base
      eventSource: iam.amazonaws.com
    other:
      <<: *base
      eventName: DeleteGroup
    condition: selection or other
    """
    assert load(rule_text(detection)).problems == ()
