"""A seeded generator of realistic CloudTrail trails: the same seed gives the same files, whenever and wherever.

`python -m benchmarks.trailgen --shape large|small --out DIR` writes one, laid out as CloudTrail lays out a bucket.
"""

from __future__ import annotations

import argparse
import base64
import gzip
import json
import math
import zlib
from collections.abc import Callable, Iterable, Iterator
from dataclasses import asdict, dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from random import Random
from typing import Any

import msgspec

from benchmarks.trail_candidates import CANDIDATE_NAMES
from benchmarks.trail_cast import ACCOUNTS, ORG_ID, REGIONS, Place
from benchmarks.trail_events import generate_event
from benchmarks.trail_odd import break_record, make_odd

__all__ = ["SHAPES", "Facts", "Shape", "generate_event", "generate_file", "generate_trail", "measure", "write_trail"]

FIRST_STAMP = datetime(2026, 3, 2, tzinfo=UTC)
LARGEST_SMALL_FILE = 900
Sizes = Callable[[Random], int]


def five_thousand(_rng: Random) -> int:
    """Files as the busiest accounts have them."""
    return 5_000


def mostly_few(rng: Random) -> int:
    """Files as most accounts have them: median 6 events, one in a hundred over 100, none over 900."""
    return min(LARGEST_SMALL_FILE, max(1, round(6 * math.exp(rng.gauss(0, 1.25)))))


@dataclass(frozen=True, slots=True, kw_only=True)
class Shape:
    """How many files a trail has and how many events each."""

    files: int
    sizes: Sizes


SHAPES = {"large": Shape(files=20, sizes=five_thousand), "small": Shape(files=20_000, sizes=mostly_few)}


def generate_file(
    rng: Random,
    events: int,
    *,
    account: str = ACCOUNTS[0],
    region: str = REGIONS[0],
    stamp: datetime = FIRST_STAMP,
    odd_share: float = 0.0,
    broken_share: float = 0.0,
) -> bytes:
    """The uncompressed content of one log file, compact as CloudTrail writes it.

    `odd_share` of the records are unusual but legal (and then `Records` may be one object);
    `broken_share` of them hold something that JSON decoders refuse.
    """
    records = []
    for _ in range(events):
        event = generate_event(rng, place=_place(rng, account, region, stamp))
        if odd_share and rng.random() < odd_share:
            event = make_odd(rng, event)
        record = msgspec.json.encode(event)
        if broken_share and rng.random() < broken_share:
            record = break_record(rng, record)
        records.append(record)
    if odd_share and events == 1 and rng.random() < 0.5:
        return b'{"Records":' + records[0] + b"}"
    return b'{"Records":[' + b",".join(records) + b"]}"


def _place(rng: Random, account: str, region: str, stamp: datetime) -> Place:
    """CloudTrail delivers events some minutes late, and out of order."""
    happened = stamp - timedelta(seconds=int(rng.expovariate(1 / 240)))
    return Place(account=account, region=region, time=f"{happened:%Y-%m-%dT%H:%M:%SZ}")


def generate_trail(
    seed: int, files: int, sizes: Sizes, *, odd_share: float = 0.0, broken_share: float = 0.0
) -> Iterator[tuple[str, bytes]]:
    """Keys and gzip files of an organisation's trail of four accounts and four regions, from midnight of a fixed day.

    Each file has a random generator of its own: the first ten files are the same however many follow.
    """
    for number in range(files):
        rng = Random(f"{seed}/{number}")
        account, region = rng.choice(ACCOUNTS), rng.choice(REGIONS)
        stamp = FIRST_STAMP + timedelta(minutes=5 * (number * 288 // max(files, 288)))
        content = generate_file(
            rng,
            sizes(rng),
            account=account,
            region=region,
            stamp=stamp,
            odd_share=odd_share,
            broken_share=broken_share,
        )
        yield _key(rng, account, region, stamp), zlib.compress(content, 6, wbits=31)


def _key(rng: Random, account: str, region: str, stamp: datetime) -> str:
    unique = base64.b64encode(rng.randbytes(24), altchars=b"xZ").decode()[:16]
    name = f"{account}_CloudTrail_{region}_{stamp:%Y%m%dT%H%MZ}_{unique}.json.gz"
    return f"AWSLogs/{ORG_ID}/{account}/CloudTrail/{region}/{stamp:%Y/%m/%d}/{name}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """What a trail is like, so that a measurement can say what it was made on."""

    files: int
    events: int
    bytes_an_event: float
    compressed_bytes_an_event: float
    candidate_share: float
    assumed_role_share: float
    error_share: float
    read_share: float


def measure(trail: Iterable[tuple[str, bytes]]) -> Facts:
    """Count a generated trail (without broken records)."""
    files = plain = packed = 0
    events: list[tuple[bool, bool, bool, bool]] = []
    for _, content in trail:
        data = gzip.decompress(content)
        records = json.loads(data)["Records"]
        files, plain, packed = files + 1, plain + len(data), packed + len(content)
        events.extend(_traits(event) for event in ([records] if isinstance(records, dict) else records))
    total = max(len(events), 1)
    candidates, roles, errors, reads = (round(sum(traits[n] for traits in events) / total, 4) for n in range(4))
    return Facts(
        files=files,
        events=len(events),
        bytes_an_event=round(plain / total, 1),
        compressed_bytes_an_event=round(packed / total, 1),
        candidate_share=candidates,
        assumed_role_share=roles,
        error_share=errors,
        read_share=reads,
    )


def _traits(event: dict[str, Any]) -> tuple[bool, bool, bool, bool]:
    identity = event.get("userIdentity")
    is_role = isinstance(identity, dict) and identity.get("type") == "AssumedRole"
    is_candidate = str(event.get("eventName")) in CANDIDATE_NAMES
    return is_candidate, is_role, "errorCode" in event, event.get("readOnly") is True


def write_trail(trail: Iterable[tuple[str, bytes]], folder: Path) -> int:
    """Write the files under `folder`; gives their number."""
    number = 0
    for key, content in trail:
        path = folder / key
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
        number += 1
    return number


def main() -> None:
    """Write a trail, or say what it is like."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--shape", choices=sorted(SHAPES), default="large")
    parser.add_argument("--files", type=int, help="fewer or more files than the shape has")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--odd-share", type=float, default=0.0, help="share of unusual but legal records")
    parser.add_argument("--broken-share", type=float, default=0.0, help="share of records that decoders refuse")
    parser.add_argument("--out", type=Path, help="folder to write into; without it, only say what the trail is like")
    args = parser.parse_args()
    shape = SHAPES[args.shape]
    files = shape.files if args.files is None else args.files
    trail = generate_trail(args.seed, files, shape.sizes, odd_share=args.odd_share, broken_share=args.broken_share)
    if args.out is None:
        print(json.dumps(asdict(measure(trail)), indent=2))
    else:
        print(f"{write_trail(trail, args.out)} files under {args.out}")


if __name__ == "__main__":
    main()
