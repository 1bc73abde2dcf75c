"""The daemon as it is, but that some log files do harm to whatever evaluates them (tests/doubles/evaluators.py).

`python -m tests.e2e.deadly FILE` runs one cycle.
"""

from __future__ import annotations

import sys
from pathlib import Path

from daemon.config import load_config
from daemon.ops.logs import set_up_logging
from daemon.service.compose import compose
from daemon.service.life import run_cycle
from daemon.service.makers import Makers
from tests.doubles.evaluators import COMMAND, Harming

if __name__ == "__main__":
    settings = load_config(Path(sys.argv[1]), {})
    set_up_logging(settings.log)
    with compose(settings, makers=Makers(source=Harming, evaluator_command=COMMAND)) as daemon:
        sys.exit(run_cycle(daemon))
