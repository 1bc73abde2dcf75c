"""Rule ids over several files: each belongs to one rule, and the file that comes first keeps it."""

from __future__ import annotations

from daemon.detect.load import LoadedFile
from daemon.errors import Problem

Owners = dict[str, str]  # rule id to `file:line` of the rule that has it


def claim(loaded: LoadedFile, owners: Owners) -> LoadedFile:
    """Enter a file's ids in `owners`; where one is taken already, nothing is entered and the file is at fault."""
    taken = [rule_id for rule_id in loaded.lines if rule_id in owners]
    if not taken:
        owners.update({rule_id: f"{loaded.path}:{line}" for rule_id, line in loaded.lines.items()})
        return loaded
    problems = [
        Problem(
            where=f"{loaded.path}:{loaded.lines[rule_id]}",
            what=f"the id {rule_id} is already used by {owners[rule_id]}",
            fix="give this rule an id of its own; if it replaces the other, disable that one",
        )
        for rule_id in taken
    ]
    return loaded.refused(problems)
