"""By what an event says who acted, and how far that can be relied on. Pure."""

from __future__ import annotations

from enum import Enum, StrEnum


class Confidence(StrEnum):
    """How sure it is that whoever is named did it."""

    CERTAIN = "certain"  # AWS itself has authenticated just this
    LIKELY = "likely"  # somebody whom AWS was told to trust says so
    CHOSEN = "chosen by the caller"
    UNKNOWN = "unknown"


class Evidence(Enum):
    """What a name stands on: how far to rely on it, and the same in words for somebody who was just woken."""

    ROOT = (Confidence.CERTAIN, "certain: the account's root user")
    USER = (Confidence.CERTAIN, "certain: an IAM user")
    IDENTITY_CENTER = (Confidence.CERTAIN, "certain: signed in by Identity Center")
    ROLE = (Confidence.CERTAIN, "certain: a role, and nobody behind it is named")
    SERVICE = (Confidence.CERTAIN, "certain: a service, no person")
    ACCOUNT = (Confidence.CERTAIN, "certain: another account, but not who in it")
    SOURCE_IDENTITY = (Confidence.LIKELY, "likely: source identity, set by whoever took the first role")
    LIKE_IDENTITY_CENTER = (Confidence.LIKELY, "likely: by its name a role of Identity Center")
    PROVIDER = (Confidence.LIKELY, "likely: named by an identity provider")
    DIRECTORY = (Confidence.LIKELY, "likely: named by a directory")
    SESSION_NAME = (Confidence.CHOSEN, "session name chosen by the caller")
    FEDERATED_NAME = (Confidence.CHOSEN, "name of the federated user chosen by the caller")
    TYPED = (Confidence.CHOSEN, "not proven: this name was only typed in")
    FOREIGN = (Confidence.CHOSEN, "named by another account, whoever that belongs to")
    NO_SUCH_USER = (Confidence.UNKNOWN, "unknown: no user has the name that was typed in")
    UNPROVEN = (Confidence.UNKNOWN, "unknown kind of identity: nothing proves this name")
    ANONYMOUS = (Confidence.UNKNOWN, "unknown: nobody signed in")
    NOTHING = (Confidence.UNKNOWN, "unknown: the event does not say who")

    def __init__(self, confidence: Confidence, words: str) -> None:
        self.confidence = confidence
        self.words = words
