"""The sweep and the silence of a source: what may be written, and what is refused in which words."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest

from daemon.config import Config, load_config
from daemon.errors import ConfigError
from daemon.sources.build import policy_of

TEXT = 'sources: [{{url: "{url}", {more}}}]\ndestinations: [{{name: terminal, type: console}}]\n'


def loaded(folder: Path, more: str, *, url: str = "s3://bucket") -> Config:
    path = folder / "config.yaml"
    path.write_text(TEXT.format(url=url, more=more))
    return load_config(path, {})


def test_the_sweep_as_it_is_written_is_the_one_that_is_made(tmp_path: Path) -> None:
    (source,) = loaded(tmp_path, "sweep: {every: 1d, horizon: 60d}").sources
    policy = policy_of(source, keep_objects=timedelta(days=3))
    assert (policy.sweep_every, policy.horizon) == (timedelta(days=1), timedelta(days=60))


@pytest.mark.parametrize(
    ("more", "told"),
    [
        ("sweep: {every: 5m}", "1h to 7d"),
        ("sweep: {every: 8d}", "1h to 7d"),
        ("sweep: {horizon: 1h}", "1d to 400d"),
        ("sweep: {horizon: 500d}", "1d to 400d"),
        ("silence: {learn: 3d}", "1w to 7w"),
        ("silence: {learn: 8w}", "1w to 7w"),
        ("silence: {after: soon}", "duration"),
        ("silence: on", "silence"),
        ('silence: {accounts: ["12"]}', "accounts"),
    ],
)
def test_what_is_out_of_bounds_is_refused(more: str, told: str, tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=told):
        loaded(tmp_path, more)


@pytest.mark.parametrize(
    ("url", "more", "is_listened_to"),
    [
        ("s3://bucket", "", True),
        ("s3://bucket", "silence: off", False),
        ("s3://bucket", "silence: {after: off}", False),
        ("file:bucket", "", False),
        ("file:bucket", "silence: {after: auto}", True),
        ("file:bucket", "silence: off", False),
    ],
)
def test_a_folder_is_listened_to_only_if_that_is_written_down(
    url: str, more: str, is_listened_to: bool, tmp_path: Path
) -> None:
    assert loaded(tmp_path, more, url=url).sources[0].is_listened_to is is_listened_to
