"""The rules of one correlation, and the fields of each by whose values its groups are told apart; every fault. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from daemon.detect.aliases import Alias
from daemon.detect.correlations import Unlinked
from daemon.detect.directory import Directory, head_of
from daemon.detect.known_fields import DERIVED_FIELDS, MAX_PARTS, RECORD_FIELDS, is_known_field
from daemon.detect.references import Name
from daemon.detect.refused import Refused, did_you_mean
from daemon.errors import Problem
from daemon.model import Base, Rule

Target = Rule | Unlinked


def base_faults(upper: Unlinked, targets: Sequence[Target], directory: Directory) -> Iterator[Problem]:
    """What keeps these rules from being its bases."""
    yield from _doubled(upper, targets)
    yield from _strange_aliases(upper, targets, directory)
    for reference, target in zip(upper.references, targets, strict=True):
        for name in (*upper.group_by, *upper.fields):
            try:
                _check_field(_field(upper, name, target, directory), reference, target)
            except Refused as fault:
                yield problem_at(upper, name, fault)


def bases_of(upper: Unlinked, targets: Sequence[Target], directory: Directory) -> tuple[Base, ...]:
    """Its bases, which have no faults."""
    return tuple(
        Base(
            rule_id=head_of(target).id,
            reference=reference.text,
            keys=tuple(_field(upper, name, target, directory) for name in upper.group_by),
            is_correlation=isinstance(target, Unlinked),
        )
        for reference, target in zip(upper.references, targets, strict=True)
    )


def problem_at(upper: Unlinked, name: Name, fault: Refused) -> Problem:
    """The fault, where the name stands."""
    return Problem(where=f"{upper.correlation.path}:{name.line}", what=fault.what, fix=fault.fix)


def _doubled(upper: Unlinked, targets: Sequence[Target]) -> Iterator[Problem]:
    """One rule that is named twice, by its name and by its id."""
    seen: dict[str, str] = {}
    for reference, target in zip(upper.references, targets, strict=True):
        rule_id = head_of(target).id
        if rule_id in seen:
            fault = Refused(f"'{reference.text}' is the same rule as '{seen[rule_id]}'", "name it once")
            yield problem_at(upper, reference, fault)
        seen[rule_id] = reference.text


def _strange_aliases(upper: Unlinked, targets: Sequence[Target], directory: Directory) -> Iterator[Problem]:
    ids = {head_of(target).id for target in targets}
    for alias, mapping in upper.aliases.items():
        for name, _ in mapping.fields:
            if _id_of(name, upper, directory) not in ids:
                known = [reference.text for reference in upper.references]
                what = f"the alias '{alias}' is for '{name.text}', which is not among the rules of the correlation"
                yield problem_at(upper, name, Refused(what, did_you_mean(name.text, known)))


def _field(upper: Unlinked, name: Name, target: Target, directory: Directory) -> str:
    """Which field of the events of this rule a name stands for. Raises Refused."""
    alias = upper.aliases.get(name.text)
    return name.text if alias is None else _aliased(upper, name, alias, target, directory)


def _aliased(upper: Unlinked, name: Name, alias: Alias, target: Target, directory: Directory) -> str:
    wanted = head_of(target)
    for rule, path in alias.fields:
        if _id_of(rule, upper, directory) == wanted.id:
            return path
    what = f"the alias '{name.text}' gives no field of '{wanted.name or wanted.id}'"
    raise Refused(what, f"add one under aliases, {name.text}")


def _id_of(name: Name, upper: Unlinked, directory: Directory) -> str:
    try:
        found = directory.find(name.text, path=upper.correlation.path)
    except Refused:
        return ""
    return head_of(found).id if isinstance(found, Rule | Unlinked) else ""


def _check_field(path: str, reference: Name, target: Target) -> None:
    """Raises Refused for what the events of a rule, or the alerts of a correlation, do not hold."""
    if isinstance(target, Unlinked):
        if path not in target.correlation.group_by:
            what = f"the alerts of '{reference.text}' have no '{path}': of a correlation only its groups are known"
            raise Refused(what, f"add {path} to the group-by of '{reference.text}'")
    elif path.count(".") >= MAX_PARTS:
        raise Refused(f"'{path[:40]}…' has more than {MAX_PARTS} parts", "name a field higher up")
    elif not is_known_field(path):
        hint = did_you_mean(path.split(".")[0], RECORD_FIELDS | DERIVED_FIELDS)
        raise Refused(f"'{path}' is no field of a CloudTrail record", hint or "names are case-sensitive")
