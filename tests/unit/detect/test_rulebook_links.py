"""What is in force while files refer to one another, and some of them break or come to their end."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest

from daemon.condition import And, FieldTest
from daemon.detect.reload import Reload, RuleKind
from daemon.model import Level
from tests.doubles.rule_shop import BROKEN, NOW, Shop, states, titles
from tests.doubles.rule_text import (
    CORRELATION,
    CORRELATION_ID,
    FILTER,
    FILTER_ID,
    OTHER_ID,
    RULE_ID,
    correlation_text,
    filter_text,
    rule_text,
)

NAMED = rule_text(more="name: group_deleted\n")
RENAMED = rule_text(more="name: group_gone\n")
OF_ONE = FILTER.replace("rules: any", "rules: group_deleted")


@pytest.fixture
def shop(tmp_path: Path) -> Shop:
    return Shop(tmp_path)


def correlations(told: Reload) -> list[str]:
    return [each.title for each in told.correlations]


def kinds(told: Reload) -> dict[str, RuleKind | None]:
    return {Path(entry.path).name: entry.kind for entry in told.entries}


def faults(told: Reload) -> list[str]:
    return [problem.what for problem in told.problems if not problem.is_warning]


def test_a_correlation_and_its_rule_are_in_force_from_different_files(shop: Shop) -> None:
    shop.write("a.yml", correlation_text())
    shop.write("b.yml", NAMED)
    shop.write("c.yml", filter_text())
    shop.write("d.yml", rule_text(rule_id=OTHER_ID, more="trailwarden: {first_seen: {fields: [awsRegion]}}"))
    told = shop.reload()
    assert told.problems == ()
    assert correlations(told) == ["Many groups were deleted"]
    assert told.rules[0].feeds[0].correlation is told.correlations[0]
    assert told.rules[0].is_silent
    assert kinds(told) == {
        "a.yml": RuleKind.CORRELATION,
        "b.yml": RuleKind.BASE,
        "c.yml": RuleKind.FILTER,
        "d.yml": RuleKind.FIRST_SEEN,
    }


def test_a_correlation_whose_new_version_does_not_link_stays_in_force_as_it_was(shop: Shop) -> None:
    path = shop.write("a.yml", correlation_text())
    shop.write("b.yml", NAMED)
    before = shop.reload()
    shop.write("a.yml", correlation_text(CORRELATION.replace("group_deleted", "group_deletd")))
    told = shop.reload()
    assert (told.digest, told.correlations) == (before.digest, before.correlations)
    assert (told.broken, states(told)) == ((path,), {"a.yml": "last_good", "b.yml": "loaded"})
    assert faults(told) == ["no rule has the name or id 'group_deletd'"]
    assert shop.memory.files[path].content == correlation_text()


def test_a_correlation_whose_rule_was_renamed_is_refused_and_the_rule_is_not(shop: Shop) -> None:
    path = shop.write("a.yml", correlation_text())
    shop.write("b.yml", NAMED)
    shop.reload()
    shop.write("b.yml", RENAMED)
    told = shop.reload()
    assert (told.correlations, told.broken) == ((), (path,))
    assert (titles(told), told.rules[0].is_silent) == (["A group was deleted"], False)
    assert states(told) == {"a.yml": "refused", "b.yml": "loaded"}
    shop.write("b.yml", NAMED)
    back = shop.reload()
    assert (correlations(back), back.mended) == (["Many groups were deleted"], (path,))


def test_a_correlation_is_not_lost_over_a_broken_version_of_its_rule(shop: Shop) -> None:
    shop.write("a.yml", correlation_text())
    shop.write("b.yml", NAMED)
    shop.reload()
    shop.write("b.yml", BROKEN)
    told = shop.reload()
    assert correlations(told) == ["Many groups were deleted"]
    assert states(told) == {"a.yml": "loaded", "b.yml": "last_good"}


def test_what_was_good_is_not_blamed_for_new_content_that_does_not_link(shop: Shop) -> None:
    """The new b.yml lacks the name that a.yml needs, and refers to nobody: only b.yml falls back."""
    shop.write("a.yml", correlation_text())
    shop.write("b.yml", NAMED)
    shop.reload()
    path = shop.write("b.yml", RENAMED + b"---\n" + filter_text(OF_ONE))
    told = shop.reload()
    assert told.broken == (path,)
    assert states(told) == {"a.yml": "loaded", "b.yml": "last_good"}
    assert correlations(told) == ["Many groups were deleted"]


def test_one_file_that_does_not_link_takes_no_other_with_it(shop: Shop) -> None:
    shop.write("a.yml", correlation_text(CORRELATION.replace("group_deleted", "nobody")))
    shop.write("b.yml", NAMED)
    shop.write("c.yml", filter_text())
    told = shop.reload()
    assert states(told) == {"a.yml": "refused", "b.yml": "loaded", "c.yml": "loaded"}
    assert told.entries[0].reason.startswith("line 6: no rule has the name or id 'nobody'")
    assert isinstance(told.rules[0].condition, And)


def test_what_stands_on_a_correlation_that_is_refused_is_refused_with_that_reason(shop: Shop) -> None:
    lower = correlation_text(CORRELATION.replace("group_deleted", "nobody"), rule_id=OTHER_ID, more="name: lower\n")
    shop.write("a.yml", lower)
    shop.write("b.yml", correlation_text(CORRELATION.replace("group_deleted", "lower")))
    told = shop.reload()
    assert states(told) == {"a.yml": "refused", "b.yml": "refused"}
    assert "'lower' is refused with its file" in told.entries[1].reason


def test_new_content_that_closes_a_circle_falls_back_and_what_was_there_stays(shop: Shop) -> None:
    shop.write("a.yml", correlation_text(more="name: upper\n"))
    shop.write("b.yml", NAMED)
    shop.write(
        "c.yml", correlation_text(CORRELATION.replace("group_deleted", "upper"), rule_id=OTHER_ID, more="name: c\n")
    )
    shop.reload()
    shop.write("a.yml", correlation_text(CORRELATION.replace("group_deleted", "c"), more="name: upper\n"))
    told = shop.reload()
    assert states(told) == {"a.yml": "last_good", "b.yml": "loaded", "c.yml": "loaded"}
    assert faults(told) == ["the correlation leads back to itself: upper → c → upper"]


def test_a_circle_in_files_that_were_never_good_is_refused_whole(shop: Shop) -> None:
    shop.write("a.yml", correlation_text(CORRELATION.replace("group_deleted", "c"), more="name: upper\n"))
    shop.write(
        "c.yml", correlation_text(CORRELATION.replace("group_deleted", "upper"), rule_id=OTHER_ID, more="name: c\n")
    )
    told = shop.reload()
    assert (told.correlations, states(told)) == ((), {"a.yml": "refused", "c.yml": "refused"})


def test_a_correlation_over_a_disabled_rule_is_refused_with_that_reason(tmp_path: Path) -> None:
    shop = Shop(tmp_path, disable=[RULE_ID])
    shop.write("a.yml", correlation_text())
    shop.write("b.yml", NAMED)
    told = shop.reload()
    assert states(told) == {"a.yml": "refused", "b.yml": "disabled"}
    assert faults(told) == ["'group_deleted' is disabled"]


def test_a_correlation_and_a_filter_can_be_disabled_by_their_ids(tmp_path: Path) -> None:
    shop = Shop(tmp_path, disable=[CORRELATION_ID, FILTER_ID])
    shop.write("a.yml", correlation_text())
    shop.write("b.yml", NAMED)
    shop.write("c.yml", filter_text())
    told = shop.reload()
    assert (told.correlations, told.problems) == ((), ())
    assert isinstance(told.rules[0].condition, FieldTest)
    assert states(told) == {"a.yml": "disabled", "b.yml": "loaded", "c.yml": "disabled"}


def test_a_correlation_about_rules_for_other_logs_is_listed_as_passed_over(shop: Shop) -> None:
    shop.write("a.yml", correlation_text())
    shop.write("b.yml", rule_text(more="name: group_deleted\n", logs="{product: windows}"))
    told = shop.reload()
    assert (told.problems, states(told)) == ((), {"a.yml": "passed_over", "b.yml": "passed_over"})
    assert told.entries[0].reason == "is about rules for other logs"


def test_the_digest_covers_correlations_filters_and_whether_rules_alert(shop: Shop) -> None:
    shop.write("b.yml", NAMED)
    digests = [shop.reload().digest]
    shop.write("c.yml", filter_text())
    digests.append(shop.reload().digest)
    shop.write("a.yml", correlation_text())
    digests.append(shop.reload().digest)
    shop.write("a.yml", correlation_text(CORRELATION + "generate: true\n"))
    digests.append(shop.reload().digest)
    shop.write("a.yml", correlation_text(CORRELATION.replace("10m", "11m")))
    digests.append(shop.reload().digest)
    assert len(set(digests)) == 5


def test_overrides_change_correlations_but_not_what_their_alerts_go_by(tmp_path: Path) -> None:
    match = {"id": CORRELATION_ID}
    shop = Shop(tmp_path, overrides=[{"match": match, "level": "critical", "group_by": ["awsRegion"], "summary": "x"}])
    shop.write("a.yml", correlation_text())
    shop.write("b.yml", NAMED)
    told = shop.reload()
    (correlation,) = told.correlations
    assert (correlation.level, correlation.options.summary) == (Level.CRITICAL, "x")
    assert correlation.options.group_by == ("recipientAccountId",)
    assert told.rules[0].feeds[0].correlation.level is Level.CRITICAL
    (warning,) = map(str, told.problems)
    assert warning.startswith(
        "rules.overrides[0].group_by: warning: a correlation's alerts go by its own group-by, and"
    )


def ending(day: str) -> bytes:
    return filter_text(more=f"trailwarden: {{expires: {day}, owner: alice}}")


def test_a_filter_expires_while_the_program_runs(shop: Shop) -> None:
    shop.write("b.yml", NAMED)
    shop.write("c.yml", ending("2026-01-31"))
    before, after = shop.reload(now=NOW), shop.reload(now=NOW + timedelta(days=1))
    assert isinstance(before.rules[0].condition, And)
    assert isinstance(after.rules[0].condition, FieldTest)
    assert after.digest != before.digest
    assert (states(before)["c.yml"], states(after)["c.yml"]) == ("loaded", "expired")
    assert after.entries[1].reason == "expired at 2026-02-01 00:00 UTC"
    assert [problem.what for problem in after.problems] == [
        "the filter expired at 2026-02-01 00:00 UTC, and no longer applies"
    ]
    assert (after.is_successful, after.counts["expired"]) == (True, 1)


def test_that_a_filter_expired_is_news_once(shop: Shop) -> None:
    shop.write("c.yml", ending("2026-01-31"))
    looks = [shop.reload(now=NOW + timedelta(days=days)) for days in range(3)]
    assert [[each.title for each in told.expired] for told in looks] == [[], ["The pipeline may"], []]


@pytest.mark.parametrize(("days", "is_told"), [(1, True), (6, True), (8, False)])
def test_after_a_restart_only_a_filter_that_expired_lately_is_news(shop: Shop, days: int, is_told: bool) -> None:
    shop.write("c.yml", ending("2026-01-30"))
    assert bool(shop.reload(now=NOW + timedelta(days=days)).expired) is is_told


def test_that_a_disabled_filter_expired_is_no_news(tmp_path: Path) -> None:
    shop = Shop(tmp_path, disable=[FILTER_ID])
    shop.write("c.yml", ending("2026-01-30"))
    told = shop.reload()
    assert (told.expired, states(told), told.problems) == ((), {"c.yml": "disabled"}, ())


def test_a_filter_whose_rule_is_nowhere_falls_back_to_what_it_was(shop: Shop) -> None:
    shop.write("b.yml", NAMED)
    shop.write("c.yml", filter_text())
    shop.reload()
    shop.write("c.yml", filter_text(OF_ONE.replace("deleted", "delted")))
    told = shop.reload()
    assert isinstance(told.rules[0].condition, And)
    assert states(told) == {"b.yml": "loaded", "c.yml": "last_good"}


def test_rules_that_no_filter_or_correlation_touches_are_not_made_anew(shop: Shop) -> None:
    shop.write("a.yml", correlation_text())
    shop.write("b.yml", NAMED)
    shop.write("d.yml", rule_text(rule_id=OTHER_ID))
    first, second = shop.reload(), shop.reload()
    assert second.rules[1] is first.rules[1]
    assert second.digest == first.digest
