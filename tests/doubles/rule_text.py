"""Writes rule files for tests: a sound rule around the detection, or the extra lines, that a test is about."""

from __future__ import annotations

import textwrap

RULE_ID = "11111111-2222-4333-8444-555555555555"
OTHER_ID = "22222222-3333-4444-8555-666666666666"
DETECTION = """
selection:
  eventName: DeleteGroup
condition: selection
"""


def rule_text(
    detection: str = DETECTION,
    *,
    rule_id: str = RULE_ID,
    title: str = "A group was deleted",
    level: str = "high",
    more: str = "",
    logs: str = "{product: aws, service: cloudtrail}",
) -> bytes:
    """A rule file. `detection` and `more` are YAML as it would stand at the left margin; detection begins on line 6."""
    head = f"title: {title}\nid: {rule_id}\nlevel: {level}\nlogsource: {logs}\n"
    body = textwrap.indent(textwrap.dedent(detection).strip("\n"), "  ")
    return f"{head}detection:\n{body}\n{textwrap.dedent(more)}".encode()
