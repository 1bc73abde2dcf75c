"""Rule ids over several files: each belongs to one rule, and the file that comes first keeps it."""

from __future__ import annotations

from dataclasses import replace

from daemon.detect.load import LoadedFile
from daemon.errors import Problem

Owners = dict[str, str]  # rule id to `file:line` of the rule that has it


def claim(loaded: LoadedFile, owners: Owners) -> LoadedFile:
    """Enter a file's ids in `owners`; where one is taken already, nothing is entered and the file is at fault."""
    taken = [rule for rule in loaded.rules if rule.id in owners]
    if not taken:
        owners.update({rule.id: f"{loaded.path}:{loaded.lines[rule.id]}" for rule in loaded.rules})
        return loaded
    problems = tuple(
        Problem(
            where=f"{loaded.path}:{loaded.lines[rule.id]}",
            what=f"the id {rule.id} is already used by {owners[rule.id]}",
            fix="give this rule an id of its own; if it replaces the other, disable that one",
        )
        for rule in taken
    )
    return replace(loaded, rules=(), problems=(*loaded.problems, *problems))
