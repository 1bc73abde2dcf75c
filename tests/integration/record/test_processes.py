from __future__ import annotations

import subprocess
import sys
import threading
from collections.abc import Callable
from pathlib import Path

from daemon.model import ObjectState, Sent
from daemon.record.store import Store, open_store
from tests.doubles.state_values import NOON, SOURCE, listing, log_object, match, plan, result
from tests.doubles.state_writers import EVENTS, GROUPS

ROOT = Path(__file__).parents[3]


def start(*arguments: str) -> subprocess.Popen[str]:
    command = [sys.executable, "-m", "tests.doubles.state_writers", *arguments]
    return subprocess.Popen(command, cwd=ROOT, text=True, stdout=subprocess.PIPE, stderr=subprocess.PIPE)


def finish(process: subprocess.Popen[str]) -> str:
    out, err = process.communicate(timeout=120)
    assert process.returncode == 0, err
    return out


def test_two_processes_with_copies_of_the_same_events_open_one_alert_a_group(store: Store, state_url: str) -> None:
    store.ledger.open_source(SOURCE, start_at=None, now=NOON)
    for process in [start("write", state_url, name) for name in ("one", "two")]:
        finish(process)
    assert len(store.list_objects(states=[ObjectState.DONE], limit=999)) == 2 * EVENTS
    alerts = store.list_alerts(now=NOON)
    assert len(alerts) == GROUPS
    assert sum(alert.count for alert in alerts) == EVENTS
    assert len(list(store.iter_matches())) == EVENTS
    assert len(store.list_deliveries()) == 2 * GROUPS


def test_a_process_killed_at_any_statement_leaves_all_or_nothing(tmp_path: Path) -> None:
    survived = int(finish(start("kill", str(tmp_path))))
    assert survived > 10
    for path in sorted(tmp_path.glob("*.db")):
        with open_store(f"sqlite:///{path}", now=NOON) as store:
            is_whole = path.stem == f"{survived:03d}"
            pending = store.ledger.pending(SOURCE, now=NOON, limit=9)
            told = store.list_deliveries(limit=999)
            alerts = store.list_alerts(now=NOON, limit=99)
            counted = (len(pending), len(alerts), sum(alert.count for alert in alerts), len(told))
            # 25 groups of two events; for each of two destinations 20 opens with details, 5 held and their summary
            assert counted == ((0, 25, 50, 92) if is_whole else (2, 0, 0, 0)), path.name


def test_threads_share_a_store(store: Store) -> None:
    """The pipeline records while the outbox settles; neither loses, blocks or doubles anything."""
    store.ledger.open_source(SOURCE, start_at=None, now=NOON)
    faults: list[BaseException] = []

    def record(name: str) -> None:
        for number in range(40):
            obj = log_object(f"{name}{number}")
            store.ledger.record_listing(SOURCE, listing(obj), is_sweep=False, now=NOON)
            found = match(f"{name}{number}", group=f"{number % 10}")
            store.recorder.complete([result(found, obj=obj)], plans=[plan()], ruleset_digest="", now=NOON)

    def send() -> None:
        for _ in range(200):
            for parcel in store.outbox.due("security", now=NOON, limit=5):
                store.outbox.settle(parcel.delivery, Sent(remote_ref="C1/1.0"), now=NOON, due_at=None)

    def attempt(work: Callable[..., None], *arguments: str) -> None:
        try:
            work(*arguments)
        except BaseException as exc:
            faults.append(exc)

    threads = [threading.Thread(target=attempt, args=args) for args in [(record, "a"), (record, "b"), (send,)]]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    send()
    assert faults == []
    assert sum(alert.count for alert in store.list_alerts(now=NOON)) == 80
    assert {delivery.state.value for delivery in store.list_deliveries()} == {"sent"}
