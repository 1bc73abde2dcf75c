"""The rules of a backtest: those of `--rules`, else those of the configuration."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from daemon.config import Config, RulesConfig
from daemon.detect.folders import refuse_missing
from daemon.detect.reload import Reload
from daemon.detect.rulebook import RuleBook
from daemon.errors import ConfigError, Problem


def load_rules(paths: Sequence[str], config: Config | None, *, now: datetime) -> Reload:
    """Load them; a broken file does not take the others with it. Raises ConfigError when there is nothing to run."""
    refuse_missing(paths, option="--rules")
    section = config.rules if config else RulesConfig()
    if paths:
        section = section.model_copy(update={"paths": RulesConfig.model_validate({"paths": list(paths)}).paths})
    loaded = RuleBook(section).reload(now=now)
    if not loaded.rules:
        nothing = Problem(where=", ".join(paths or section.paths), what="no rule to run", fix="builtin:core is a pack")
        raise ConfigError([*loaded.problems, nothing])
    return loaded
