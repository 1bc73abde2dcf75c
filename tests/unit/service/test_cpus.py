"""How many processors may be used: those of the machine, fewer where a container's quota says so."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from daemon.service.cpus import usable_cpus

MACHINE = len(os.sched_getaffinity(0))


def lay_out(folder: Path, own: str, files: dict[str, str]) -> dict[str, Path]:
    """A machine's control groups, and the line that says which is ours."""
    for name, content in files.items():
        path = folder / "cgroup" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(content)
    (folder / "own").write_text(own)
    return {"cgroups": folder / "cgroup", "own": folder / "own"}


@pytest.mark.parametrize(
    ("own", "files", "expected"),
    [
        ("0::/\n", {"cpu.max": "100000 100000\n"}, 1),
        ("0::/\n", {"cpu.max": "max 100000\n"}, MACHINE),
        ("0::/\n", {"cpu.max": "50000 100000\n"}, 1),
        ("0::/\n", {"cpu.max": "99900000 100000\n"}, MACHINE),
        ("0::/a.slice/b.service\n", {"a.slice/cpu.max": "150000 100000\n"}, 1),
        ("0::/a/b\n", {"a/b/cpu.max": "max 100000\n", "a/cpu.max": "100000 100000\n"}, 1),
        ("4:cpu,cpuacct:/pod\n", {"cpu/pod/cpu.cfs_quota_us": "100000\n", "cpu/pod/cpu.cfs_period_us": "100000\n"}, 1),
        ("4:cpu:/gone\n", {"cpu/cpu.cfs_quota_us": "-1\n", "cpu/cpu.cfs_period_us": "100000\n"}, MACHINE),
        ("0::/\n", {"cpu.max": "junk"}, MACHINE),
    ],
    ids=["one", "no quota", "half of one", "more than there are", "slice", "above", "v1", "v1 without", "junk"],
)
def test_the_quota_counts(own: str, files: dict[str, str], expected: int, tmp_path: Path) -> None:
    assert usable_cpus(**lay_out(tmp_path, own, files)) == expected


def test_a_machine_without_control_groups_has_all_its_processors(tmp_path: Path) -> None:
    assert usable_cpus(cgroups=tmp_path / "none", own=tmp_path / "none") == MACHINE
