from __future__ import annotations

import json
from datetime import timedelta

import pytest

from daemon.commands.alerts import list_alerts, show_alert
from daemon.commands.deliveries import list_deliveries, retry_deliveries
from daemon.commands.objects import list_objects, retry_objects
from daemon.model import Dead, DeliveryState, Level, Match, Notice, ObjectState
from daemon.ports import LedgerRow
from daemon.record.store import Access, Settings, Store, open_store
from tests.doubles.state_values import EUROPE, NOON, SOURCE, listing, log_object, match, plan, result

ESCAPE = "\x1b[2J\x9b31m\u202e"


def quarantine(
    store: Store, *matches: Match, unique: str = "A", state: ObjectState = ObjectState.QUARANTINED
) -> LedgerRow:
    store.ledger.open_source(SOURCE, start_at=None, now=NOON)
    store.ledger.record_listing(SOURCE, listing(log_object(unique)), is_sweep=False, now=NOON)
    (row,) = (row for row in store.ledger.pending(SOURCE, now=NOON, limit=9) if row.object.unique == unique)
    done = result(*matches, row_id=row.row_id, obj=row.object, state=state, reason="not_gzip")
    store.recorder.complete([done], plans=[plan()], ruleset_digest="", now=NOON)
    return row


def alerts(store: Store, *, with_notices: bool = False, min_level: Level = Level.LOW, as_json: bool = True) -> int:
    return list_alerts(store, now=NOON, limit=9, with_notices=with_notices, min_level=min_level, as_json=as_json)


def test_alerts_are_listed_for_programs(store: Store, capsys: pytest.CaptureFixture[str]) -> None:
    quarantine(store, match())
    assert alerts(store) == 0
    (row,) = json.loads(capsys.readouterr().out)
    assert (row["opened_at"], row["level"], row["title"]) == ("2026-05-04T12:00:00Z", "high", "Title of rule-1")
    assert (row["who"], row["count"], row["late"]) == ("111122223333 alice", 1, False)


def test_alerts_are_listed_for_people_without_what_a_terminal_would_obey(
    store: Store, capsys: pytest.CaptureFixture[str]
) -> None:
    quarantine(store, match(group=f"eve{ESCAPE}"))
    assert alerts(store, as_json=False) == 0
    out = capsys.readouterr().out
    assert "eve" in out
    assert not set(ESCAPE) & set(out) - set("[2J31m")


def test_alerts_below_a_level_are_left_out(store: Store, capsys: pytest.CaptureFixture[str]) -> None:
    quarantine(store, match())
    alerts(store, min_level=Level.CRITICAL)
    assert json.loads(capsys.readouterr().out) == []


def test_notices_are_shown_with_their_flag(store: Store, capsys: pytest.CaptureFixture[str]) -> None:
    store.recorder.notify(Notice(reason="state_new", title="New state", text="x"), plans=[], now=NOON)
    alerts(store)
    alerts(store, with_notices=True)
    first, second = capsys.readouterr().out.split("\n", 1)
    assert json.loads(first) == []
    assert json.loads(second)[0]["title"] == "New state"


def test_one_alert_is_shown_whole(store: Store, capsys: pytest.CaptureFixture[str]) -> None:
    quarantine(store, match("a"), match("b", record={"userAgent": ESCAPE}))
    alert_id = store.list_alerts(now=NOON)[0].id
    assert show_alert(store, alert_id, now=NOON, as_json=False) == 0
    out = capsys.readouterr().out
    assert "Title of rule-1" in out
    assert "requestParameters.groupName: testgroup" in out
    assert "\x1b" not in out
    assert show_alert(store, alert_id, now=NOON, as_json=True) == 0
    shown = json.loads(capsys.readouterr().out)
    assert (shown["count"], shown["first_at"], shown["group"][1]) == (
        2,
        "2026-05-04T12:00:00Z",
        {"field": "derived.principal", "value": "alice"},
    )
    assert [sample["event_id"] for sample in shown["samples"]] == ["a", "b"]
    assert shown["samples"][1]["record"] == {"userAgent": ESCAPE}
    assert [delivery["kind"] for delivery in shown["deliveries"]] == ["open", "details"]


def test_an_alert_is_shown_by_a_beginning_of_its_id_that_no_other_has(
    state_url: str, capsys: pytest.CaptureFixture[str]
) -> None:
    ids = iter(["0abc1", "0abc2", "0ab_x"])
    with open_store(state_url, now=NOON, settings=Settings(make_id=lambda now: next(ids))) as store:
        for number in range(3):
            store.recorder.notify(Notice(reason=f"r{number}", title=f"Notice {number}", text=""), plans=[], now=NOON)
        assert show_alert(store, "0abc2", now=NOON, as_json=False) == 0
        assert "Notice 1" in capsys.readouterr().out
        assert show_alert(store, "0ab_", now=NOON, as_json=False) == 0
        assert "Notice 2" in capsys.readouterr().out
        assert show_alert(store, "0abc", now=NOON, as_json=False) == 1
        assert capsys.readouterr().err == "0abc: the ids of several alerts begin so: 0abc1, 0abc2\n"
        assert show_alert(store, " ", now=NOON, as_json=False) == 1


def test_an_unknown_alert_is_said_so(store: Store, capsys: pytest.CaptureFixture[str]) -> None:
    assert show_alert(store, "nope\x1b", now=NOON, as_json=True) == 1
    assert capsys.readouterr().err.startswith("nope: no alert of that id")


def test_objects_that_are_not_done_are_listed(store: Store, capsys: pytest.CaptureFixture[str]) -> None:
    quarantine(store)
    quarantine(store, unique="B", state=ObjectState.DONE)
    assert list_objects(store, states=[], limit=9, as_json=True) == 0
    (row,) = json.loads(capsys.readouterr().out)
    assert (row["state"], row["reason"], row["url"]) == ("quarantined", "not_gzip", log_object("A").url)
    list_objects(store, states=[ObjectState.DONE], limit=9, as_json=True)
    assert len(json.loads(capsys.readouterr().out)) == 1


def test_where_nothing_is_unfinished_the_way_to_the_rest_is_told(
    store: Store, capsys: pytest.CaptureFixture[str]
) -> None:
    list_objects(store, states=[], limit=9, as_json=False)
    assert capsys.readouterr().err == "`--state done` lists what is finished\n"
    list_objects(store, states=[ObjectState.DONE], limit=9, as_json=False)
    assert capsys.readouterr().err == ""


@pytest.mark.parametrize("name", ["key", "url", "name"])
def test_an_object_is_put_back_by_any_of_its_names(store: Store, name: str) -> None:
    row = quarantine(store)
    assert retry_objects(store, [getattr(row.object, name)], all_quarantined=False, now=NOON) == 0
    (again,) = store.ledger.pending(SOURCE, now=NOON, limit=9)
    assert (again.row_id, again.reason) == (row.row_id, None)


def test_all_of_the_quarantine_is_put_back(store: Store) -> None:
    quarantine(store, unique="A")
    quarantine(store, unique="B")
    quarantine(store, unique="C", state=ObjectState.GONE)
    assert retry_objects(store, [], all_quarantined=True, now=NOON) == 0
    assert len(store.ledger.pending(SOURCE, now=NOON, limit=9)) == 2


def test_a_file_that_is_gone_can_be_put_back_by_name(store: Store) -> None:
    row = quarantine(store, state=ObjectState.GONE)
    assert retry_objects(store, [row.object.key], all_quarantined=False, now=NOON) == 0
    assert len(store.ledger.pending(SOURCE, now=NOON, limit=9)) == 1


def test_putting_a_waiting_object_back_resumes_its_shard(store: Store) -> None:
    row = quarantine(store)
    store.ledger.pause_shard(SOURCE, EUROPE.path, until=NOON + timedelta(hours=1), reason="kms_denied")
    retry_objects(store, [row.object.key], all_quarantined=False, now=NOON)
    assert len(store.ledger.pending(SOURCE, now=NOON, limit=9)) == 1


def test_a_name_that_fits_nothing_is_said_so(store: Store, capsys: pytest.CaptureFixture[str]) -> None:
    done = quarantine(store, state=ObjectState.DONE)
    assert retry_objects(store, ["nope", done.object.key], all_quarantined=False, now=NOON) == 1
    assert len(capsys.readouterr().err.splitlines()) == 2


def test_putting_back_without_saying_what_is_a_wrong_use(store: Store) -> None:
    assert retry_objects(store, [], all_quarantined=False, now=NOON) == 2
    assert retry_deliveries(store, [], all_dead=False, now=NOON) == 2


def test_deliveries_are_listed_and_dead_ones_put_back(store: Store, capsys: pytest.CaptureFixture[str]) -> None:
    quarantine(store, match())
    (parcel,) = store.outbox.due("security", now=NOON, limit=9)
    store.outbox.settle(parcel.delivery, Dead(reason="invalid_blocks"), now=NOON, due_at=None)
    assert list_deliveries(store, state=DeliveryState.DEAD, limit=9, as_json=True) == 0
    rows = json.loads(capsys.readouterr().out)
    assert [(row["kind"], row["reason"]) for row in rows] == [("details", "parent_dead"), ("open", "invalid_blocks")]
    assert retry_deliveries(store, [rows[1]["id"]], all_dead=False, now=NOON) == 0
    assert store.list_deliveries(state=DeliveryState.DEAD) == []
    assert retry_deliveries(store, [rows[1]["id"]], all_dead=False, now=NOON) == 1
    assert retry_deliveries(store, [], all_dead=True, now=NOON) == 0


def test_objects_and_deliveries_can_be_put_back_beside_a_running_daemon(store: Store, state_url: str) -> None:
    row = quarantine(store, match())
    (parcel,) = store.outbox.due("security", now=NOON, limit=9)
    store.outbox.settle(parcel.delivery, Dead(reason="invalid_blocks"), now=NOON, due_at=None)
    with open_store(state_url, now=NOON, access=Access.SHARE) as beside:
        assert retry_objects(beside, [row.object.key], all_quarantined=False, now=NOON) == 0
        assert retry_deliveries(beside, [], all_dead=True, now=NOON) == 0
    assert len(store.ledger.pending(SOURCE, now=NOON, limit=9)) == 1
    assert len(store.outbox.due("security", now=NOON, limit=9)) == 1
