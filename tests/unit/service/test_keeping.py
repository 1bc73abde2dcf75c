from __future__ import annotations

from daemon.errors import StoreError
from daemon.service.keeping import Keeper, listing_of

SOURCE = "s3://trail"


class Shelf:
    """Leases of which a test says who has them."""

    is_shared = True

    def __init__(self) -> None:
        self.of_others: set[str] = set()
        self.is_away = False
        self.renewed = 0

    def hold(self, name: str) -> bool:
        """Unless another has it."""
        return name not in self.of_others

    def renew(self) -> None:
        """Counted."""
        if self.is_away:
            raise StoreError("away")
        self.renewed += 1


class Scene:
    """A keeper, what it holds, and what it told."""

    def __init__(self, *, is_left: bool = False) -> None:
        self.shelf = Shelf()
        self.taken: list[str] = []
        self.keeper = Keeper(self.shelf, sources=[SOURCE], is_left=lambda source: is_left, on_taken=self.taken.append)


def test_what_was_held_from_the_start_is_no_news() -> None:
    scene = Scene()
    scene.keeper.keep()
    scene.keeper.keep()
    assert (scene.taken, scene.shelf.renewed) == ([], 2)


def test_a_listing_that_another_left_is_taken_over_once() -> None:
    scene = Scene()
    scene.shelf.of_others.add(listing_of(SOURCE))
    scene.keeper.keep()
    assert scene.taken == []
    scene.shelf.of_others.clear()
    scene.keeper.keep()
    scene.keeper.keep()
    assert scene.taken == [SOURCE]


def test_a_first_poll_that_was_left_to_another_is_made_up_for() -> None:
    """That other died between our first poll and the first time we asked."""
    scene = Scene(is_left=True)
    scene.keeper.keep()
    assert scene.taken == [SOURCE]


def test_a_store_that_is_away_ends_nothing() -> None:
    scene = Scene()
    scene.shelf.is_away = True
    scene.keeper.keep()
    scene.shelf.is_away = False
    scene.keeper.keep()
    assert scene.shelf.renewed == 1
