from __future__ import annotations

from typing import Any

from daemon.detect.contribute import MOST_GROUPS, count_for
from daemon.model import CorrelationType, Feed, Occurs
from tests.doubles.correlating import bounds, correlation


def counted(record: dict[str, Any], group_by: tuple[str, ...] = ("awsRegion",), **asked: Any) -> list[Any]:
    of = correlation(group_by=group_by, **asked)
    return list(count_for(Feed(correlation=of, base=0), record))


def test_an_event_counts_in_the_group_of_its_values() -> None:
    assert counted({"awsRegion": "us-east-1"}) == [((("awsRegion", "us-east-1"),), ())]


def test_an_event_that_lacks_a_field_of_the_group_counts_nowhere() -> None:
    """Nothing would be the same about two events that only have in common what they lack."""
    for record in ({}, {"awsRegion": None}, {"awsRegion": ""}, {"awsRegion": {"an": "object"}}):
        assert counted(record) == []


def test_without_group_by_there_is_one_group() -> None:
    assert counted({}, group_by=()) == [((), ())]


def test_each_member_of_an_array_makes_a_group_up_to_a_bound() -> None:
    record = {"resources": [{"ARN": "b"}, {"ARN": "a"}, {"ARN": "a"}], "awsRegion": 1}
    groups = [group for group, _ in counted(record, ("resources.ARN", "awsRegion"))]
    assert groups == [(("resources.ARN", arn), ("awsRegion", "1")) for arn in "ab"]
    many = {"resources": [{"ARN": f"{n}"} for n in range(500)]}
    assert len(counted(many, ("resources.ARN",))) == MOST_GROUPS


def test_an_event_without_a_value_to_be_counted_does_not_count() -> None:
    asked: dict[str, Any] = {"kind": CorrelationType.VALUE_COUNT, "condition": bounds(["eventName"], gte=2)}
    assert counted({"awsRegion": "us-east-1"}, **asked) == []
    assert counted({"awsRegion": "us-east-1", "eventName": "A"}, **asked) == [((("awsRegion", "us-east-1"),), ("A",))]


def test_an_expression_counts_no_values() -> None:
    found = counted({"awsRegion": "us-east-1"}, kind=CorrelationType.TEMPORAL, condition=Occurs(base=0))
    assert found == [((("awsRegion", "us-east-1"),), ())]


def test_what_no_database_takes_is_made_harmless() -> None:
    assert counted({"awsRegion": "a\x00\ud800"})[0][0][0][1] == "a?"


def test_long_values_make_groups_of_their_own_though_only_a_hash_is_kept() -> None:
    groups = {counted({"awsRegion": "x" * 5_000 + end})[0][0][0][1] for end in "ab"}
    assert len(groups) == 2
    assert all(group.startswith("sha256:") for group in groups)
