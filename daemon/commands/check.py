"""`trailwarden check`: everything that could keep the daemon from its work, every fault at once.

Each part gives findings and never stops the next; a configuration with faults is looked at as far as it goes.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from pathlib import Path

from daemon.commands import checks, checks_around
from daemon.commands.checks import Found
from daemon.commands.tables import print_line
from daemon.config import Draft, draft_config, find_config
from daemon.errors import ConfigError

_OFFLINE = (checks.configuration, checks.rules, checks.state, checks_around.networks)
_ONLINE = (checks.sources, checks.organizations, checks_around.names, checks.queues, checks.destinations)


def check_all(config: Path | None, *, is_offline: bool, environment: Mapping[str, str]) -> int:
    """Print what was found; 2 when the configuration is a fault, else 1 when something is."""
    has_faults = _tell(checks.program())  # first, since it may be why nothing else works
    try:
        draft = draft_config(find_config(config, environment), environment)
    except ConfigError as fault:
        _tell(Found(text=str(problem), is_fault=True) for problem in fault.problems)
        return 2
    for part in _OFFLINE if is_offline else _OFFLINE + _ONLINE:
        has_faults |= _tell(_guarded(part, draft))
    return 2 if draft.problems else int(has_faults)


def _tell(findings: Iterable[Found]) -> bool:
    """Print them as they come; whether one is a fault."""
    has_faults = False
    for found in findings:
        mark = "FAULT" if found.is_fault else "doubt" if found.is_doubt else "ok   "
        print_line(f"{mark}  {found.text}")
        has_faults |= found.is_fault
    return has_faults


def _guarded(part: Callable[[Draft], Iterable[Found]], draft: Draft) -> Iterator[Found]:
    try:
        yield from part(draft)
    except Exception as fault:  # the top of a part: the next ones are looked at all the same
        yield Found(text=f"{part.__name__}: could not be checked ({fault!r})", is_fault=True)
