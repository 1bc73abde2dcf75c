from __future__ import annotations

import gc

from daemon.ops.collector import relax_collector


def test_the_collector_looks_less_often_than_python_would_and_still_does() -> None:
    young, *older = gc.get_threshold()
    try:
        relax_collector()
        assert gc.get_threshold()[0] > 700
        assert gc.get_threshold()[1:] == tuple(older)
        assert gc.isenabled()
    finally:
        gc.set_threshold(young, *older)
