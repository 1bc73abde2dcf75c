"""`verify`: the command's own part: what was asked, checked; the run; the verdict printed, and the exit code."""

from __future__ import annotations

from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from pathlib import Path

from rich.console import Console

from daemon.commands.replay.inputs import source_config
from daemon.commands.replay.window import asked_window
from daemon.commands.tables import print_json, print_line, print_rows
from daemon.commands.verify.progress import Shown, verifying_progress
from daemon.commands.verify.run import Verification
from daemon.commands.verify.verdict import COLUMNS, ShardVerdict
from daemon.config import LogConfig, SourceConfig, find_config, load_config
from daemon.errors import ConfigError, Problem
from daemon.model import Finding
from daemon.ops.logs import set_up_logging
from daemon.sources.build import build_digest_source, build_examiner, build_source
from daemon.sources.inputs.window import Window

_NAMED = 50  # findings that are told by name beside a table; JSON has all of them
_THREADS = 8


def verify(
    url: str,
    *,
    config: Path | None,
    since: str | None,
    until: str | None,
    as_json: bool,
    environment: Mapping[str, str],
) -> int:
    """Verify a trail; gives 0 when all is proved, 1 for findings. Raises ConfigError for what was asked wrongly."""
    window = asked_window(since, until, now=datetime.now(UTC))
    source = _source(url, config, environment)
    set_up_logging(LogConfig(level="warning"))
    console = Console(stderr=True)
    with ThreadPoolExecutor(_THREADS, thread_name_prefix="verify") as pool, verifying_progress(console) as shown:
        verdicts = _verify(source, window, pool, shown)
    _print(verdicts, as_json=as_json, is_remote=source.is_remote)
    return 0 if verdicts and all(verdict.is_fine for verdict in verdicts) else 1


def _source(url: str, config: Path | None, environment: Mapping[str, str]) -> SourceConfig:
    try:
        loaded = load_config(find_config(config, environment), environment, is_sending=False)
    except ConfigError:
        if config is not None:
            raise
        loaded = None  # none is needed: what is not configured is read with the rights that boto3 finds
    try:
        if not url.startswith("s3://"):
            path = Path(url.removeprefix("file:"))
            if not path.is_dir():
                raise ValueError("no such folder")
            return SourceConfig(url=f"file:{path.absolute()}")
        return source_config(url, loaded.sources if loaded else ())
    except ValueError as fault:
        problem = Problem(where=url, what=str(fault), fix="a trail is s3://bucket[/prefix], file:path or a folder")
        raise ConfigError([problem]) from fault


def _verify(source: SourceConfig, window: Window, pool: ThreadPoolExecutor, shown: Shown) -> list[ShardVerdict]:
    digest_source = build_digest_source(source, clock=_now)
    run = Verification(
        source=build_source(source, clock=_now),
        digest_source=digest_source,
        examiner=build_examiner(digest_source, memory=None),
        locate=digest_source.locate,
        window=window,
        is_remote=source.is_remote,
        max_bytes=source.max_object_bytes,
        pool=pool,
        show=shown.looked,
    )
    shards = run.shards()
    shown.begin(len(shards))
    verdicts: list[ShardVerdict] = []
    for logs, digests in shards:
        verdicts.append(run.verify(logs, digests))
        shown.done()
    return verdicts


def _now() -> datetime:
    return datetime.now(UTC)


def _print(verdicts: list[ShardVerdict], *, as_json: bool, is_remote: bool) -> None:
    if not is_remote:
        print_line(
            "In a folder signatures cannot be verified: they are metadata of S3, which a copy loses. Hashes and the "
            "chain by its hashes were; whoever can write to the folder can make those.",
            is_error=True,
        )
    if not verdicts:
        print_line("There is no trail here. `trailwarden check` suggests what may be meant.", is_error=True)
    if as_json:
        print_json([verdict.as_json() for verdict in verdicts])
        return
    print_rows(COLUMNS, [verdict.row for verdict in verdicts], as_json=False)
    for verdict in verdicts:
        if verdict.refusal:
            print_line(f"{verdict.account} {verdict.region}: {verdict.refusal}", is_error=True)
    findings = [finding for verdict in verdicts for finding in verdict.findings]
    for finding in findings[:_NAMED]:
        print_line(_line(finding), is_error=True)
    if len(findings) > _NAMED:
        print_line(f"{len(findings)} findings in all; --format json names each", is_error=True)


def _line(finding: Finding) -> str:
    return f"{finding.kind.value} ({finding.reason}): {finding.url}"
