"""How many processes evaluate: a number, or one for each processor."""

from __future__ import annotations

import pytest
from pydantic import ValidationError

from daemon.config import Config

SOURCES = [{"url": "file:/trail"}]


@pytest.mark.parametrize(("written", "meant"), [(1, 1), ("2", 2), (128, 128), ("auto", "auto")])
def test_a_number_or_auto(written: object, meant: object) -> None:
    assert Config.model_validate({"sources": SOURCES, "workers": written}).workers == meant


def test_one_is_the_default() -> None:
    assert Config.model_validate({"sources": SOURCES}).workers == 1


@pytest.mark.parametrize("written", [0, -1, 129, "99999999999999", "two", "", None, True, 1.5, "\u0661", [2]])
def test_anything_else_is_refused(written: object) -> None:
    with pytest.raises(ValidationError, match="write 1 to 128 processes, or auto for one a processor"):
        Config.model_validate({"sources": SOURCES, "workers": written})
