"""A chain of digests followed: what joins, what breaks, what is missing, and what is merely the beginning."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta

from daemon.model import ChainState, CheckedDigest, DigestOutcome, FindingKind, LogObject
from daemon.trail.digests.chain import ended_at
from daemon.trail.digests.examined import Examined
from daemon.trail.digests.faults import DigestFault
from daemon.trail.digests.file import Place, parse_digest
from daemon.trail.digests.findings import event_id, record_of
from daemon.trail.digests.follow import Surroundings, chain_name, follow, log_path
from tests.doubles.digests import ACCOUNT, REGION, MadeDigest, Trail

TEN = datetime(2026, 3, 2, 10, 0, 0, tzinfo=UTC)
HOUR = timedelta(hours=1)
AROUND = Surroundings(
    since=None, is_forged=lambda key: False, is_wanted=lambda key: True, locate=lambda key: f"s3://trail/{key}"
)


def at(made: MadeDigest, *, key: str | None = None, unique: str = "main_eu-west-1") -> LogObject:
    end = datetime.fromisoformat(made.document["digestEndTime"])
    return LogObject(
        bucket="trail",
        key=key or made.key,
        account=ACCOUNT,
        region=REGION,
        org_id=None,
        kind="CloudTrail-Digest",
        stamped_at=end,
        unique=unique,
        size=1,
        etag="e",
        last_modified=end,
        url=f"s3://trail/{made.key}",
    )


def examined(made: MadeDigest, *, key: str | None = None) -> Examined:
    digest = parse_digest(made.content, Place(bucket=None, key=key or made.key, account=ACCOUNT))
    return Examined(
        object=at(made, key=key),
        outcome=DigestOutcome.VERIFIED,
        digest=digest,
        signature=made.metadata["signature"],
    )


def followed(all_made: Sequence[MadeDigest], around: Surroundings = AROUND) -> list[CheckedDigest]:
    chain: ChainState | None = None
    taken = []
    for made in all_made:
        taken.append(follow(examined(made), chain, around))
        chain = taken[-1].chain or chain
    return taken


def found(taken: Sequence[CheckedDigest]) -> list[tuple[FindingKind, str]]:
    return [(finding.kind, finding.reason) for checked in taken for finding in checked.findings]


def hours(count: int) -> list[MadeDigest]:
    trail = Trail(bucket="trail")
    return [trail.digest(TEN + number * HOUR) for number in range(count)]


def test_an_unbroken_chain_has_no_finding_and_remembers_its_beginning() -> None:
    taken = followed(hours(4))
    assert found(taken) == []
    last = taken[-1].chain
    assert last is not None
    assert (last.began_at, last.head.ended_at) == (TEN - HOUR, TEN + 3 * HOUR)
    assert last.log_path == "AWSLogs/111122223333/CloudTrail/eu-west-1"


def test_one_that_is_missing_is_named_by_the_next() -> None:
    made = hours(4)
    taken = followed([made[0], made[1], made[3]])
    assert found(taken) == [(FindingKind.DIGEST_MISSING, "not_in_bucket")]
    (finding,) = taken[-1].findings
    assert (finding.key, finding.since, finding.until) == (made[2].key, TEN + HOUR, TEN + 2 * HOUR)


def test_one_before_the_beginning_is_not_missed() -> None:
    made = hours(2)
    assert found(followed(made[1:])) == []
    assert found(followed(made[1:], replace(AROUND, since=TEN + timedelta(minutes=1)))) == []
    assert found(followed(made[1:], replace(AROUND, since=TEN - HOUR))) == [
        (FindingKind.DIGEST_MISSING, "not_in_bucket")
    ]


def test_a_trail_that_comes_from_another_bucket_begins_here() -> None:
    elsewhere = Trail(bucket="elsewhere")
    elsewhere.digest(TEN)
    here = Trail(bucket="trail", last=elsewhere.last)

    def moved(document: dict[str, object]) -> None:
        document["previousDigestS3Bucket"] = "elsewhere"

    second = here.digest(TEN + HOUR, change=moved)
    assert found(followed([second], replace(AROUND, since=TEN - HOUR))) == []
    assert found(followed([hours(1)[0], second])) == []


def test_a_restart_after_a_stop_is_told_with_the_time_between() -> None:
    trail = Trail(bucket="trail")
    taken = followed([trail.digest(TEN), trail.digest(TEN + 9 * HOUR, restarts=True)])
    assert found(taken) == [(FindingKind.CHAIN_BROKEN, "restarted")]
    (finding,) = taken[-1].findings
    assert (finding.since, finding.until) == (TEN, TEN + 8 * HOUR)


def test_a_restart_without_a_gap_is_none() -> None:
    trail = Trail(bucket="trail")
    assert found(followed([trail.digest(TEN), trail.digest(TEN + HOUR, restarts=True)])) == []


def test_another_hash_or_signature_breaks_the_chain() -> None:
    trail = Trail(bucket="trail")
    first = trail.digest(TEN)

    def other_hash(document: dict[str, object]) -> None:
        document["previousDigestHashValue"] = "0" * 64

    def other_signature(document: dict[str, object]) -> None:
        document["previousDigestSignature"] = "ab" * 256

    for change, word in ((other_hash, "other_hash"), (other_signature, "other_signature")):
        trail.last = first
        taken = followed([first, trail.digest(TEN + HOUR, change=change)])
        assert found(taken) == [(FindingKind.CHAIN_BROKEN, word)]
        (finding,) = taken[-1].findings
        assert finding.expected != finding.found


def test_a_chain_replaced_by_another_is_a_fork() -> None:
    made = hours(3)
    other = Trail(bucket="trail", last=made[0])
    taken = followed([made[0], made[1], other.digest(TEN + 2 * HOUR)])
    assert found(taken) == [(FindingKind.CHAIN_BROKEN, "forked")]


def test_an_older_one_proves_its_files_and_joins_nothing() -> None:
    made = hours(3)
    taken = followed([made[2], made[0]])
    assert found(taken) == []
    assert taken[-1].chain is None


def test_a_forged_one_is_told_and_the_one_after_it_is_not_told_again() -> None:
    made = hours(3)
    first = follow(examined(made[0]), None, AROUND)
    forged = Examined(
        object=at(made[1]), outcome=DigestOutcome.FORGED, fault=DigestFault.BAD_SIGNATURE, detail="not signed"
    )
    told = follow(forged, first.chain, AROUND)
    assert found([told]) == [(FindingKind.DIGEST_FORGED, "bad_signature")]
    assert told.chain is None
    after = follow(examined(made[2]), first.chain, replace(AROUND, is_forged=lambda key: key == made[1].key))
    assert found([after]) == []
    assert after.chain is not None


def test_without_a_signature_the_chain_is_followed_by_its_hashes() -> None:
    made = hours(2)
    first = follow(replace(examined(made[0]), signature="", outcome=DigestOutcome.UNSIGNED), None, AROUND)
    assert found([follow(examined(made[1]), first.chain, AROUND)]) == []


def test_files_have_the_keys_that_they_have_here_and_only_wanted_ones_of_this_bucket_count() -> None:
    trail = Trail(bucket="trail", prefix="their/prefix/")
    key = trail.log_key(TEN)

    def one_elsewhere(document: dict[str, list[dict[str, str]]]) -> None:
        document["logFiles"].append(document["logFiles"][0] | {"s3Bucket": "elsewhere"})
        document["logFiles"].append(document["logFiles"][0] | {"s3Object": "no/prefix"})

    made = trail.digest(TEN, {key: b"x", trail.log_key(TEN, "Unwanted"): b"y"}, change=one_elsewhere)
    copied = made.key.replace("their/prefix/", "copy/")
    around = replace(AROUND, is_wanted=lambda key: "Unwanted" not in key)
    taken = follow(examined(made, key=copied), None, around)
    assert [each.file.key for each in taken.files] == [key.replace("their/prefix/", "copy/")]


def test_backfill_digests_and_other_trails_are_chains_of_their_own() -> None:
    made = hours(1)[0]
    names = {chain_name(at(made, unique=unique)) for unique in ("main_r", "main_r_backfill", "other_r")}
    assert len(names) == 3
    assert log_path(at(made)).endswith("/CloudTrail/eu-west-1")
    assert ended_at("no key") is None


def test_a_finding_is_a_record_whose_id_is_the_same_when_it_is_found_again() -> None:
    made = hours(4)
    (finding,) = followed([made[0], made[3]])[-1].findings
    again = replace(finding, at=TEN + 9 * HOUR, until=None)
    assert event_id(finding) == event_id(again)
    assert event_id(finding) != event_id(replace(finding, key="another"))
    text = record_of(finding).decode()
    assert '"eventSource": "trailwarden.digest", "eventName": "DigestMissing"' in text
    assert '"eventTime": "2026-03-02T13:00:00Z"' in text
