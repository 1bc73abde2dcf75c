"""Runs a program of a built image as a cluster would: own mounts, processes and network, read-only root, no rights."""

from __future__ import annotations

import shutil
import signal
import subprocess
from collections.abc import Sequence
from pathlib import Path

from tests.doubles.real_parts import require
from tests.integration.deploy.image import Image

# $1 the image's files, $2 the folder for /data; the rest is the command inside.
_ENTER = """\
set -e
root=$1 data=$2
shift 2
ip link set lo up
mount --make-rprivate /
mount --bind "$root" "$root"
mount --bind "$data" "$root/data"
mount --rbind /dev "$root/dev"
mount -t proc proc "$root/proc"
mount -o remount,bind,ro "$root"
exec chroot "$root" "$@"
"""


class Container:
    """A program of the image under way as process 1, as user `uid` and group `gid`."""

    def __init__(self, image: Image, arguments: Sequence[str], *, data: Path, uid: int, gid: int) -> None:
        self._image = image
        outside = [require("unshare"), "--mount", "--pid", "--net", "--fork", "--kill-child", "sh", "-c", _ENTER, "sh"]
        closed = [f"--reuid={uid}", f"--regid={gid}", "--clear-groups", "--no-new-privs", "--bounding-set=-all"]
        command = [*image.config["Entrypoint"], *arguments]
        self.process = subprocess.Popen(
            [*outside, image.root, data, *self._environment(), "/usr/bin/setpriv", *closed, "--", *command],
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )

    def _environment(self) -> list[str]:
        where = f"--chdir={self._image.config['WorkingDir']}"
        return ["/usr/bin/env", "--ignore-environment", where, *self._image.environment]

    def is_well(self) -> bool:
        """What the image's own health check says, run beside the program."""
        assert self.process.poll() is None, self.process.communicate()[0]
        way, *check = self._image.config["Healthcheck"]["Test"]
        assert way == "CMD"
        first = self._first_process()
        if not first:
            return False  # not even begun
        inside = ["chroot", str(self._image.root), *self._environment(), *check]
        command = [require("nsenter"), "--net", f"--target={first}", *inside]
        return subprocess.run(command, capture_output=True, check=False).returncode == 0

    def terminate(self) -> int:
        """SIGTERM to process 1, as an engine's stop does; gives the exit code, within the 20 s that are promised."""
        subprocess.run(["kill", f"-{signal.SIGTERM}", self._first_process()], check=True)
        return self.process.wait(timeout=20)

    def finish(self) -> tuple[int, str]:
        """Wait for its own end; gives the exit code and what it printed."""
        printed, _ = self.process.communicate(timeout=60)
        return self.process.returncode, printed

    def _first_process(self) -> str:
        """Process 1 of the container by its number outside; empty before it is there."""
        children = Path(f"/proc/{self.process.pid}/task/{self.process.pid}/children").read_text(encoding="ascii")
        return children.partition(" ")[0]


def fresh_volume(image: Image, folder: Path) -> Path:
    """A folder for /data with the owner and mode that an engine copies from the image to a new volume."""
    there = image.root / "data"
    folder.mkdir()
    shutil.chown(folder, there.stat().st_uid, there.stat().st_gid)
    folder.chmod(there.stat().st_mode & 0o7777)
    return folder
