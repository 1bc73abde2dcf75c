"""All files in force in; the rules and correlations that come of them, knowing each other, and every fault out. Pure.

A fault belongs to the file that refers to something, never to the one that is referred to.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence, Set
from dataclasses import dataclass, field, replace
from datetime import datetime

from daemon.detect.bases import base_faults, bases_of, problem_at
from daemon.detect.chains import MAX_CHAIN, circle_through, heights
from daemon.detect.correlations import Unlinked
from daemon.detect.directory import Absent, Directory, Found, head_of
from daemon.detect.feeds import feed
from daemon.detect.filtering import Aimed, aim, apply_filters
from daemon.detect.load import LoadedFile
from daemon.detect.logsource import PassedOver, PassReason
from daemon.detect.refused import Refused
from daemon.errors import Problem
from daemon.model import Correlation, Rule


@dataclass(frozen=True, slots=True, kw_only=True)
class Linked:
    """What is in force of files, the disabled left out. With any faults it is only these that count.

    `faults` are by the path of the file. `referred` are the ids that some correlation is about.
    """

    rules: tuple[Rule, ...] = ()
    correlations: tuple[Correlation, ...] = ()
    filters: tuple[Aimed, ...] = ()
    referred: frozenset[str] = frozenset()
    faults: Mapping[str, tuple[Problem, ...]] = field(default_factory=dict)
    warnings: tuple[Problem, ...] = ()
    passed_over: tuple[PassedOver, ...] = ()


def link(
    files: Sequence[LoadedFile],
    *,
    now: datetime,
    broken: Sequence[LoadedFile] = (),
    disabled: Set[str] = frozenset(),
) -> Linked:
    """Join the files; `broken` are those that are not in force as they stand, `disabled` ids that are switched off."""
    directory = Directory(files, broken=broken, disabled=disabled)
    every = [unlinked for file in files for unlinked in file.correlations]
    resolved = {unlinked.correlation.id: _resolve(unlinked, directory) for unlinked in every}
    passed = _other_logs(every, resolved)
    enabled = [each for each in every if each.correlation.id not in disabled | passed.keys()]
    filters = [each for file in files for each in file.filters if each.id not in disabled]
    aimed = tuple(aim(each, directory) for each in filters if not each.is_expired(now))
    problems = [
        *(problem for each in enabled for problem in _faults(each, resolved, passed, directory)),
        *_chain_faults(enabled, resolved),
        *(problem for each in aimed for problem in each.problems),
        *(problem for each in filters for problem in each.doubts(now)),
    ]
    warnings = tuple(problem for problem in problems if problem.is_warning)
    linked = Linked(filters=aimed, warnings=warnings, passed_over=tuple(passed.values()))
    faults = _by_path(problem for problem in problems if not problem.is_warning)
    if faults:
        return replace(linked, faults=faults)
    rules = [rule for file in files for rule in file.rules if rule.id not in disabled]
    return _joined(linked, rules, every, enabled, resolved, directory)


def _by_path(faults: Iterable[Problem]) -> dict[str, tuple[Problem, ...]]:
    by_path: defaultdict[str, list[Problem]] = defaultdict(list)
    for fault in faults:
        by_path[fault.where.rpartition(":")[0]].append(fault)
    return {path: tuple(found) for path, found in by_path.items()}


Resolved = Mapping[str, Sequence[Found | Refused]]  # a correlation -> whom its references mean


def _resolve(unlinked: Unlinked, directory: Directory) -> tuple[Found | Refused, ...]:
    found: list[Found | Refused] = []
    for reference in unlinked.references:
        try:
            found.append(directory.find(reference.text, path=unlinked.correlation.path))
        except Refused as fault:
            found.append(fault)
    return tuple(found)


def _other_logs(every: Sequence[Unlinked], resolved: Resolved) -> dict[str, PassedOver]:
    """The correlations that are not for us, since none of their rules is; by id."""
    passed: dict[str, PassedOver] = {}

    def is_passed(found: Found | Refused) -> bool:
        if isinstance(found, Unlinked):
            return found.correlation.id in passed
        return isinstance(found, PassedOver) and found.reason is PassReason.OTHER_LOGS

    is_news = True
    while is_news:
        news = [
            each
            for each in every
            if each.correlation.id not in passed and all(map(is_passed, resolved[each.correlation.id]))
        ]
        passed |= {each.correlation.id: _passed(each) for each in news}
        is_news = bool(news)
    return passed


def _passed(unlinked: Unlinked) -> PassedOver:
    head = unlinked.correlation
    return PassedOver(
        id=head.id,
        name=head.name,
        title=head.title,
        path=head.path,
        line=unlinked.line,
        reason=PassReason.OTHER_LOGS,
        text="is about rules for other logs",
    )


def _faults(
    unlinked: Unlinked, resolved: Resolved, passed: Mapping[str, PassedOver], directory: Directory
) -> Iterator[Problem]:
    """What keeps one correlation from being linked, apart from others that lead back to it."""
    found = resolved[unlinked.correlation.id]
    targets = [each for each in found if isinstance(each, Rule | Unlinked)]
    for reference, each in zip(unlinked.references, found, strict=True):
        aside = passed.get(each.correlation.id) if isinstance(each, Unlinked) else each
        match aside:
            case Refused():
                yield problem_at(unlinked, reference, aside)
            case Absent(what=what, fix=fix):
                yield problem_at(unlinked, reference, Refused(what, fix))
            case PassedOver(text=text):
                what = f"'{reference.text}' is passed over ({text})"
                yield problem_at(unlinked, reference, Refused(what, "name rules that are in force"))
    if len(targets) == len(found):
        yield from base_faults(unlinked, targets, directory)


def _chain_faults(enabled: Sequence[Unlinked], resolved: Resolved) -> Iterator[Problem]:
    graph = {each.correlation.id: _lower(resolved[each.correlation.id]) for each in enabled}
    names = {each.correlation.id: each.correlation.name or each.correlation.id for each in enabled}
    height = heights({upper: [lower for lower in lowers if lower in graph] for upper, lowers in graph.items()})
    for each in enabled:
        upper = each.correlation.id
        where = f"{each.correlation.path}:{each.line}"
        circle = circle_through(upper, graph) if upper not in height else ()
        if circle:
            what = f"the correlation leads back to itself: {' → '.join(names.get(step, step) for step in circle)}"
            yield Problem(where=where, what=what, fix="take one of these references out")
        elif height.get(upper, 0) > MAX_CHAIN:
            what = f"more than {MAX_CHAIN} correlations are built on one another"
            yield Problem(where=where, what=what, fix="let some of them be about rules themselves")


def _lower(found: Iterable[Found | Refused]) -> list[str]:
    return [each.correlation.id for each in found if isinstance(each, Unlinked)]


def _joined(
    linked: Linked,
    rules: Sequence[Rule],
    every: Sequence[Unlinked],
    enabled: Sequence[Unlinked],
    resolved: Resolved,
    directory: Directory,
) -> Linked:
    """What there is without faults, made one. A base stays silent also while its correlation is disabled."""
    based = []
    for each in enabled:
        targets = [found for found in resolved[each.correlation.id] if isinstance(found, Rule | Unlinked)]
        based.append(replace(each.correlation, bases=bases_of(each, targets, directory)))
    silent = _silent(every, resolved)
    fed = feed(apply_filters(rules, linked.filters), based, silent=silent)
    return replace(linked, rules=fed.rules, correlations=fed.correlations, referred=fed.referred)


def _silent(every: Sequence[Unlinked], resolved: Resolved) -> frozenset[str]:
    """Those that some correlation is about, and none that lets them speak by themselves."""
    spoken: defaultdict[str, bool] = defaultdict(bool)
    for each in every:
        for found in resolved[each.correlation.id]:
            if isinstance(found, Rule | Unlinked):
                spoken[head_of(found).id] |= each.correlation.generate
    return frozenset(rule_id for rule_id, is_heard in spoken.items() if not is_heard)
