"""One cycle of the daemon in a process of its own: a configuration in; exit code, metrics, peak memory out as JSON."""

from __future__ import annotations

import json
import os
import resource
import sys
from pathlib import Path

from daemon.config import load_config
from daemon.ops.collector import relax_collector
from daemon.ops.logs import set_up_logging
from daemon.service.compose import compose
from daemon.service.life import run_cycle


def main() -> None:
    """Read and tell."""
    relax_collector()
    config = load_config(Path(sys.argv[1]), os.environ)
    set_up_logging(config.log)
    with compose(config) as daemon:
        code = run_cycle(daemon)
        metrics = daemon.shared.metrics.render().decode()
    peak_mb = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    sys.stdout.write(json.dumps({"code": code, "metrics": metrics, "peak_mb": peak_mb}) + "\n")


if __name__ == "__main__":
    main()
