"""What the names of people's own files promise: a log of CloudTrail's, something that may be one, or nothing."""

from __future__ import annotations

import re

from daemon.sources.inputs.found import Promise
from daemon.trail.keys import LogKey, parse_key

_LOG = re.compile(r".*\.(json|jsonl|ndjson)(\.(gz|gzip))?", re.IGNORECASE | re.DOTALL)
_CLOUDTRAIL = re.compile(r"([0-9]{12})_([A-Za-z-]+)_([a-z0-9-]+)_(?:.*_)?([0-9]{4})([0-9]{2})([0-9]{2})T[0-9]+Z.*")

# Endings of what may well hold logs, packed in a way that is not read here.
PACKED = frozenset({
    *("7z", "bz2", "gpg", "lz4", "rar", "tar", "tar.gz", "tbz", "tgz", "txz", "xz", "z", "zip", "zst"),
})  # fmt: skip
# Endings of what is surely something else. Whatever is on neither list is opened: better looked into than missed.
NO_LOGS = frozenset({
    *("gif", "ico", "jpeg", "jpg", "mov", "mp3", "mp4", "png", "svg", "webp"),
    *("csv", "doc", "docx", "html", "md", "odt", "pdf", "ppt", "pptx", "rst", "rtf", "tsv", "xls", "xlsx"),
    *("c", "cfg", "conf", "css", "dll", "exe", "go", "h", "ini", "jar", "java", "js", "parquet", "py", "rs"),
    *("sh", "so", "sql", "tf", "tfvars", "toml", "ts", "whl", "xml", "yaml", "yml"),
})  # fmt: skip


def promise_of(name: str) -> Promise:
    """What the endings of a file that may be a log promise."""
    return Promise.JSON if _LOG.fullmatch(name) else Promise.PERHAPS


def ending_in(name: str, endings: frozenset[str]) -> str | None:
    """The ending, of one or two parts, that is among these; None where there is none."""
    parts = name.lower().split(".")
    candidates = (".".join(parts[-count:]) for count in (2, 1) if count < len(parts))
    return next((ending for ending in candidates if ending in endings), None)


def parse_path(path: str) -> LogKey | None:
    """What a path tells of the file when its name is CloudTrail's own, also unpacked or moved to another folder."""
    folder, _, name = path.rpartition("/")
    packed = name if name.endswith(".gz") else f"{name}.gz"
    parsed = parse_key(f"{folder}/{packed}")
    if not isinstance(parsed, LogKey) and (found := _CLOUDTRAIL.match(name)):
        account, kind, region, *date = found.groups()
        parsed = parse_key("/".join(["AWSLogs", account, kind, region, *date, packed]))
    return parsed if isinstance(parsed, LogKey) else None
