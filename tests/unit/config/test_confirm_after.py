"""How long an event of a queue may go without a log file: what may be written."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest

from daemon.config import load_config
from daemon.errors import ConfigError


def written(folder: Path, value: str) -> timedelta:
    path = folder / "config.yaml"
    path.write_text(
        f"sources: [{{url: 's3://bucket', confirm_after: {value}}}]\ndestinations: [{{name: t, type: console}}]\n"
    )
    (source,) = load_config(path, {}).sources
    return source.confirm_after


def test_it_is_the_time_that_is_written(tmp_path: Path) -> None:
    assert written(tmp_path, "2h") == timedelta(hours=2)


@pytest.mark.parametrize("value", ["5m", "15d"])
def test_less_than_log_files_take_and_more_than_matches_are_kept_is_refused(tmp_path: Path, value: str) -> None:
    with pytest.raises(ConfigError, match="wait for 30m to 14d"):
        written(tmp_path, value)
