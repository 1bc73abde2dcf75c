"""The Dockerfile built for real, and the image's program run as closed as Kubernetes and Fargate run it.

One test, since what it looks at takes a minute to build and is a gigabyte while it is there.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.e2e.harness import wait_until
from tests.integration.deploy.container import Container, fresh_volume
from tests.integration.deploy.image import Image, built


@pytest.mark.timeout(900)  # the first run on a machine makes the base, which takes a minute by itself
def test_the_image_shows_the_demonstration_closed_keeps_state_and_stops_when_asked(tmp_path: Path) -> None:
    with built() as image:
        _assert_no_tools_are_left(image)
        _assert_any_user_may_run_it(image, data=fresh_volume(image, tmp_path / "any"))
        _assert_it_runs_until_told_to_stop(image, data=fresh_volume(image, tmp_path / "own"))


def _assert_no_tools_are_left(image: Image) -> None:
    for name in ("tools", "src", "wheel"):
        assert not (image.root / name).exists()
    packages = {path.name for path in image.root.glob("opt/trailwarden/lib/python3*/site-packages/*")}
    assert {"daemon", "sigma"} <= packages
    assert not packages & {"pip", "setuptools", "wheel", "hatchling"}
    assert not [path for path in image.root.glob("usr/bin/*") if path.name in {"gcc", "cc", "make", "git"}]


def _assert_any_user_may_run_it(image: Image, *, data: Path) -> None:
    code, printed = Container(image, ["run", "--once"], data=data, uid=12345, gid=54321).finish()
    assert code == 0, printed
    assert "DeleteGroup" in printed, printed
    assert (data / "trailwarden.db").stat().st_uid == 12345
    code, printed = Container(image, ["run", "--once"], data=data, uid=12345, gid=54321).finish()
    assert code == 0, printed
    assert "DeleteGroup" not in printed, "the second run read the trail again: the state was not kept"


def _assert_it_runs_until_told_to_stop(image: Image, *, data: Path) -> None:
    uid, gid = map(int, image.config["User"].split(":"))
    assert uid != 0
    container = Container(image, image.config["Cmd"], data=data, uid=uid, gid=gid)
    try:
        wait_until(container.is_well, "the image's own health check")
        assert container.terminate() == 0
    finally:
        container.process.kill()
        container.process.communicate()
