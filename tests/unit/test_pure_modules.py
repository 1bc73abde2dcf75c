"""The modules that may touch no clock and no machine are those of which every branch must be covered."""

from __future__ import annotations

import os
import re
import subprocess
import tomllib
from pathlib import Path

ROOT = Path(__file__).parents[2]


def covered_whole() -> set[str]:
    """What `make check` asks 100% of."""
    surroundings = {name: value for name, value in os.environ.items() if not name.startswith("MAKE")}
    command = ["make", "--dry-run", "--no-print-directory", "check"]
    told = subprocess.run(command, cwd=ROOT, env=surroundings, capture_output=True, text=True, check=True).stdout
    (include,) = re.findall(r"coverage report --fail-under=100 .*--include='(.*)'", told)
    return set(include.split(","))


def called_pure() -> set[str]:
    """What the import contract says it of: a package as all that is in it."""
    contracts = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["importlinter"]["contracts"]
    (modules,) = [each["source_modules"] for each in contracts if each["id"] == "pure"]
    paths = [module.replace(".", "/") for module in modules]
    return {f"{path}/*" if (ROOT / path).is_dir() else f"{path}.py" for path in paths}


def test_every_branch_of_every_pure_module_must_be_covered() -> None:
    assert covered_whole() == called_pure()


def test_every_module_that_is_named_is_there() -> None:
    assert [path for path in called_pure() if not list(ROOT.glob(path))] == []
