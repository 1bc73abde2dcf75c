"""Files that refer to one another: who is meant, what counts for what, and every reference that leads nowhere."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime

import pytest

from daemon.condition import And, Not
from daemon.detect.link import Linked, link
from daemon.detect.load import LoadedFile, load_file
from daemon.detect.logsource import PassReason
from daemon.model import Base, Correlation
from tests.doubles.rule_text import FILTER, FILTER_ID, OTHER_ID, RULE_ID, correlation_text, filter_text, rule_text

NOW = datetime(2026, 1, 31, tzinfo=UTC)
UPPER_ID = "55555555-6666-4777-8888-999999999999"
LOWER_ID = "66666666-7777-4888-8999-aaaaaaaaaaaa"


def load(name: str, content: bytes) -> LoadedFile:
    loaded = load_file(name, content, variables={})
    assert not loaded.is_broken, loaded.problems
    return loaded


def rule(
    name: str, rule_id: str = RULE_ID, *, path: str = "", more: str = "", logs: str = "{product: aws}"
) -> LoadedFile:
    text = f"name: {name}\n{more}\n"
    return load(path or f"{name}.yml", rule_text(rule_id=rule_id, title=name, more=text, logs=logs))


def correlation(name: str, rule_id: str, section: str, *, path: str = "", more: str = "") -> LoadedFile:
    section = f"timespan: 10m\n{section}"
    content = correlation_text(section, rule_id=rule_id, title=name, more=f"name: {name}\n{more}\n")
    return load(path or f"{name}.yml", content)


def counting(rules: str, *, group_by: str = "[]", more: str = "") -> str:
    return f"type: event_count\nrules: {rules}\ngroup-by: {group_by}\ncondition: {{gte: 5}}\n{more}"


def excepting(rules: str, *, path: str = "filter.yml", more: str = "", rule_id: str = FILTER_ID) -> LoadedFile:
    content = filter_text(FILTER.replace("rules: any", f"rules: {rules}"), more=more, rule_id=rule_id)
    return load(path, content)


def join(*files: LoadedFile, disabled: set[str] = frozenset()) -> Linked:  # type: ignore[assignment]  # never changed
    return link(files, now=NOW, disabled=disabled)


def faults(linked: Linked) -> list[str]:
    return [str(problem) for found in linked.faults.values() for problem in found]


def by_name(linked: Linked) -> dict[str, Correlation]:
    return {each.name: each for each in linked.correlations}


ONE = rule("one")
TWO = rule("two", OTHER_ID)


@pytest.mark.parametrize("reference", ["one", RULE_ID, RULE_ID.upper()])
def test_a_rule_is_meant_by_its_name_or_its_id(reference: str) -> None:
    linked = join(ONE, correlation("many", UPPER_ID, counting(reference, group_by="awsRegion")))
    assert faults(linked) == []
    assert linked.correlations[0].bases == (Base(rule_id=RULE_ID, reference=reference, keys=("awsRegion",)),)


def test_a_name_that_two_rules_have_is_a_fault_of_the_one_who_uses_it() -> None:
    linked = join(ONE, rule("one", OTHER_ID, path="b.yml"), correlation("many", UPPER_ID, counting("one")))
    assert faults(linked) == [
        "many.yml:7: the name 'one' belongs to several rules (b.yml, one.yml); refer to the one meant by id"
    ]


def test_a_name_means_the_rule_of_the_own_file_before_others() -> None:
    own = rule_text(rule_id=OTHER_ID, more="name: one\n") + b"---\n"
    section = "timespan: 10m\n" + counting("one")
    both = load("both.yml", own + correlation_text(section))
    linked = join(ONE, both)
    assert faults(linked) == []
    assert linked.correlations[0].bases[0].rule_id == OTHER_ID


@pytest.mark.parametrize(
    ("reference", "expected"),
    [
        ("oen", "no rule has the name or id 'oen'; did you mean 'one'?"),
        (OTHER_ID, f"no rule has the name or id '{OTHER_ID}'; known here: many, one"),
        (FILTER_ID, f"'{FILTER_ID}' is a filter; name rules"),
    ],
)
def test_a_reference_to_nobody_is_told_on_its_line(reference: str, expected: str) -> None:
    linked = join(ONE, excepting("any"), correlation("many", UPPER_ID, counting(f"[one, {reference}]")))
    assert faults(linked) == [f"many.yml:7: {expected}"]


def test_where_no_rule_has_a_name_the_fix_is_to_look_for_its_file() -> None:
    nameless = load("a.yml", rule_text())
    linked = join(nameless, excepting("one"))
    assert faults(linked) == [
        "filter.yml:5: no rule has the name or id 'one'; check it, and that its file is loaded too"
    ]


def test_a_rule_that_is_named_twice_by_name_and_id_is_told() -> None:
    linked = join(ONE, correlation("many", UPPER_ID, counting(f"[one, {RULE_ID}]")))
    assert faults(linked) == [f"many.yml:7: '{RULE_ID}' is the same rule as 'one'; name it once"]


def test_a_base_that_is_disabled_is_a_fault_with_the_reason() -> None:
    linked = join(ONE, correlation("many", UPPER_ID, counting("one")), disabled={RULE_ID})
    assert faults(linked) == ["many.yml:7: 'one' is disabled; take it out of rules.disable, or name this one there too"]


def test_of_two_rules_with_one_name_the_enabled_is_meant() -> None:
    files = (ONE, rule("one", OTHER_ID, path="b.yml"), correlation("many", UPPER_ID, counting("one")))
    linked = join(*files, disabled={RULE_ID})
    assert linked.correlations[0].bases[0].rule_id == OTHER_ID


def test_a_base_that_was_given_up_is_a_fault_with_the_reason() -> None:
    linked = join(rule("one", more="status: deprecated"), correlation("many", UPPER_ID, counting("one")))
    assert faults(linked) == [
        "many.yml:7: 'one' is passed over (its status is deprecated); name rules that are in force"
    ]


def test_a_base_whose_file_is_refused_is_a_fault_that_names_the_file() -> None:
    broken = load_file("one.yml", rule_text("{}", more="name: one\n"), variables={})
    linked = link([correlation("many", UPPER_ID, counting("one"))], now=NOW, broken=[broken])
    (message,) = faults(linked)
    assert message.startswith("many.yml:7: 'one' is refused with its file (one.yml, line 5: the detection has no sele")
    assert message.endswith("; mend that one first")


def test_a_correlation_about_rules_for_other_logs_alone_is_passed_over_and_so_is_one_about_it() -> None:
    windows = rule("one", logs="{product: windows}")
    lower = correlation("lower", LOWER_ID, counting("one"))
    upper = correlation("upper", UPPER_ID, counting("lower"))
    linked = join(upper, windows, lower)
    assert (faults(linked), linked.correlations) == ([], ())
    assert {(each.name, each.reason) for each in linked.passed_over} == {
        ("lower", PassReason.OTHER_LOGS),
        ("upper", PassReason.OTHER_LOGS),
    }


def test_a_correlation_about_rules_of_which_only_some_are_for_other_logs_is_at_fault() -> None:
    windows = rule("one", logs="{product: windows}")
    linked = join(windows, TWO, correlation("many", UPPER_ID, counting("[one, two]")))
    assert faults(linked) == [
        "many.yml:7: 'one' is passed over (is for windows, not for aws/cloudtrail); name rules that are in force"
    ]


def test_an_alias_gives_each_rule_its_own_field() -> None:
    aliases = "aliases: {who: {one: userIdentity.arn, two: requestParameters.roleArn}}"
    section = counting("[one, two]", group_by="[who, awsRegion]", more=aliases)
    linked = join(ONE, TWO, correlation("many", UPPER_ID, section))
    assert faults(linked) == []
    assert [base.keys for base in linked.correlations[0].bases] == [
        ("userIdentity.arn", "awsRegion"),
        ("requestParameters.roleArn", "awsRegion"),
    ]


def test_rules_named_by_id_may_have_their_aliases_by_name() -> None:
    aliases = "aliases: {who: {one: userIdentity.arn}}"
    linked = join(ONE, correlation("many", UPPER_ID, counting(RULE_ID, group_by="who", more=aliases)))
    assert linked.correlations[0].bases[0].keys == ("userIdentity.arn",)


@pytest.mark.parametrize(
    ("section", "line", "expected"),
    [
        (
            counting("[one, two]", group_by="who", more="aliases: {who: {one: userIdentity.arn}}"),
            8,
            "the alias 'who' gives no field of 'two'; add one under aliases, who",
        ),
        (
            counting("[one]", group_by="who", more="aliases: {who: {one: eventName, two: eventName}}"),
            10,
            "the alias 'who' is for 'two', which is not among the rules of the correlation; known here: one",
        ),
        (
            counting("[one]", group_by="who", more="aliases: {who: {one: eventName, oen: eventName}}"),
            10,
            "the alias 'who' is for 'oen', which is not among the rules of the correlation; did you mean 'one'?",
        ),
        (
            counting("[one]", group_by="who", more="aliases: {who: {one: eventNane.x}}"),
            8,
            "'eventNane.x' is no field of a CloudTrail record; did you mean 'eventName'?",
        ),
        (
            counting("[one]", group_by="awsregion"),
            8,
            "'awsregion' is no field of a CloudTrail record; did you mean 'awsRegion'?",
        ),
        (
            counting("[one]", group_by="zzz"),
            8,
            "'zzz' is no field of a CloudTrail record; names are case-sensitive",
        ),
        (
            counting("[one]", group_by=f"resources{'.a' * 12}"),
            8,
            f"'resources{'.a' * 12}"[:41] + "…' has more than 12 parts; name a field higher up",
        ),
        (
            "type: value_count\nrules: one\ncondition: {gte: 5, field: awsregion}",
            8,
            "'awsregion' is no field of a CloudTrail record; did you mean 'awsRegion'?",
        ),
    ],
)
def test_a_name_that_gives_no_group_is_told_on_its_line(section: str, line: int, expected: str) -> None:
    linked = join(ONE, TWO, correlation("many", UPPER_ID, section))
    assert faults(linked) == [f"many.yml:{line}: {expected}"]


def chained(upper: str, *, lower_groups: str = "[awsRegion, who]") -> Linked:
    aliases = "aliases: {who: {one: userIdentity.arn}}" if "who" in lower_groups else ""
    lower = correlation("lower", LOWER_ID, counting("one", group_by=lower_groups, more=aliases))
    return join(ONE, TWO, lower, correlation("upper", UPPER_ID, upper))


def test_a_correlation_may_be_about_another_and_groups_by_what_that_one_groups_by() -> None:
    linked = chained("type: temporal_ordered\nrules: [lower, two]\ngroup-by: awsRegion")
    assert faults(linked) == []
    upper = by_name(linked)["upper"]
    assert [(base.rule_id, base.keys) for base in upper.bases] == [
        (LOWER_ID, ("awsRegion",)),
        (OTHER_ID, ("awsRegion",)),
    ]


def test_an_alias_may_stand_for_a_group_of_the_lower_correlation() -> None:
    aliases = "aliases: {actor: {lower: who, two: userIdentity.arn}}"
    linked = chained(f"type: temporal\nrules: [lower, two]\ngroup-by: actor\n{aliases}")
    assert [base.keys for base in by_name(linked)["upper"].bases] == [("who",), ("userIdentity.arn",)]


@pytest.mark.parametrize(
    ("upper", "field"),
    [
        (counting("lower", group_by="eventName"), "eventName"),
        ("type: value_count\nrules: lower\ncondition: {gte: 5, field: eventName}", "eventName"),
        (counting("lower", group_by="x", more="aliases: {x: {lower: sourceIPAddress}}"), "sourceIPAddress"),
    ],
)
def test_of_a_correlation_only_its_groups_are_known(upper: str, field: str) -> None:
    (message,) = faults(chained(upper))
    assert message == (
        f"upper.yml:8: the alerts of 'lower' have no '{field}': of a correlation only its groups are known; "
        f"add {field} to the group-by of 'lower'"
    )


def test_values_that_the_lower_correlation_groups_by_can_be_counted() -> None:
    linked = chained("type: value_count\nrules: lower\ncondition: {gte: 5, field: who}")
    assert faults(linked) == []


def test_a_circle_is_told_to_each_that_goes_in_it_by_its_names() -> None:
    first = correlation("first", UPPER_ID, counting("second"))
    second = correlation("second", LOWER_ID, counting("first"))
    assert faults(join(first, second)) == [
        "first.yml:4: the correlation leads back to itself: first → second → first; take one of these references out",
        "second.yml:4: the correlation leads back to itself: second → first → second; take one of these references out",
    ]


def test_chains_end_somewhere() -> None:
    def pile(height: int) -> Iterator[LoadedFile]:
        for number in range(height):
            rule_id = f"55555555-6666-4777-8888-{number:012}"
            below = f"c{number - 1}" if number else "one"
            yield correlation(f"c{number}", rule_id, counting(below))

    assert faults(join(ONE, *pile(8))) == []
    assert faults(join(ONE, *pile(9))) == [
        "c8.yml:4: more than 8 correlations are built on one another; let some of them be about rules themselves"
    ]


def test_rules_and_correlations_know_what_they_count_for() -> None:
    linked = chained("type: temporal\nrules: [two, lower]\ngroup-by: awsRegion")
    lower, upper = by_name(linked)["lower"], by_name(linked)["upper"]
    one, two = linked.rules
    assert [(feed.correlation, feed.base) for feed in one.feeds] == [(lower, 0)]
    assert [(feed.correlation, feed.base) for feed in two.feeds] == [(upper, 0)]
    assert [(feed.correlation, feed.base) for feed in lower.feeds] == [(upper, 1)]
    assert upper.feeds == ()
    assert linked.referred == {RULE_ID, OTHER_ID, LOWER_ID}


def test_a_base_alerts_nobody_unless_a_correlation_lets_it() -> None:
    quiet = correlation("quiet", UPPER_ID, counting("[one, two]"))
    loud = correlation("loud", LOWER_ID, counting("[two]", more="generate: true"))
    linked = join(ONE, TWO, rule("three", FILTER_ID), quiet, loud)
    assert {rule.name: rule.is_silent for rule in linked.rules} == {"one": True, "two": False, "three": False}
    assert [each.is_silent for each in linked.correlations] == [False, False]


def test_a_lower_correlation_alerts_nobody_unless_the_upper_lets_it() -> None:
    assert by_name(chained(counting("lower")))["lower"].is_silent
    assert not by_name(chained(counting("lower", more="generate: true")))["lower"].is_silent


def test_a_disabled_correlation_is_not_followed_and_its_bases_stay_silent() -> None:
    linked = join(ONE, correlation("many", UPPER_ID, counting("one")), disabled={UPPER_ID})
    assert linked.correlations == ()
    assert [(rule.is_silent, rule.feeds) for rule in linked.rules] == [(True, ())]


def test_a_disabled_correlation_may_refer_to_nobody() -> None:
    linked = join(ONE, correlation("many", UPPER_ID, counting("nobody")), disabled={UPPER_ID})
    assert faults(linked) == []


def test_a_filter_must_hold_besides_the_condition_of_the_rules_it_names() -> None:
    linked = join(ONE, TWO, excepting("[one]"))
    one, two = linked.rules
    assert isinstance(one.condition, And)
    original, exception = one.condition.items
    assert original == ONE.rules[0].condition
    assert isinstance(exception, Not)
    assert two is TWO.rules[0]


def test_a_filter_for_any_rule_is_for_bases_of_correlations_too() -> None:
    linked = join(ONE, correlation("many", UPPER_ID, counting("one")), excepting("any"))
    assert isinstance(linked.rules[0].condition, And)
    assert linked.rules[0].feeds


def test_several_filters_all_apply() -> None:
    other = excepting("one", path="b.yml", rule_id=OTHER_ID)
    linked = join(ONE, excepting("any"), other)
    assert isinstance(linked.rules[0].condition, And)
    assert len(linked.rules[0].condition.items) == 3


def test_an_expired_filter_does_not_apply_and_says_so() -> None:
    linked = join(ONE, excepting("nobody", more="trailwarden: {expires: 2026-01-30}"))
    assert linked.rules == ONE.rules
    assert (linked.filters, faults(linked)) == ((), [])
    (warning,) = map(str, linked.warnings)
    assert warning.startswith(
        "filter.yml:9: warning: the filter expired at 2026-01-31 00:00 UTC, and no longer applies"
    )


def test_a_disabled_filter_does_not_apply() -> None:
    assert join(ONE, excepting("any"), disabled={FILTER_ID}).rules == ONE.rules


def test_a_filter_of_a_rule_that_nobody_has_is_at_fault() -> None:
    assert faults(join(ONE, excepting("[one, oen]"))) == [
        "filter.yml:5: no rule has the name or id 'oen'; did you mean 'one'?"
    ]


def test_a_filter_of_a_correlation_is_refused_with_the_rules_to_name() -> None:
    many = correlation("many", UPPER_ID, counting("[one, two]"))
    assert faults(join(ONE, TWO, many, excepting("many"))) == [
        "filter.yml:5: 'many' is a correlation, and a filter is for single events; name its rules: one, two"
    ]


def test_a_filter_of_a_disabled_rule_is_fine() -> None:
    linked = join(ONE, TWO, excepting("[one, two]"), disabled={RULE_ID})
    assert (faults(linked), linked.warnings) == ([], ())


def test_a_filter_of_a_rule_that_is_not_in_force_applies_to_the_others_with_a_warning() -> None:
    broken = load_file("one.yml", rule_text("{}", more="name: one\n"), variables={})
    passed = rule("old", LOWER_ID, more="status: deprecated")
    linked = link([TWO, passed, excepting("[one, two, old]")], now=NOW, broken=[broken])
    assert faults(linked) == []
    assert [str(problem).partition(";")[0] for problem in linked.warnings] == [
        "filter.yml:5: warning: 'one' is refused with its file (one.yml, line 5: the detection has no selection",
        "filter.yml:5: warning: 'old' is passed over (its status is deprecated)",
    ]
    assert isinstance(linked.rules[0].condition, And)
