"""`trailwarden sources`: every shard of a state that a daemon has made, worst first, beside that daemon."""

from __future__ import annotations

import json
from datetime import timedelta
from pathlib import Path

import pytest

from daemon.commands.sources import list_sources
from daemon.config import load_config
from daemon.model import ObjectState
from daemon.ports import ToldSilence, Whose
from daemon.record.store import Access, Store, open_store
from daemon.sources.build import build_source, source_name
from tests.doubles.trail import NOON, shard_of
from tests.integration.record.test_activity import come, wait

CONFIG = """
sources: [{{url: "s3://bucket" {more}}}]
state: {{url: "sqlite:///state.db"}}
destinations: [{{name: terminal, type: console}}]
"""
Rows = list[dict[str, object]]


def listed(
    folder: Path, capsys: pytest.CaptureFixture[str], *, more: str = "", later: timedelta = timedelta(0)
) -> Rows:
    """What a program is told."""
    (folder / "config.yaml").write_text(CONFIG.format(more=more))
    config = load_config(folder / "config.yaml", {})
    with open_store(config.state.url, now=NOON, access=Access.READ) as looking:
        assert list_sources(looking, config, now=NOON + later, as_json=True) == 0
    rows: Rows = json.loads(capsys.readouterr().out)
    return rows


@pytest.fixture
def store(tmp_path: Path) -> Store:
    """A state with shards of every standing, as a daemon would leave it, still open."""
    store = open_store(f"sqlite:///{tmp_path}/state.db", now=NOON)
    come(store, 1, 300)
    come(store, 2, shard=shard_of("222222222222"), state=ObjectState.QUARANTINED)
    come(store, *range(9, 400), shard=shard_of("333333333333"))
    come(store, *range(1, 400), shard=shard_of("444444444444"))
    wait(store, 1, shard=shard_of("555555555555"))
    wait(store, shard=shard_of("666666666666"))
    wait(store, shard=shard_of("777777777777"))
    store.ledger.pause_shard(
        "s3://bucket", shard_of("777777777777").path, until=NOON + timedelta(hours=1), reason="kms_denied"
    )
    told = ToldSilence(since=NOON - timedelta(hours=9), told_at=NOON)
    silent, missing = shard_of("333333333333"), Whose(account="888888888888")
    whose = Whose(account=silent.account, path=silent.path)
    store.activity.note_silences("s3://bucket", {whose: told, missing: told})
    return store


def test_what_needs_attention_comes_first(store: Store, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    rows = listed(tmp_path, capsys)
    store.close()

    assert [(row["account"], row["status"]) for row in rows] == [
        ("333333333333", "silent since 2026-03-01T03:00:00Z"),
        ("888888888888", "never appeared, missed since 2026-03-01T03:00:00Z"),
        ("777777777777", "paused"),
        ("222222222222", "has files set aside"),
        ("555555555555", "files wait"),
        ("111122223333", "learning"),
        ("666666666666", "unheard"),
        ("444444444444", "active"),
    ]
    assert rows[2]["paused"] == "kms_denied until 2026-03-01T13:00:00Z"
    assert rows[-1] == {
        "account": "444444444444",
        "region": "eu-west-1",
        "kind": "CloudTrail",
        "status": "active",
        "newest_event": "2026-03-01T10:57:00Z",
        "newest_file": "2026-03-01T11:00:00Z",
        "listed_at": "2026-03-01T12:00:00Z",
        "swept_at": "2026-03-01T12:00:00Z",
        "pending": 0,
        "quarantined": 0,
        "paused": None,
        "source": "s3://bucket",
    }


def test_shards_that_the_configuration_excludes_come_last(
    store: Store, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    rows = listed(tmp_path, capsys, more=', accounts: ["444444444444"]')
    store.close()
    assert rows[1]["account"] == "444444444444"
    assert {row["status"] for row in rows[2:]} == {"not configured"}


def test_with_silence_off_nothing_is_called_silent(
    store: Store, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    rows = listed(tmp_path, capsys, more=", silence: off")
    store.close()
    assert not any("silent" in str(row["status"]) for row in rows)


def test_shards_that_were_not_listed_lately_say_so(
    store: Store, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    rows = listed(tmp_path, capsys, later=timedelta(hours=2))
    store.close()
    assert {row["status"] for row in rows[2:]} == {"not listed lately"}


@pytest.mark.parametrize("url", ["s3://bucket", "s3://bucket/some/prefix/AWSLogs/", "file:bucket", "file:/"])
def test_a_source_is_called_in_the_list_as_in_the_state(url: str, tmp_path: Path) -> None:
    path = tmp_path / "config.yaml"
    path.write_text(f'sources: [{{url: "{url}"}}]\ndestinations: [{{name: terminal, type: console}}]\n')
    (config,) = load_config(path, {}).sources
    assert source_name(config) == build_source(config, clock=lambda: NOON).name
