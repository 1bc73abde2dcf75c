"""How many processors this process may use, by the machine, by its affinity, and by the quota of its container."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

_CGROUPS = Path("/sys/fs/cgroup")
_OWN_CGROUPS = Path("/proc/self/cgroup")


def usable_cpus(*, cgroups: Path = _CGROUPS, own: Path = _OWN_CGROUPS) -> int:
    """Whole processors, at least 1: of a quota of 1.5 the half is left for what else the daemon does."""
    may_use = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    return max(1, min([may_use, *map(int, _quotas(cgroups, own))]))


def _quotas(cgroups: Path, own: Path) -> Iterator[float]:
    """The quotas of the group that we are in and of all above it, in processors; cgroup v2, then v1."""
    for controllers, group in _groups(own):
        at = cgroups / ("cpu" if "cpu" in controllers else "") / group
        while at == cgroups or cgroups in at.parents:
            yield from _quota_at(at)
            at = at.parent
    for at in (cgroups, cgroups / "cpu"):  # inside a container its own group is often shown as the root
        yield from _quota_at(at)


def _groups(own: Path) -> Iterator[tuple[list[str], str]]:
    with suppress(OSError):
        for line in own.read_text().splitlines():
            _, controllers, group = line.split(":", 2)
            if controllers == "" or "cpu" in controllers.split(","):
                yield controllers.split(","), group.lstrip("/")


def _quota_at(at: Path) -> Iterator[float]:
    with suppress(OSError, ValueError):
        quota, period = (at / "cpu.max").read_text().split()
        yield int(quota) / int(period)  # "max" is no number
    with suppress(OSError, ValueError):
        quota, period = (at / "cpu.cfs_quota_us").read_text(), (at / "cpu.cfs_period_us").read_text()
        if int(quota) > 0:  # -1: none
            yield int(quota) / int(period)
