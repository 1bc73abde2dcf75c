"""`replay`, a backtest: inputs are walked and evaluated, matches go into a throw-away store and come out in order."""

from daemon.commands.replay.command import replay

__all__ = ["replay"]
