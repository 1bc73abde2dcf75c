"""What can be wrong with a log file's content: each a bounded word for metrics and quarantine."""

from __future__ import annotations

from enum import StrEnum


class ReadFault(StrEnum):
    """A fault of the object itself: fetching it again gives the same. Its good records are evaluated all the same."""

    TRUNCATED = "truncated"
    BAD_GZIP = "bad_gzip"
    TRAILING_BYTES = "trailing_bytes"
    TOO_LARGE = "too_large"
    NOT_JSON = "not_json"
    NO_RECORDS = "no_records"
    DUPLICATE_RECORDS = "duplicate_records"
    UNDECODABLE_RECORD = "undecodable_record"
    DIGEST_FILE = "digest_file"


class RejectReason(StrEnum):
    """Why one record cannot be decoded."""

    NOT_JSON = "not_json"
    NOT_AN_OBJECT = "not_an_object"
    TOO_DEEP = "too_deep"
    TOO_LARGE = "too_large"
