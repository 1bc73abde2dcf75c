"""The URLs of a command line as walks: where each lies, and with which rights of the configuration it is read."""

from __future__ import annotations

import re
from collections.abc import Callable, Generator, Sequence
from contextlib import closing
from dataclasses import dataclass
from itertools import takewhile
from pathlib import Path

from pydantic import ValidationError

from daemon.config import SourceConfig
from daemon.errors import ConfigError, Problem
from daemon.ports import Source
from daemon.sources.build import split_bucket, split_key
from daemon.sources.inputs.ahead import read_ahead
from daemon.sources.inputs.found import Found, in_url_order
from daemon.sources.inputs.local import LocalWalk
from daemon.sources.inputs.trail import TrailWalk
from daemon.sources.inputs.window import Window
from daemon.trail.keys import ROOT

MAX_BYTES = 2**30  # of a local file; a bucket's bound is its source's max_object_bytes
_RIGHTS = ("role_arn", "external_id", "region", "endpoint_url", "requester_pays", "max_object_bytes")
_SCHEME = re.compile(r"[a-z][a-z0-9+.-]+://")
_FIX = "an input is s3://bucket[/prefix], file:path or a path"


@dataclass(frozen=True, slots=True, kw_only=True)
class Inputs:
    """Checked inputs; nothing is read before `walk`. `max_bytes` bounds what a file may inflate to."""

    local: tuple[LocalWalk, ...]
    trails: tuple[TrailWalk, ...]
    max_bytes: int

    def walk(self) -> Generator[Found, None, None]:
        """Everything they hold, in the order of the URLs. Close it when done."""
        merged = in_url_order([*map(iter, self.local), *map(iter, self.trails)])
        if not self.trails:
            yield from merged
            return
        with closing(read_ahead(merged)) as stream:
            yield from stream


def open_inputs(
    urls: Sequence[str],
    *,
    configured: Sequence[SourceConfig],
    open_source: Callable[[SourceConfig], Source],
    window: Window,
) -> Inputs:
    """Raises ConfigError that names every URL that is none, and every path that does not exist."""
    local: list[LocalWalk] = []
    trails: list[TrailWalk] = []
    problems: list[Problem] = []
    bounds = [MAX_BYTES]
    for url in urls:
        try:
            if url.startswith("s3://"):
                config = source_config(url, configured)
                bounds.append(config.max_object_bytes)
                trails.append(
                    TrailWalk(source=open_source(config), url=url, key_prefix=_key_prefix(url), window=window)
                )
            else:
                local.append(LocalWalk(path=_existing(url), window=window, max_bytes=MAX_BYTES))
        except ValueError as fault:
            problems.append(Problem(where=url, what=str(fault), fix=_FIX))
    if problems:
        raise ConfigError(problems)
    return Inputs(local=tuple(local), trails=tuple(trails), max_bytes=max(bounds))


def _existing(url: str) -> Path:
    if _SCHEME.match(url) and not url.startswith("file:///"):
        raise ValueError("not a kind of input that can be read")
    path = Path(url.removeprefix("file:").removeprefix("//") if url.startswith("file:") else url)
    if url in ("", "file:") or not (path.exists() or path.is_symlink()):
        raise ValueError("no such file or folder")
    return path


def source_config(url: str, configured: Sequence[SourceConfig]) -> SourceConfig:
    """A source of what the URL says, with the rights of the nearest one that is configured in the same bucket.

    Of a trail that is itself configured, just the accounts, regions and kinds are wanted that the daemon watches.
    """
    try:
        config = SourceConfig(url=url)
    except ValidationError as fault:
        raise ValueError(fault.errors(include_input=False)[0]["msg"].removeprefix("Value error, ")) from None
    bucket, prefix = split_bucket(config.url)
    near = {split_bucket(each.url): each for each in reversed(configured) if each.is_remote}
    if (bucket, prefix) in near:
        return near[bucket, prefix].model_copy(update={"url": config.url})
    prefixes = [other for where, other in reversed(near) if where == bucket]
    if not prefixes:
        return config
    nearest = near[bucket, max(prefixes, key=lambda other: _shared_folders(other, prefix))]
    return config.model_copy(update={right: getattr(nearest, right) for right in _RIGHTS})


def _shared_folders(one: str, other: str) -> int:
    pairs = zip(one.split("/"), other.split("/"), strict=False)
    return sum(1 for _ in takewhile(lambda pair: pair[0] == pair[1], pairs))


def _key_prefix(url: str) -> str:
    """Of a URL that leads below AWSLogs, the keys that are meant; of others all of the trail."""
    key = split_key(url)[1]
    return key if ROOT in key.split("/") else ""
