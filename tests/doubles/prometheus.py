"""Debian's Prometheus over loopback, scraping what a test starts; asked through its HTTP interface."""

from __future__ import annotations

import json
import re
import subprocess
import threading
import urllib.error
import urllib.parse
import urllib.request
from collections import deque
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from tests.doubles.real_parts import require

_LISTENING = re.compile(r'msg="Listening on" address=(\S+)')
_CONFIG = """\
global: {scrape_interval: 1s, evaluation_interval: 1s}
rule_files: %(rules)s
scrape_configs:
  - job_name: trailwarden
    static_configs: [{targets: ["127.0.0.1:%(port)d"]}]
"""


class Prometheus:
    """A running server; `address` is where it listens."""

    def __init__(self, *, address: str) -> None:
        self._address = address

    def query(self, expr: str) -> list[dict[str, Any]]:
        """The series an instant query gives. Raises AssertionError with Prometheus's words when it refuses."""
        found: list[dict[str, Any]] = self._get("query", query=expr)["result"]
        return found

    def value(self, expr: str) -> float:
        """The sum of what a query gives; 0 for nothing."""
        return sum(float(series["value"][1]) for series in self.query(expr))

    def rules(self) -> list[dict[str, Any]]:
        """The alert rules as loaded: name, query, health, lastError, state."""
        return [rule for group in self._get("rules")["groups"] for rule in group["rules"]]

    def _get(self, path: str, **parameters: str) -> Any:
        url = f"http://{self._address}/api/v1/{path}?{urllib.parse.urlencode(parameters)}"
        try:
            with urllib.request.urlopen(url, timeout=10) as answer:
                return json.load(answer)["data"]
        except urllib.error.HTTPError as refusal:
            with refusal:
                raise AssertionError(f"{parameters}: {refusal.read().decode()}") from refusal


@contextmanager
def scraping(port: int, *, folder: Path, rule_files: Sequence[Path] = ()) -> Iterator[Prometheus]:
    """A Prometheus that scrapes 127.0.0.1:`port` every second as job `trailwarden`; its files go to `folder`."""
    config = folder / "prometheus.yml"
    config.write_text(_CONFIG % {"rules": json.dumps([str(path) for path in rule_files]), "port": port})
    command = [
        require("prometheus"),
        f"--config.file={config}",
        f"--storage.tsdb.path={folder / 'tsdb'}",
        "--web.listen-address=127.0.0.1:0",
    ]
    with subprocess.Popen(command, stderr=subprocess.PIPE, text=True, cwd=folder) as process:
        # Its log is read on to the end, lest it stand still before a full pipe.
        rest = threading.Thread(target=deque, args=(process.stderr, 0), daemon=True)
        try:
            address = _read_address(process)
            rest.start()
            yield Prometheus(address=address)
        finally:
            process.terminate()
            process.wait(timeout=20)
            if rest.is_alive():
                rest.join(timeout=20)


def _read_address(process: subprocess.Popen[str]) -> str:
    """Wait for the log to say where it listens and that it is ready; the log ends when the process does."""
    address, lines = "", []
    assert process.stderr is not None
    for line in process.stderr:
        lines.append(line)
        address = found[1] if (found := _LISTENING.search(line)) else address
        if "Server is ready to receive web requests" in line:
            return address
    raise AssertionError("Prometheus ended before it was ready:\n" + "".join(lines))
