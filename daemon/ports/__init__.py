"""The seams between the layers: what the pipeline and service ask of sources, store and destinations."""

from __future__ import annotations

from daemon.ports.activity import Activity, Heard, ToldSilence, Whose
from daemon.ports.ledger import Arrival, Entered, Ledger, LedgerRow, ShardState, WorkMarks
from daemon.ports.recording import Notifier, Outbox, Parcel, Recorded, Recorder
from daemon.ports.sources import DigestSource, Discovery, KeyMemory, Listing, Passed, Source
from daemon.ports.state import Clock, Leases, RuleMemory, StoredRuleFile, ToldRules

__all__ = [
    "Activity",
    "Arrival",
    "Clock",
    "DigestSource",
    "Discovery",
    "Entered",
    "Heard",
    "KeyMemory",
    "Leases",
    "Ledger",
    "LedgerRow",
    "Listing",
    "Notifier",
    "Outbox",
    "Parcel",
    "Passed",
    "Recorded",
    "Recorder",
    "RuleMemory",
    "ShardState",
    "Source",
    "StoredRuleFile",
    "ToldRules",
    "ToldSilence",
    "Whose",
    "WorkMarks",
]
