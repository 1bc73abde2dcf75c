from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from daemon.commands.sink import check_output, write_file
from daemon.errors import ConfigError


def test_a_file_is_replaced_whole_and_keeps_its_permissions(tmp_path: Path) -> None:
    path = tmp_path / "found.json"
    path.write_bytes(b"old")
    path.chmod(0o600)
    write_file([b"a", b"b"], path)
    assert path.read_bytes() == b"ab"
    assert path.stat().st_mode & 0o777 == 0o600


def test_a_fault_halfway_leaves_the_old_file_and_nothing_besides(tmp_path: Path) -> None:
    path = tmp_path / "found.json"
    path.write_bytes(b"old")

    def broken() -> Iterator[bytes]:
        yield b"new"
        raise RuntimeError("halfway")

    with pytest.raises(RuntimeError):
        write_file(broken(), path)
    assert [(each.name, each.read_bytes()) for each in tmp_path.iterdir()] == [("found.json", b"old")]


@pytest.mark.parametrize("name", ["", "missing/found.json"])
def test_a_place_that_cannot_be_written_is_told_before_the_reading(tmp_path: Path, name: str) -> None:
    with pytest.raises(ConfigError, match="--output"):
        check_output(tmp_path / name)


def test_a_long_name_can_be_written(tmp_path: Path) -> None:
    write_file([b"new"], tmp_path / ("n" * 250))
    assert [path.read_bytes() for path in tmp_path.iterdir()] == [b"new"]


def test_a_link_stays_a_link_to_the_file_that_is_written(tmp_path: Path) -> None:
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "found.json").symlink_to("elsewhere/found.json")
    write_file([b"new"], tmp_path / "found.json")
    assert (tmp_path / "found.json").is_symlink()
    assert (tmp_path / "elsewhere" / "found.json").read_bytes() == b"new"


def test_a_pipe_or_device_is_written_to_and_not_replaced(tmp_path: Path) -> None:
    path = tmp_path / "pipe"
    os.mkfifo(path)
    reading = os.open(path, os.O_RDONLY | os.O_NONBLOCK)
    try:
        check_output(path)
        write_file([b"a", b"b"], path)
        assert os.read(reading, 10) == b"ab"
    finally:
        os.close(reading)
    assert path.is_fifo()
