"""Which conditions a record's bytes rule out before anything of them is decoded: pieces of text in, numbers out. Pure.

The whole text of many records is searched once for all pieces of all conditions; most often there is none.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from typing import Any

import re2

from daemon.detect.fragments import NOT_PLAIN

_MOST_MEMORY = 32 << 20  # bytes; only what the texts call for is used, but with too little the search is slow


class Search:
    """Finds the conditions, by number, of which one of the pieces stands in a text."""

    def __init__(self, searched: Mapping[int, frozenset[str]]) -> None:
        self._every = tuple(searched)
        self._numbers: dict[bytes, list[int]] = defaultdict(list)
        for number, pieces in searched.items():
            for piece in pieces:
                self._numbers[piece.encode()].append(number)
        alternatives = b"|".join((NOT_PLAIN, *map(re2.escape, self._numbers)))
        self._any = re2.compile(b"(?i)" + alternatives, _options()).search
        self._not_plain = re2.compile(NOT_PLAIN, _options()).search

    def may_find(self, text: bytes) -> bool:
        """Whether any record in this text must be looked at by itself."""
        return self._any(text) is not None

    def conditions(self, record: bytes) -> Iterable[int]:
        """The numbers of the conditions that this record may fulfil: all, where its bytes are not plain."""
        if not self.may_find(record):
            return ()
        if self._not_plain(record):
            return self._every
        lowered = record.lower()
        return {number for piece, numbers in self._numbers.items() if piece in lowered for number in numbers}


def _options() -> Any:
    options = re2.Options()
    options.encoding = re2.Options.Encoding.LATIN1  # of bytes each is a letter
    options.log_errors = False
    options.max_mem = _MOST_MEMORY
    return options
