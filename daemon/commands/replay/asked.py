"""What a backtest was asked for, checked; and the reading of it, whoever takes what is found."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from rich.console import Console

from daemon.commands.replay.evaluate import Evaluator
from daemon.commands.replay.inputs import Inputs
from daemon.commands.replay.output import Format
from daemon.commands.replay.progress import reading_progress
from daemon.commands.replay.run import Backtest, Tally
from daemon.commands.replay.told import Told
from daemon.detect.reload import Reload
from daemon.detect.ruleset import RuleSet
from daemon.model import ObjectResult
from daemon.sources.inputs.window import Window


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """The command line, checked: what to read with which rules, and where the matches go."""

    inputs: Inputs
    rules: Reload
    window: Window
    form: Format
    output: Path | None
    now: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """A reading under way: who hears of faults, and what it has come to."""

    asked: Asked
    console: Console
    told: Told
    tally: Tally

    def read(self, ruleset: RuleSet, record: Callable[[list[ObjectResult]], int]) -> None:
        """Evaluate all of it; `record` is given batches, and gives how many matches count."""
        with reading_progress(self.console) as show, closing(self.asked.inputs.walk()) as found:
            Backtest(
                evaluate=Evaluator(ruleset=ruleset, max_bytes=self.asked.inputs.max_bytes),
                record=record,
                window=self.asked.window,
                tell=self.told.hear,
                show=lambda now: show(now.objects, now.events, now.matches, now.bytes),
                tally=self.tally,
            ).read(found)

    @property
    def reaches_back_to(self) -> datetime:
        """When the history begins that was read."""
        oldest_at, since = self.tally.oldest_at or self.asked.now, self.asked.window.since
        return max(oldest_at, since) if since else oldest_at
