"""Keys as CloudTrail writes them come apart into what they say; everything else is passed over with a reason."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from daemon.model import Shard
from daemon.trail.keys import (
    DIGEST,
    LogKey,
    Scope,
    SkipReason,
    cut_prefix,
    is_account,
    is_organisation,
    is_region,
    parse_key,
    shard_path,
    start_after,
)

ACCOUNT = "111122223333"
NAME = f"{ACCOUNT}_CloudTrail_eu-west-1_20260301T1005Z_Ab3dEf6hIj9lMn2p.json.gz"
DAY = "2026/03/01"


def log_of(root: str) -> str:
    return f"{root}{ACCOUNT}/CloudTrail/eu-west-1/{DAY}/{NAME}"


@pytest.mark.parametrize(
    ("root", "org_id"),
    [
        pytest.param("AWSLogs/", None, id="single account"),
        pytest.param("audit/trail/AWSLogs/", None, id="below a prefix"),
        pytest.param("AWSLogs/o-a1b2c3d4e5/", "o-a1b2c3d4e5", id="organisation"),
        pytest.param("o-a1b2c3d4e5/AWSLogs/o-a1b2c3d4e5/", "o-a1b2c3d4e5", id="Control Tower"),
        pytest.param("o-a1b2c3d4e5/AWSLogs/", None, id="the organisation's id as a mere prefix"),
        pytest.param("AWSLogs/old/AWSLogs/", None, id="a prefix that looks like a trail"),
        pytest.param("/AWSLogs/", None, id="a prefix that is a slash"),
    ],
)
def test_every_layout_is_understood(root: str, org_id: str | None) -> None:
    parsed = parse_key(log_of(root))

    assert parsed == LogKey(
        shard_path=f"{root}{ACCOUNT}/CloudTrail/eu-west-1",
        org_id=org_id,
        account=ACCOUNT,
        kind="CloudTrail",
        region="eu-west-1",
        stamped_at=datetime(2026, 3, 1, 10, 5, tzinfo=UTC),
        unique="Ab3dEf6hIj9lMn2p",
    )
    assert shard_path(log_of(root)) == parsed.shard_path


@pytest.mark.parametrize("kind", ["CloudTrail", "CloudTrail-Insight", "CloudTrail-NetworkActivity"])
@pytest.mark.parametrize(
    "region", ["us-gov-west-1", "cn-north-1", "ap-southeast-7", "eusc-de-east-1", "us-isob-east-1"]
)
def test_every_kind_of_log_and_partition_is_understood(kind: str, region: str) -> None:
    parsed = parse_key(f"AWSLogs/{ACCOUNT}/{kind}/{region}/{DAY}/{ACCOUNT}_{kind}_{region}_20260301T1005Z_x.json.gz")

    assert isinstance(parsed, LogKey)
    assert (parsed.kind, parsed.region) == (kind, region)


@pytest.mark.parametrize(
    ("tail", "unique"),
    [
        pytest.param("my_trail_eu-west-1_20260301T100501Z", "my_trail_eu-west-1", id="hourly"),
        pytest.param("t.a-b_us-east-1_20260301T100501Z_backfill", "t.a-b_us-east-1_backfill", id="backfill"),
    ],
)
def test_a_digest_is_told_from_a_log_and_keeps_its_trail(tail: str, unique: str) -> None:
    shard = f"AWSLogs/{ACCOUNT}/CloudTrail-Digest/eu-west-1"

    parsed = parse_key(f"{shard}/{DAY}/{ACCOUNT}_CloudTrail-Digest_eu-west-1_{tail}.json.gz")

    assert isinstance(parsed, LogKey)
    assert parsed.kind == DIGEST
    assert parsed.unique == unique
    assert parsed.stamped_at == datetime(2026, 3, 1, 10, 5, 1, tzinfo=UTC)


@pytest.mark.parametrize(
    ("key", "reason"),
    [
        pytest.param("", SkipReason.NOT_A_LOG, id="empty"),
        pytest.param("/" * 40, SkipReason.NOT_A_LOG, id="slashes"),
        pytest.param(NAME, SkipReason.NOT_A_LOG, id="a name alone"),
        pytest.param(f"{ACCOUNT}/CloudTrail/eu-west-1/{DAY}/{NAME}", SkipReason.NOT_A_LOG, id="no AWSLogs"),
        pytest.param(log_of("awslogs/"), SkipReason.NOT_A_LOG, id="awslogs in small letters"),
        pytest.param(log_of("o-a1b2c3d4e5/"), SkipReason.NOT_A_LOG, id="an organisation alone"),
        pytest.param(log_of("AWSLogs/").replace(ACCOUNT, "me", 1), SkipReason.NOT_A_LOG, id="no account"),
        pytest.param(log_of("AWSLogs/").replace("eu-west-1", "here", 1), SkipReason.NOT_A_LOG, id="no region"),
        pytest.param(f"AWSLogs/{ACCOUNT}/CloudTrail/eu-west-1/{DAY}/", SkipReason.NOT_A_LOG, id="a folder's marker"),
        pytest.param(log_of("AWSLogs/") + "\n", SkipReason.NOT_A_LOG, id="a line end after it"),
        pytest.param(log_of("AWSLogs/").removesuffix(".gz"), SkipReason.NOT_A_LOG, id="not compressed"),
        pytest.param(log_of("AWSLogs/").replace("_Ab3", "_Ab/3"), SkipReason.NOT_A_LOG, id="one folder too deep"),
        pytest.param(log_of("AWSLogs/").replace("/CloudTrail/", "/Config/"), SkipReason.OTHER_KIND, id="AWS Config"),
        pytest.param(log_of("AWSLogs/").replace("T1005Z", "T2560Z"), SkipReason.BAD_STAMP, id="no such minute"),
        pytest.param(log_of("AWSLogs/").replace("T1005Z", "T100501Z"), SkipReason.BAD_STAMP, id="with seconds"),
        pytest.param(log_of("AWSLogs/").replace("20260301T", "20260301X"), SkipReason.BAD_STAMP, id="no stamp"),
        pytest.param(log_of("AWSLogs/").replace("20260301", "00000301"), SkipReason.BAD_STAMP, id="year nought"),
        pytest.param(log_of("AWSLogs/").replace(DAY, "2026/03/02"), SkipReason.CONTRADICTS_PATH, id="another day"),
        pytest.param(log_of("AWSLogs/").replace(DAY, "2026/3/1"), SkipReason.CONTRADICTS_PATH, id="an odd date"),
        pytest.param(
            log_of("AWSLogs/").replace(ACCOUNT, "444455556666", 1), SkipReason.CONTRADICTS_PATH, id="another account"
        ),
        pytest.param(
            log_of("AWSLogs/").replace("eu-west-1", "eu-west-2", 1), SkipReason.CONTRADICTS_PATH, id="another region"
        ),
        pytest.param(
            log_of("AWSLogs/").replace("/CloudTrail/", "/CloudTrail-Insight/"),
            SkipReason.CONTRADICTS_PATH,
            id="another kind",
        ),
        pytest.param(
            log_of("AWSLogs/").replace("CloudTrail", "CloudTrail-Digest"), SkipReason.NOT_A_LOG, id="half a digest"
        ),
        pytest.param(
            log_of("AWSLogs/").replace("20260301T1005Z", "٢٠٢٦٠٣٠١T١٠٠٥Z"), SkipReason.NOT_A_LOG, id="other digits"
        ),
    ],
)
def test_what_is_no_log_file_is_passed_over_with_its_reason(key: str, reason: SkipReason) -> None:
    assert parse_key(key) is reason


def test_a_stamp_far_in_the_future_is_a_stamp() -> None:
    parsed = parse_key(log_of("AWSLogs/").replace(DAY, "2099/12/31").replace("20260301", "20991231"))

    assert isinstance(parsed, LogKey)
    assert parsed.stamped_at.year == 2099


@given(st.text(max_size=200) | st.lists(st.sampled_from([*NAME.split("_"), "_", "/", "AWSLogs", "o-a"])).map("".join))
def test_no_text_can_make_it_stumble(key: str) -> None:
    assert isinstance(parse_key(key), LogKey | SkipReason)


shards = st.builds(
    lambda prefix, org, account, kind, region: Shard(
        bucket="bucket",
        path="/".join([*prefix, "AWSLogs", *([org] if org else []), account, kind, region]),
        org_id=org,
        account=account,
        kind=kind,
        region=region,
    ),
    prefix=st.lists(st.text("abco-./ 1", min_size=1, max_size=8), max_size=2),
    org=st.none() | st.from_regex(r"o-[a-z0-9]{10,32}", fullmatch=True),
    account=st.from_regex(r"[0-9]{12}", fullmatch=True),
    kind=st.sampled_from(["CloudTrail", "CloudTrail-Insight", "CloudTrail-NetworkActivity"]),
    region=st.sampled_from(["us-east-1", "eu-central-2", "us-gov-east-1"]),
)
minutes = st.datetimes(timezones=st.just(UTC)).map(lambda at: at.replace(second=0, microsecond=0))
uniques = st.from_regex(r"[A-Za-z0-9]{16}", fullmatch=True)


def key_of(shard: Shard, stamped_at: datetime, unique: str) -> str:
    date = f"{stamped_at.year:04}/{stamped_at.month:02}/{stamped_at.day:02}"
    stamp = f"{date.replace('/', '')}T{stamped_at.hour:02}{stamped_at.minute:02}Z"
    return f"{shard.path}/{date}/{shard.account}_{shard.kind}_{shard.region}_{stamp}_{unique}.json.gz"


@given(shards, minutes, uniques)
def test_a_key_that_is_laid_out_right_gives_back_what_it_was_made_of(shard: Shard, at: datetime, unique: str) -> None:
    key = key_of(shard, at, unique)

    parsed = parse_key(key)

    assert isinstance(parsed, LogKey)
    assert (parsed.shard_path, parsed.org_id, parsed.account) == (shard.path, shard.org_id, shard.account)
    assert (parsed.kind, parsed.region) == (shard.kind, shard.region)
    assert (parsed.stamped_at, parsed.unique) == (at, unique)
    assert shard_path(key) == shard.path


@given(shards, minutes, uniques, st.datetimes(timezones=st.just(UTC)))
def test_listing_from_a_time_gives_the_keys_of_that_minute_and_later_and_no_other(
    shard: Shard, stamped_at: datetime, unique: str, after: datetime
) -> None:
    is_listed = key_of(shard, stamped_at, unique) > start_after(shard, after)

    assert is_listed == (stamped_at >= after.replace(second=0, microsecond=0))


def test_a_listing_begins_by_the_clock_of_utc() -> None:
    shard = Shard(bucket="b", path="AWSLogs/1/CloudTrail/r", org_id=None, account="1", kind="CloudTrail", region="r")

    begin = start_after(shard, datetime(2026, 3, 1, 0, 30, tzinfo=timezone(timedelta(hours=2))))

    assert begin == "AWSLogs/1/CloudTrail/r/2026/02/28/1_CloudTrail_r_20260228T2230Z"


def test_digests_are_listed_from_the_day_since_their_names_begin_with_the_trail() -> None:
    shard = Shard(bucket="b", path="D", org_id=None, account="1", kind="CloudTrail-Digest", region="r")

    assert start_after(shard, datetime(2026, 3, 1, 10, 5, tzinfo=UTC)) == "D/2026/03/01/"


@pytest.mark.parametrize(
    ("path", "prefix"),
    [
        ("", ""),
        ("/", ""),
        ("audit", "audit"),
        ("audit/trail/", "audit/trail"),
        ("AWSLogs", ""),
        ("AWSLogs/111122223333/CloudTrail/", ""),
        ("audit/AWSLogs/o-a1b2c3d4e5/111122223333", "audit"),
        ("o-a1b2c3d4e5/AWSLogs/o-a1b2c3d4e5/", "o-a1b2c3d4e5"),
        ("myAWSLogs/x", "myAWSLogs/x"),
    ],
)
def test_a_pasted_path_is_cut_to_the_prefix(path: str, prefix: str) -> None:
    assert cut_prefix(path) == prefix


@pytest.mark.parametrize(
    ("scope", "refusal"),
    [
        pytest.param(Scope(), None, id="everything of the kind"),
        pytest.param(Scope(accounts=frozenset({ACCOUNT}), regions=frozenset({"eu-west-1"})), None, id="listed"),
        pytest.param(Scope(accounts=frozenset({"444455556666"})), SkipReason.FOREIGN_ACCOUNT, id="other accounts"),
        pytest.param(Scope(kinds=frozenset({"CloudTrail-Insight"})), SkipReason.OTHER_KIND, id="other kinds"),
        pytest.param(Scope(regions=frozenset({"us-east-1"})), SkipReason.FOREIGN_REGION, id="other regions"),
    ],
)
def test_the_configuration_says_which_shards_are_wanted(scope: Scope, refusal: SkipReason | None) -> None:
    assert scope.refusal(account=ACCOUNT, kind="CloudTrail", region="eu-west-1") is refusal


def test_folders_are_told_by_their_names() -> None:
    assert is_account(ACCOUNT)
    assert not is_account("1" * 13)
    assert is_organisation("o-a1b2c3d4e5")
    assert not is_organisation("o-A")
    assert is_region("me-central-1")
    assert not is_region("global")
