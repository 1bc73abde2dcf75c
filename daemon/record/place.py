"""The place of a SQLite file: its folder made, network file systems refused, one daemon at a time.

A path enters; a held lock leaves, or a StoreError that says what to do. Apart, because it is all about files.
"""

from __future__ import annotations

import fcntl
import os
import re
import socket
from pathlib import Path

from daemon.errors import StoreError, StoreLocked

_NETWORK_TYPES = frozenset(
    (
        *("nfs", "nfs3", "nfs4", "cifs", "smb3", "smbfs", "efs", "afs", "ncpfs", "ceph", "glusterfs", "lustre"),
        *("beegfs", "gpfs", "ocfs2", "gfs2", "davfs", "fuse.sshfs", "fuse.s3fs", "fuse.goofys", "fuse.gcsfuse"),
        *("fuse.blobfuse", "fuse.blobfuse2", "fuse.rclone", "fuse.glusterfs", "fuse.ceph", "fuse.davfs2"),
        *("fuse.mountpoint-s3", "fuse.mount-s3", "fuse.juicefs"),
    )
)
MOUNTS = Path("/proc/mounts")


class InstanceLock:
    """Held from construction to `release`; the system lets go of it when the process dies, however it dies."""

    def __init__(self, database: Path) -> None:
        """Raises StoreLocked when another daemon holds it, StoreError when the lock file cannot be written."""
        self.path = database.with_name(database.name + ".lock")
        try:
            self._fd = os.open(self.path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW, 0o660)
        except OSError as exc:
            raise StoreError(
                f"{self.path}: {exc.strerror}; give this user write permission to {database.parent}"
            ) from exc
        self._take(database)

    def release(self) -> None:
        """Let go. The file stays: deleting it would let two daemons lock two files of one name."""
        if self._fd >= 0:
            os.close(self._fd)
            self._fd = -1

    def _take(self, database: Path) -> None:
        try:
            fcntl.flock(self._fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as exc:
            holder = os.read(self._fd, 200).decode("utf-8", "replace").strip() or "another process"
            self.release()
            raise StoreLocked(f"{database}: in use by {holder} (lock {self.path}); stop that daemon first") from exc
        os.ftruncate(self._fd, 0)
        os.pwrite(self._fd, f"process {os.getpid()} on {socket.gethostname()}\n".encode(), 0)


def refuse_folder(database: Path) -> None:
    """Raise StoreError when a folder stands where the file should."""
    if os.path.isdir(database):  # which answers also where this user may not look
        raise StoreError(f"{database}: is a folder; name a file in state.url")


def make_folder(database: Path) -> None:
    """Create the folder that holds the file. Raises StoreError."""
    try:
        database.parent.mkdir(parents=True, exist_ok=True)
    except OSError as exc:
        raise StoreError(
            f"{database.parent}: cannot be created: {exc.strerror}; name another place in state.url"
        ) from exc


def refuse_network_files(database: Path, *, mounts: Path = MOUNTS) -> None:
    """Raise StoreError when the file would lie on a network file system, whose locks SQLite cannot trust."""
    kind = file_system(database.parent, mounts=mounts)
    if kind in _NETWORK_TYPES:
        raise StoreError(
            f"{database}: lies on a network file system ({kind}), where SQLite loses data;"
            " use a local disk or a block volume (EBS), not EFS or NFS"
        )


def file_system(folder: Path, *, mounts: Path = MOUNTS) -> str | None:
    """The type of the file system a folder lies on; None where the system does not tell."""
    try:
        lines = mounts.read_text(encoding="utf-8", errors="surrogateescape").splitlines()
    except OSError:
        return None
    best, kind = -1, None
    real = Path(os.path.realpath(folder))
    for fields in (line.split(" ") for line in lines):
        if len(fields) < 3:
            continue
        point = Path(re.sub(r"\\([0-7]{3})", lambda octal: chr(int(octal[1], 8)), fields[1]))
        if len(point.parts) >= best and real.is_relative_to(point):  # of two mounts on one point the later holds
            best, kind = len(point.parts), fields[2]
    return kind
