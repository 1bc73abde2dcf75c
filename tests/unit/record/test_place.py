from __future__ import annotations

from pathlib import Path

import pytest

from daemon.errors import StoreError
from daemon.record.place import file_system, refuse_network_files

MOUNTS = """\
/dev/root / ext4 rw 0 0
fs-1.efs.eu-west-1.amazonaws.com:/ {0}/efs nfs4 rw 0 0
//server/share {0}/with\\040space cifs rw 0 0
bucket {0}/s3 fuse.mountpoint-s3 rw 0 0
/dev/nvme1n1 {0}/efs/local xfs rw 0 0
nfs {0}/over nfs rw 0 0
tmpfs {0}/over tmpfs rw 0 0
broken
"""


@pytest.fixture
def mounts(tmp_path: Path) -> Path:
    for name in ("efs/deep/er", "efs/local", "with space", "s3", "over", "efsnot"):
        (tmp_path / name).mkdir(parents=True)
    table = tmp_path / "mounts"
    table.write_text(MOUNTS.format(tmp_path))
    return table


@pytest.mark.parametrize("folder", ["efs", "efs/deep/er", "with space", "s3"])
def test_a_network_file_system_is_refused(tmp_path: Path, mounts: Path, folder: str) -> None:
    with pytest.raises(StoreError, match="network file system"):
        refuse_network_files(tmp_path / folder / "state.db", mounts=mounts)


@pytest.mark.parametrize("folder", [".", "efs/local", "over", "efsnot"])
def test_a_local_file_system_is_taken(tmp_path: Path, mounts: Path, folder: str) -> None:
    refuse_network_files(tmp_path / folder / "state.db", mounts=mounts)


def test_a_link_into_a_network_file_system_is_seen_through(tmp_path: Path, mounts: Path) -> None:
    (tmp_path / "link").symlink_to(tmp_path / "efs", target_is_directory=True)
    assert file_system(tmp_path / "link", mounts=mounts) == "nfs4"


def test_a_system_without_a_mount_table_is_trusted(tmp_path: Path) -> None:
    assert file_system(tmp_path, mounts=tmp_path / "none") is None
    refuse_network_files(tmp_path / "state.db", mounts=tmp_path / "none")


def test_this_machine_tells_its_file_system(tmp_path: Path) -> None:
    assert file_system(tmp_path) not in (None, "nfs", "nfs4")
