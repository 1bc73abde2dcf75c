"""The one rule that is no file: raised for what cannot be decoded, whatever the configuration says of it."""

from __future__ import annotations

import gzip
from pathlib import Path

from daemon.detect.undecodable import UNDECODABLE
from daemon.service.life import run_cycle
from tests.doubles.daemons import CONFIG, make_place

QUIETED = (
    "rules: {{paths: [rules], disable: [ID], overrides: [{{match: {{id: ID}}, level: low, mode: shadow}}]}}"
).replace("ID", UNDECODABLE.id)


def test_it_can_be_neither_disabled_nor_changed(tmp_path: Path) -> None:
    place = make_place(tmp_path)
    place.put_bytes(gzip.compress(b'{"Records":[{"eventName": \x01}]}'))
    with place.daemon(config=CONFIG.replace("rules: {{paths: [rules]}}", QUIETED)) as daemon:
        run_cycle(daemon)
    assert f" HIGH  {UNDECODABLE.title}" in place.terminal.getvalue()
