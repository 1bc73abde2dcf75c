"""What holds for all tests."""

from __future__ import annotations

import logging
import os
from collections.abc import Iterator

import pytest
import structlog
from hypothesis import HealthCheck, settings

# The machines that run this are shared and noisy: how long an example takes says nothing about the code.
# In CI the examples are the same each time: a failure there is about the change, and new ones are found by people.
settings.register_profile(
    "trailwarden", deadline=None, suppress_health_check=[HealthCheck.too_slow], derandomize="CI" in os.environ
)
settings.load_profile("trailwarden")


@pytest.fixture(autouse=True)
def _own_logging() -> Iterator[None]:
    """A command that a test calls in this process sets logging up for good: the next test begins without it."""
    root = logging.getLogger()
    before, level = list(root.handlers), root.level
    yield
    if structlog.is_configured():
        structlog.reset_defaults()
        root.handlers[:] = before
        root.setLevel(level)
