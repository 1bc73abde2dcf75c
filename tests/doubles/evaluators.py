"""Log files that do harm to the process which evaluates them, told by their names. Run as a program: such a process."""

from __future__ import annotations

import os
import resource
import signal
import sys
import time
from pathlib import Path
from typing import Any

from daemon.model import LogObject
from daemon.service.evaluator import main
from tests.doubles.daemons import Standing

COMMAND = (sys.executable, "-m", "tests.doubles.evaluators")
GATE = "gate"  # in the folder of the bucket: while it is there, files named WAITS are not evaluated
KILLED = "killed"  # there: a line each time that a file named DIESONCE or KILLS has ended a process


class Harm(bytes):
    """Content that does what its name says once it is evaluated."""

    name: str
    folder: Path

    def __len__(self) -> int:
        if "KILLS" in self.name or ("DIESONCE" in self.name and not (self.folder / KILLED).exists()):
            with (self.folder / KILLED).open("a") as told:
                told.write("x")
            os.kill(os.getpid(), signal.SIGKILL)
        if "HOGS" in self.name:
            resource.setrlimit(resource.RLIMIT_AS, (1 << 30, 1 << 30))
            bytearray(1 << 31)
        if "HANGS" in self.name:
            time.sleep(600)
        while "WAITS" in self.name and (self.folder / GATE).exists():
            time.sleep(0.01)
        return super().__len__()


class Harming(Standing):
    """A folder whose log files do harm."""

    def __init__(self, config: Any, **options: Any) -> None:
        super().__init__(config, **options)
        self._folder = Path(config.url.removeprefix("file:"))

    def get(self, obj: LogObject) -> bytes:
        """The content, with its name."""
        harm = Harm(super().get(obj))
        harm.name, harm.folder = obj.name, self._folder
        return harm


if __name__ == "__main__":
    main(open_source=Harming)
