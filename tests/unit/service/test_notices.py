"""How notices are counted: by reasons that are few, and each at 0 before its first notice."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

from daemon.model import Pause
from daemon.notify.standing import Standing, pause_notice, standing_after
from daemon.service.daemon import Daemon
from daemon.service.notices import REASONS
from daemon.service.queues.telling import TITLES
from tests.doubles.daemons import NOON, make_place

DAEMON = Path(__file__).parents[3] / "daemon"


def counted(daemon: Daemon) -> dict[str, float]:
    text = daemon.shared.metrics.render().decode()
    found = re.findall(r'^trailwarden_notices_total\{reason="([^"]+)"\} (\S+)$', text, re.MULTILINE)
    return {reason: float(count) for reason, count in found}


def reasons_given() -> Iterator[tuple[str, ast.expr]]:
    """Where the code makes a notice, and what it gives as its reason."""
    for path in DAEMON.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "Notice":
                (reason,) = (keyword.value for keyword in node.keywords if keyword.arg == "reason")
                yield f"{path.name}:{node.lineno}", reason


def test_every_reason_starts_at_zero(tmp_path: Path) -> None:
    with make_place(tmp_path).daemon() as daemon:
        assert counted(daemon) == {**dict.fromkeys(REASONS, 0.0), "state_new": 1.0}


def test_every_reason_that_the_code_gives_is_one_of_them() -> None:
    given = dict(reasons_given())
    words = {where: reason.value for where, reason in given.items() if isinstance(reason, ast.Constant)}
    of_the_environment = {where for where, reason in given.items() if ast.unparse(reason).endswith("reason.value")}

    assert {where: word for where, word in words.items() if word not in REASONS} == {}
    assert given.keys() - words.keys() == of_the_environment  # nothing that is put together
    assert len(words) > 8
    assert {reason.value for reason in TITLES} <= set(REASONS)


def test_the_pauses_of_all_destinations_are_one_reason_and_yet_each_is_told(tmp_path: Path) -> None:
    place, refused = make_place(tmp_path), Pause(reason="not_in_channel", hint="invite the app")
    paused = standing_after(Standing(), refused, now=NOON, jitter=0.0)
    with place.daemon() as daemon:
        for name in ("security", "audit"):
            notice = pause_notice(name, Standing(), paused)
            assert notice
            daemon.shared.notices.tell(notice)

        told = {alert.title for alert in daemon.shared.store.list_alerts(now=place.clock(), with_notices=True)}
        assert counted(daemon)["destination_paused"] == 2.0
        assert counted(daemon).keys() == set(REASONS)
    assert {f"Destination {name} is paused: not_in_channel" for name in ("security", "audit")} <= told
