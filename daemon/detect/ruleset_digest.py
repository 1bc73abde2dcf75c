"""A sum over everything in force that decides which events match and which alerts come of them."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from typing import Any

from daemon.detect.filtering import Aimed
from daemon.model import Correlation, Rule, RuleHead


def ruleset_digest(
    rules: Sequence[Rule],
    variables: Mapping[str, Sequence[str]],
    *,
    correlations: Sequence[Correlation] = (),
    filters: Sequence[Aimed] = (),
) -> str:
    """A sha256 that differs whenever the same events could give other matches or alerts."""
    content = {
        "variables": {name: list(values) for name, values in sorted(variables.items())},
        "rules": [[*head_parts(rule), *_feeds(rule)] for rule in sorted(rules, key=_id)],
        "correlations": [
            [*head_parts(each), *_feeds(each), [[base.rule_id, *base.keys] for base in each.bases]]
            for each in sorted(correlations, key=_id)
        ],
        "filters": [
            [aimed.filter.id, aimed.filter.digest, "any" if aimed.rule_ids is None else sorted(aimed.rule_ids)]
            for aimed in sorted(filters, key=lambda aimed: aimed.filter.id)
        ],
    }
    return hashlib.sha256(json.dumps(content, sort_keys=True).encode()).hexdigest()


def _id(head: RuleHead) -> str:
    return head.id


def head_parts(head: RuleHead) -> list[Any]:
    """What tells one version of a rule from another, as plain values.

    What the file says is in its digest; the options are here too, since overrides change them.
    """
    return [
        head.id,
        head.digest,
        str(head.level),
        str(head.options.mode),
        list(head.options.group_by),
        head.options.close_after.total_seconds(),
        head.options.summary,
        head.options.runbook,
        repr(head.options.first_seen),
        [[step.count, str(step.to)] for step in head.options.escalate],
    ]


def _feeds(head: Rule | Correlation) -> list[Any]:
    return [head.is_silent, [[feed.correlation.id, feed.base] for feed in head.feeds]]
