"""The one rule that is no file: a record that cannot be decoded is how somebody would hide."""

from __future__ import annotations

from daemon.condition import Or
from daemon.model import Level, Rule, RuleOptions

UNDECODABLE = Rule(
    id="3b0a1b0e-6f0e-4a4e-9a53-0c1d3f5e7a90",
    title="Undecodable record",
    level=Level.HIGH,
    status="stable",
    tags=("attack.defense_evasion", "attack.t1562.008"),
    description=(
        "A record of a CloudTrail log file could not be decoded, so no rule could look at it. CloudTrail itself does "
        "not write such records: somebody may be trying to hide a call, or a program rewrote the file. The file is "
        "quarantined; read it, and ask who can write to the bucket."
    ),
    false_positives=("A pipeline that copies or rewrites log files and damages them.",),
    references=(),
    condition=Or(items=()),  # it never matches by itself: the reader raises it
    options=RuleOptions(group_by=("recipientAccountId", "reason")),
    path="(built in)",
    digest="",
)
