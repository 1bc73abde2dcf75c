"""What can be wrong with a digest file by itself: each a bounded word, which rules and metrics see."""

from __future__ import annotations

from enum import StrEnum


class DigestFault(StrEnum):
    """Why a digest file is none that CloudTrail wrote to this place."""

    BAD_GZIP = "bad_gzip"
    TRAILING_BYTES = "trailing_bytes"
    TOO_LARGE = "too_large"
    NOT_JSON = "not_json"
    BAD_FIELD = "bad_field"
    OTHER_PLACE = "other_place"
    NO_SIGNATURE = "no_signature"
    BAD_SIGNATURE = "bad_signature"
    UNKNOWN_KEY = "unknown_key"
    UNREADABLE = "unreadable"


class BadDigest(Exception):
    """Not to be believed. `detail` says what, for people."""

    def __init__(self, fault: DigestFault, detail: str) -> None:
        super().__init__(f"{fault}: {detail}")
        self.fault = fault
        self.detail = detail
