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


CORRELATION_ID = "33333333-4444-4555-8666-777777777777"
FILTER_ID = "44444444-5555-4666-8777-888888888888"
CORRELATION = """
type: event_count
rules: group_deleted
group-by: [recipientAccountId]
timespan: 10m
condition: {gte: 5}
"""
FILTER = """
rules: any
selection:
  userIdentity.arn|contains: role/ci
condition: not selection
"""


def correlation_text(
    section: str = CORRELATION,
    *,
    rule_id: str = CORRELATION_ID,
    title: str = "Many groups were deleted",
    more: str = "",
) -> bytes:
    """A file with one correlation, whose section is written as at the left margin and begins on line 5."""
    body = textwrap.indent(textwrap.dedent(section).strip("\n"), "  ")
    head = f"title: {title}\nid: {rule_id}\nlevel: high\n"
    return f"{head}correlation:\n{body}\n{textwrap.dedent(more)}".encode()


def filter_text(
    section: str = FILTER,
    *,
    rule_id: str = FILTER_ID,
    title: str = "The pipeline may",
    more: str = "",
    logs: str = "{product: aws, service: cloudtrail}",
) -> bytes:
    """A file with one filter, whose section is written as at the left margin and begins on line 5."""
    body = textwrap.indent(textwrap.dedent(section).strip("\n"), "  ")
    head = f"title: {title}\nid: {rule_id}\nlogsource: {logs}\n"
    return f"{head}filter:\n{body}\n{textwrap.dedent(more)}".encode()
