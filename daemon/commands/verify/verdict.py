"""What verifying one shard comes to."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field

from daemon.model import Finding

DIGESTS = ("verified", "unsigned", "forged", "missing")
FILES = ("proved", "changed", "deleted", "unread", "not_vouched")
COLUMNS = ("account", "region", "verdict", "digests", "forged", "files proved", "changed", "deleted", "not vouched")


@dataclass(slots=True, kw_only=True)
class ShardVerdict:
    """One account and region. `refusal`: what kept it from being read. `unread`: files that could not be read."""

    account: str
    region: str
    path: str
    digests: Counter[str] = field(default_factory=Counter)
    files: Counter[str] = field(default_factory=Counter)
    findings: list[Finding] = field(default_factory=list)
    refusal: str = ""
    has_logs: bool = False

    @property
    def word(self) -> str:
        """The verdict. Without digests nothing can be proved, which is no better than a finding."""
        if self.refusal or self.files["unread"]:
            return "could not be read"
        if self.findings:
            return "NOT PROVED"
        if not self.digests:
            return "no digests" if self.has_logs else "nothing there"
        return "hashes and chain only" if self.digests["unsigned"] else "proved"

    @property
    def is_fine(self) -> bool:
        """Whether all that can be proved of it is."""
        return self.word in ("proved", "hashes and chain only", "nothing there")

    @property
    def row(self) -> tuple[object, ...]:
        """By COLUMNS."""
        told = self.digests["verified"] + self.digests["unsigned"]
        counts = (self.files["proved"], self.files["changed"], self.files["deleted"], self.files["not_vouched"])
        return (self.account, self.region, self.word, told, self.digests["forged"], *counts)

    def as_json(self) -> Mapping[str, object]:
        """For programs."""
        return {
            "account": self.account,
            "region": self.region,
            "path": self.path,
            "verdict": self.word,
            "digests": {name: self.digests[name] for name in DIGESTS},
            "files": {name: self.files[name] for name in FILES},
            "refusal": self.refusal or None,
            "findings": [_finding(finding) for finding in self.findings],
        }


def _finding(finding: Finding) -> Mapping[str, object]:
    return {
        "kind": finding.kind.value,
        "reason": finding.reason,
        "url": finding.url,
        "digest": finding.digest_key or None,
        "expected": finding.expected or None,
        "found": finding.found or None,
        "since": finding.since,
        "until": finding.until,
    }
