"""The rules of a backtest: those of `--rules`, else those of the configuration."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from pathlib import Path

from daemon.config import Config, RulesConfig
from daemon.detect.folders import BUILTIN
from daemon.detect.reload import Reload
from daemon.detect.rulebook import RuleBook
from daemon.errors import ConfigError, Problem


def load_rules(paths: Sequence[str], config: Config | None, *, now: datetime) -> Reload:
    """Load them; a broken file does not take the others with it. Raises ConfigError when there is nothing to run."""
    missing = [path for path in paths if not path.startswith(BUILTIN) and not Path(path).exists()]
    if missing:
        raise ConfigError([Problem(where=f"--rules {path}", what="no such file or folder") for path in missing])
    section = config.rules if config else RulesConfig()
    if paths:
        section = section.model_copy(update={"paths": RulesConfig.model_validate({"paths": list(paths)}).paths})
    loaded = RuleBook(section).reload(now=now)
    if not loaded.rules:
        nothing = Problem(where=", ".join(paths or section.paths), what="no rule to run", fix="builtin:core is a pack")
        raise ConfigError([*loaded.problems, nothing])
    return loaded
