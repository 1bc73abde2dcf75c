"""What to say of a file besides counting it: how it ended and what its name promised in, a word on it out."""

from __future__ import annotations

from dataclasses import dataclass

from daemon.model import ObjectResult
from daemon.sources.inputs.found import NotRead, PassedOver, Promise, Readable
from daemon.sources.inputs.words import counted
from daemon.trail.faults import ReadFault
from daemon.trail.gzip_stream import MAGIC

_OTHER_JSON = {ReadFault.NO_RECORDS, ReadFault.DIGEST_FILE}
_NO_LOG = {*_OTHER_JSON, ReadFault.NOT_JSON}
_GZIP_NAMES = (".gz", ".gzip")


@dataclass(frozen=True, slots=True, kw_only=True)
class ReadInPart:
    """Something of which the good records were evaluated, and not all were."""

    url: str
    reason: str


Said = NotRead | ReadInPart | PassedOver


def judge(file: Readable, result: ObjectResult, *, data: bytes) -> Said | None:
    """Nothing, where all of it was evaluated; else that it is no log, or what of it could not be read, and why."""
    if result.reason is None:
        return None
    reason = _reason(file, result.reason, data)
    if result.events or result.rejects:
        rejects = f", {counted(result.rejects, 'record')} rejected" if result.rejects else ""
        return ReadInPart(url=file.url, reason=f"{reason}{rejects}")
    harmless = {Promise.EVENTS: (), Promise.JSON: _OTHER_JSON, Promise.PERHAPS: _NO_LOG}[file.promise]
    if reason in harmless or (not data and file.promise is not Promise.EVENTS):
        return PassedOver(url=file.url, reason=f"holds no CloudTrail events ({reason if data else 'empty'})")
    return NotRead(url=file.url, reason=reason if data else "empty")


def _reason(file: Readable, reason: str, data: bytes) -> str:
    """Only what begins like gzip or is named so can be broken gzip: the reader expects it of every log file."""
    is_gzip = data.startswith(MAGIC) or file.url.lower().endswith(_GZIP_NAMES)
    return ReadFault.NOT_JSON if reason == ReadFault.BAD_GZIP and not is_gzip else reason
