"""What the configuration changes about rules that are not yours to edit: levels, modes, grouping, words, or off."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from fnmatch import fnmatchcase
from typing import TypeVar

from daemon.config import OverrideConfig, RulesConfig
from daemon.detect.known_fields import is_known_field
from daemon.detect.load import LoadedFile
from daemon.errors import Problem
from daemon.model import Correlation, Rule, RuleHead
from daemon.trail.template import check_template

Head = TypeVar("Head", Rule, Correlation)


def tune(file: LoadedFile, overrides: Sequence[OverrideConfig]) -> LoadedFile:
    """A file's rules and correlations with every override that is for them applied, later ones winning."""
    if not overrides:
        return file
    return replace(
        file,
        rules=tuple(override(rule, overrides) for rule in file.rules),
        correlations=tuple(
            replace(each, correlation=override(each.correlation, overrides)) for each in file.correlations
        ),
    )


def override(head: Head, overrides: Sequence[OverrideConfig]) -> Head:
    """A rule or correlation with every override that is for it applied."""
    for change in overrides:
        if not is_for(change, head):
            continue
        group_by = head.options.group_by if change.group_by is None else change.group_by
        options = replace(
            head.options,
            mode=change.mode or head.options.mode,
            group_by=head.options.group_by if isinstance(head, Correlation) else group_by,
            summary=change.summary or head.options.summary,
            runbook=change.runbook or head.options.runbook,
        )
        head = replace(head, level=change.level or head.level, options=options)
    return head


def is_for(change: OverrideConfig, rule: RuleHead) -> bool:
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


def check_rules_config(config: RulesConfig, files: Sequence[LoadedFile]) -> Iterator[Problem]:
    """What in the configuration leads nowhere: ids that no rule has, overrides that are for none, bad templates."""
    rules = [head for file in files for head in _heads(file)]
    known = {rule.id for rule in rules} | {each.id for file in files for each in file.filters}
    for number, rule_id in enumerate(config.disable):
        if rule_id.lower() not in known:
            yield _doubt(f"rules.disable[{number}]", f"no rule has the id '{rule_id}'", "check it, or take it out")
    for number, change in enumerate(config.overrides):
        where = f"rules.overrides[{number}]"
        if not any(is_for(change, rule) for rule in rules):
            wanted = next(iter(change.match.model_dump(exclude_none=True).items()))
            yield _doubt(f"{where}.match", f"no rule has the {wanted[0]} '{wanted[1]}'", "check it, or take it out")
        if change.group_by is not None:
            yield from _of_correlations_alone(where, [rule for rule in rules if is_for(change, rule)])
        for fault in check_template(change.summary or ""):
            yield _doubt(f"{where}.summary", fault, "")
        for field in change.group_by or ():
            if not is_known_field(field):
                yield _doubt(f"{where}.group_by", f"'{field}' is no field of a CloudTrail record", "")


def _heads(file: LoadedFile) -> Iterator[RuleHead]:
    yield from file.rules
    yield from (each.correlation for each in file.correlations)


def _of_correlations_alone(where: str, heads: Sequence[RuleHead]) -> Iterator[Problem]:
    if heads and all(isinstance(head, Correlation) for head in heads):
        what = "a correlation's alerts go by its own group-by, and this is not applied"
        yield _doubt(f"{where}.group_by", what, "take it out, or change group-by in a copy of the correlation")


def _doubt(where: str, what: str, fix: str) -> Problem:
    return Problem(where=where, what=what, fix=fix, is_warning=True)
