"""What is denied hides as little as can be, and is never taken for empty."""

from __future__ import annotations

import pytest

from daemon.errors import EnvironmentReason, SourceUnavailable
from daemon.ports import Discovery
from daemon.sources.walk import Folder, Walk
from daemon.trail.keys import Scope, SkipReason

FOLDERS = {
    "": (),
    "AWSLogs/": ("111122223333", "o-a1b2c3d4e5"),
    "AWSLogs/111122223333/": ("CloudTrail", "CloudTrail-Insight"),
    "AWSLogs/111122223333/CloudTrail/": ("eu-west-1",),
    "AWSLogs/111122223333/CloudTrail-Insight/": ("eu-west-1",),
    "AWSLogs/o-a1b2c3d4e5/": ("444455556666",),
    "AWSLogs/o-a1b2c3d4e5/444455556666/": ("CloudTrail",),
    "AWSLogs/o-a1b2c3d4e5/444455556666/CloudTrail/": ("us-east-1",),
}
BOTH = Scope(kinds=frozenset({"CloudTrail", "CloudTrail-Insight"}))
HERE, THERE = "AWSLogs/111122223333/CloudTrail/eu-west-1", "AWSLogs/o-a1b2c3d4e5/444455556666/CloudTrail/us-east-1"
INSIGHT = "AWSLogs/111122223333/CloudTrail-Insight/eu-west-1"


def discover_without(denied: str | None, reason: EnvironmentReason = EnvironmentReason.ACCESS_DENIED) -> Discovery:
    def look(prefix: str, *, start: str = "") -> Folder:
        if prefix == denied:
            raise SourceUnavailable(f"{prefix}: refused", reason=reason)
        return Folder(names=FOLDERS[prefix])

    return Walk(bucket="bucket", prefix="", scope=BOTH, look=look).discover()


def test_where_nothing_is_denied_everything_is_seen() -> None:
    discovery = discover_without(None)

    assert [shard.path for shard in discovery.shards] == [HERE, INSIGHT, THERE]
    assert (discovery.faults, discovery.hidden, discovery.unseen) == ([], (), [])


@pytest.mark.parametrize(
    ("denied", "shown", "hidden", "org_id"),
    [
        ("AWSLogs/111122223333/", [THERE], "AWSLogs/111122223333", None),
        ("AWSLogs/111122223333/CloudTrail-Insight/", [HERE, THERE], "AWSLogs/111122223333", None),
        (
            "AWSLogs/o-a1b2c3d4e5/444455556666/CloudTrail/",
            [HERE, INSIGHT],
            "AWSLogs/o-a1b2c3d4e5/444455556666",
            "o-a1b2c3d4e5",
        ),
    ],
    ids=["an account", "a kind", "of an organisation"],
)
def test_a_denied_folder_hides_its_account_and_no_other(
    denied: str, shown: list[str], hidden: str, org_id: str | None
) -> None:
    discovery = discover_without(denied)

    (account,) = discovery.hidden
    assert [shard.path for shard in discovery.shards] == shown
    assert (account.path, account.account, account.org_id) == (hidden, hidden.split("/")[-1], org_id)
    assert (account.kind, account.region) == ("", "")
    assert discovery.unseen == [f"{hidden}/"]
    assert [str(fault) for fault in discovery.faults] == [f"{denied}: refused"]


@pytest.mark.parametrize("denied", ["AWSLogs/", "AWSLogs/o-a1b2c3d4e5/"])
def test_where_accounts_cannot_even_be_named_discovery_fails(denied: str) -> None:
    with pytest.raises(SourceUnavailable):
        discover_without(denied)


def test_a_refusal_that_concerns_everybody_is_no_matter_of_one_account() -> None:
    with pytest.raises(SourceUnavailable):
        discover_without("AWSLogs/111122223333/", EnvironmentReason.THROTTLED)


def test_what_lies_beside_the_root_may_be_denied_but_is_not_taken_for_empty() -> None:
    discovery = discover_without("")

    assert [shard.path for shard in discovery.shards] == [HERE, INSIGHT, THERE]
    assert (discovery.faults, discovery.unseen) == ([], ["o-"])


def test_what_was_passed_over_is_named_by_its_folder() -> None:
    def look(prefix: str, *, start: str = "") -> Folder:
        names = {**FOLDERS, "AWSLogs/": ("111122223333", "backup")}[prefix]
        return Folder(names=names, skipped=((SkipReason.NOT_A_LOG, 2),) if prefix == "AWSLogs/" else ())

    discovery = Walk(bucket="bucket", prefix="", scope=Scope(regions=frozenset({"us-east-1"})), look=look).discover()
    assert [(each.path, each.reason, each.files) for each in discovery.passed] == [
        ("AWSLogs/", "not_a_log", 2),
        ("AWSLogs/111122223333/CloudTrail-Insight/", "other_kind", 0),
        ("AWSLogs/111122223333/CloudTrail/eu-west-1/", "foreign_region", 0),
        ("AWSLogs/backup/", "not_a_log", 0),
    ]
    assert discovery.skipped == {"not_a_log": 3, "foreign_region": 1, "other_kind": 1}
