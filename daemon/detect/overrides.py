"""What the configuration changes about rules that are not yours to edit: levels, modes, grouping, words, or off."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from fnmatch import fnmatchcase

from daemon.config import OverrideConfig, RulesConfig
from daemon.detect.known_fields import is_known_field
from daemon.errors import Problem
from daemon.model import Rule
from daemon.trail.template import check_template


def override(rule: Rule, overrides: Sequence[OverrideConfig]) -> Rule:
    """The rule with every override that is for it applied, later ones winning."""
    for change in overrides:
        if not is_for(change, rule):
            continue
        options = replace(
            rule.options,
            mode=change.mode or rule.options.mode,
            group_by=rule.options.group_by if change.group_by is None else change.group_by,
            summary=change.summary or rule.options.summary,
            runbook=change.runbook or rule.options.runbook,
        )
        rule = replace(rule, level=change.level or rule.level, options=options)
    return rule


def is_for(change: OverrideConfig, rule: Rule) -> bool:
    """Whether an override's match names this rule: by its id, one of its tags, or its file."""
    match = change.match
    if match.id is not None:
        return match.id.lower() == rule.id
    if match.tag is not None:
        return match.tag.casefold() in map(str.casefold, rule.tags)
    return match.path is not None and _is_at(rule.path, match.path)


def _is_at(path: str, wanted: str) -> bool:
    """A file, a folder above it or a glob; a relative one may begin at any folder of the path."""
    wanted = wanted.removeprefix("./").rstrip("/")
    starts = [path, *(path[cut + 1 :] for cut, letter in enumerate(path) if letter in "/:")]
    return any(fnmatchcase(start, wanted) or fnmatchcase(start, f"{wanted}/*") for start in starts)


def check_rules_config(config: RulesConfig, rules: Sequence[Rule]) -> Iterator[Problem]:
    """What in the configuration leads nowhere: ids that no rule has, overrides that are for none, bad templates."""
    known = {rule.id for rule in rules}
    for number, rule_id in enumerate(config.disable):
        if rule_id.lower() not in known:
            yield _doubt(f"rules.disable[{number}]", f"no rule has the id '{rule_id}'", "check it, or take it out")
    for number, change in enumerate(config.overrides):
        where = f"rules.overrides[{number}]"
        if not any(is_for(change, rule) for rule in rules):
            wanted = next(iter(change.match.model_dump(exclude_none=True).items()))
            yield _doubt(f"{where}.match", f"no rule has the {wanted[0]} '{wanted[1]}'", "check it, or take it out")
        for fault in check_template(change.summary or ""):
            yield _doubt(f"{where}.summary", fault, "")
        for field in change.group_by or ():
            if not is_known_field(field):
                yield _doubt(f"{where}.group_by", f"'{field}' is no field of a CloudTrail record", "")


def _doubt(where: str, what: str, fix: str) -> Problem:
    return Problem(where=where, what=what, fix=fix, is_warning=True)
