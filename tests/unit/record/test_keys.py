from __future__ import annotations

from dataclasses import replace

from daemon.record.ids import new_id
from daemon.record.keys import full_key, object_url, odd_key, odd_url
from tests.doubles.state_values import AMERICA, EUROPE, NOON, log_object


def test_a_key_that_cloudtrail_would_give_is_not_spelt_out() -> None:
    for shard in (EUROPE, AMERICA):
        obj = log_object(shard=shard)
        assert odd_key(shard, obj) is None
        assert full_key(shard, stamped_at=obj.stamped_at, unique=obj.unique) == obj.key


def test_the_suffix_may_be_part_of_the_unique_part() -> None:
    obj = replace(log_object(), unique="AAAABBBBCCCCDDDD.json.gz")
    assert odd_key(EUROPE, obj) is None


def test_a_key_in_the_folder_of_another_day_is_spelt_out() -> None:
    obj = replace(log_object(), key=log_object().key.replace("/2026/05/04/", "/2026/05/05/"))
    assert odd_key(EUROPE, obj) == obj.key


def test_urls_follow_from_bucket_and_key() -> None:
    assert object_url("trail", "a/b") == "s3://trail/a/b"
    assert object_url("file:examples/bucket", "a/b") == "file:examples/bucket/a/b"
    assert odd_url(log_object()) is None
    assert odd_url(replace(log_object(), url="file:x")) == "file:x"


def test_ids_are_short_distinct_and_sort_by_time() -> None:
    many = [new_id(NOON) for _ in range(1000)]
    assert len(set(many)) == 1000
    assert {len(one) for one in many} == {20}
    assert max(many) < new_id(NOON.replace(minute=1))
    assert new_id(NOON.replace(year=1960)) < min(many)
