from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from daemon.commands.replay.sink import check_output, write_file
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
