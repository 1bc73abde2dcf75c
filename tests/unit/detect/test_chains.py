from __future__ import annotations

from daemon.detect.chains import circle_through, heights


def test_the_shortest_circle_is_named_from_where_one_stands() -> None:
    graph = {"a": ["b"], "b": ["c", "a"], "c": ["a"], "d": ["a"]}
    assert circle_through("a", graph) == ("a", "b", "a")
    assert circle_through("c", graph) == ("c", "a", "b", "c")


def test_what_only_leads_to_a_circle_goes_in_none() -> None:
    assert circle_through("d", {"a": ["b"], "b": ["a"], "d": ["a"]}) == ()
    assert circle_through("a", {"a": ["rule"]}) == ()


def test_a_correlation_about_itself_is_a_circle() -> None:
    assert circle_through("a", {"a": ["a"]}) == ("a", "a")


def test_the_height_is_that_of_the_highest_below_and_one() -> None:
    assert heights({"a": ["b", "c"], "b": ["c"], "c": []}) == {"a": 3, "b": 2, "c": 1}


def test_circles_have_no_height_and_neither_has_what_stands_on_them() -> None:
    assert heights({"a": ["b"], "b": ["a"], "c": ["a"], "d": []}) == {"d": 1}
