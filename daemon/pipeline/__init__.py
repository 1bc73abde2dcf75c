"""One log file, from its bytes to a result that the store can record; the service and replay both go through here."""

from daemon.pipeline.bare import BareMatches, Found
from daemon.pipeline.caps import GROUPS_A_RULE, MATCHES_A_RULE
from daemon.pipeline.details import DETAILS_BYTES, LEFT_OUT, LOOKED_BYTES, RECORD_BYTES
from daemon.pipeline.event import parse_time
from daemon.pipeline.process import Processed, process, result_of

__all__ = [
    "DETAILS_BYTES",
    "GROUPS_A_RULE",
    "LEFT_OUT",
    "LOOKED_BYTES",
    "MATCHES_A_RULE",
    "RECORD_BYTES",
    "BareMatches",
    "Found",
    "Processed",
    "parse_time",
    "process",
    "result_of",
]
