"""`replay`, a backtest: inputs are walked and evaluated, matches go into a throw-away store and come out in order."""

from daemon.commands.replay.command import learn_history, replay

__all__ = ["learn_history", "replay"]
