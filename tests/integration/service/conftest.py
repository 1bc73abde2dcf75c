"""What the tests of the whole daemon share."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.doubles.aws import moto_server
from tests.doubles.daemons import Place, make_place
from tests.doubles.queues import QueueSetting, make_setting


@pytest.fixture
def place(tmp_path: Path) -> Place:
    return make_place(tmp_path)


@pytest.fixture(scope="session")
def aws_url() -> Iterator[str]:
    with moto_server() as url:
        yield url


@pytest.fixture
def setting(tmp_path: Path, aws_url: str) -> QueueSetting:
    return make_setting(tmp_path, aws_url)
