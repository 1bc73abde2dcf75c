from __future__ import annotations

from daemon.windows import Span, bursts_of, reconcile


def test_windows_that_overlap_are_one_burst() -> None:
    assert bursts_of([0, 10, 20, 31], reach=10) == [Span(0, 20), Span(31, 31)]


def test_a_burst_that_grows_stays_the_same_one() -> None:
    now = reconcile([Span(0, 5)], [Span(0, 5)], [12], reach=10)
    assert now.spans == ((Span(0, 12), (0,)),)
    assert now.gone == ()


def test_bursts_that_are_joined_go_into_one() -> None:
    now = reconcile([Span(0, 5), Span(25, 30)], [Span(0, 5), Span(25, 30)], [15], reach=10)
    assert now.spans == ((Span(0, 30), (0, 1)),)


def test_a_burst_that_falls_apart_lives_on_in_its_first_part() -> None:
    now = reconcile([Span(0, 30)], [], [0, 30], reach=10)
    assert now.spans == ((Span(0, 0), (0,)), (Span(30, 30), ()))


def test_a_burst_of_which_nothing_is_left_is_gone() -> None:
    now = reconcile([Span(0, 5), Span(50, 60)], [Span(0, 5)], [], reach=10)
    assert (now.spans, now.gone) == (((Span(0, 5), (0,)),), (1,))
