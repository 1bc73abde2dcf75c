"""What a rule says about itself (title, id, level, tags …), read by pySigma and checked; every fault with its line.

A correlation and a filter say the same kind of things.
"""

from __future__ import annotations

import re
import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from sigma import exceptions
from sigma.rule import SigmaRule

from daemon.detect.refused import did_you_mean
from daemon.detect.yaml_lines import Document
from daemon.errors import Problem
from daemon.model import Level

STATUSES = ("stable", "test", "experimental", "deprecated", "unsupported")
TACTICS = frozenset(
    {
        "reconnaissance",
        "resource-development",
        "initial-access",
        "execution",
        "persistence",
        "privilege-escalation",
        "defense-evasion",
        "defense-impairment",
        "stealth",
        "credential-access",
        "discovery",
        "lateral-movement",
        "collection",
        "command-and-control",
        "exfiltration",
        "impact",
    }
)
_ATTACK_ID = re.compile(r"(t\d{4}(\.\d{3})?|[gsmc]\d{4}|ta\d{4}|ds\d{4})")
_IDS = uuid.UUID("6e1c7ac4-6f0f-4d0e-9f6b-0c7f0a3f9b52")  # names the ids that we propose
_KEYS: tuple[tuple[type[exceptions.SigmaError], str], ...] = (
    (exceptions.SigmaNameError, "name"),
    (exceptions.SigmaRelatedError, "related"),
    (exceptions.SigmaTagError, "tags"),
    (exceptions.SigmaDateError, "date"),
    (exceptions.SigmaModifiedError, "modified"),
    (exceptions.SigmaFieldsError, "fields"),
    (exceptions.SigmaFalsePositivesError, "falsepositives"),
    (exceptions.SigmaAuthorError, "author"),
    (exceptions.SigmaDescriptionError, "description"),
    (exceptions.SigmaReferencesError, "references"),
    (exceptions.SigmaScopeError, "scope"),
    (exceptions.SigmaLicenseError, "license"),
    (exceptions.SigmaValueError, "tags"),
)
_CHECKED_HERE = ("id", "title", "level", "status", "taxonomy")


@dataclass(frozen=True, slots=True, kw_only=True)
class Header:
    """Its own words. `id` is a lower-case UUID; `name` is empty where there is none."""

    id: str
    name: str
    title: str
    level: Level
    status: str
    tags: tuple[str, ...]
    description: str
    false_positives: tuple[str, ...]
    references: tuple[str, ...]


def read_header(
    document: Document, *, kind: str = "rule", is_id_needed: bool = True
) -> tuple[Header | None, tuple[Problem, ...]]:
    """The header, or None where a problem (not a warning) keeps it from being used.

    `kind` is what faults call it. Where no id is needed one is made of the file's path and the title.
    """
    rule = document.value
    needed = (*_title(document, kind), *_id(document, kind, is_needed=is_id_needed))
    problems = [*needed, *_choices(document), *_by_the_standard(document), *_odd_tags(document)]
    if any(not problem.is_warning for problem in problems):
        return None, tuple(problems)
    header = Header(
        id=proposed_id(document) if rule.get("id") is None else str(uuid.UUID(rule["id"])),
        name=_name(document),
        title=rule["title"].strip(),
        level=Level(str(rule.get("level") or Level.MEDIUM).lower()),
        status=str(rule.get("status") or "").lower(),
        tags=_texts(rule.get("tags")),
        description=str(rule.get("description") or "").strip(),
        false_positives=_texts(rule.get("falsepositives")),
        references=_texts(rule.get("references")),
    )
    return header, tuple(problems)


def _texts(value: Any) -> tuple[str, ...]:
    items = value if isinstance(value, list) else [] if value is None else [value]
    return tuple(str(item).strip() for item in items if item is not None)


def proposed_id(document: Document) -> str:
    """An id for one that has none: the same as long as neither its path nor its title changes."""
    return str(uuid.uuid5(_IDS, f"{document.path} {document.value.get('title')}"))


def names_of(document: Document) -> frozenset[str]:
    """By which others may refer to what stands in the document, be it sound or not: its id and its name."""
    if not isinstance(document.value, dict):
        return frozenset()
    return frozenset({str(document.value.get("id") or "").lower(), _name(document)} - {""})


def _name(document: Document) -> str:
    written = document.value.get("name")
    return written.strip() if isinstance(written, str) else ""


def _title(document: Document, kind: str) -> Iterator[Problem]:
    title = document.value.get("title")
    if not isinstance(title, str) or not title.strip():
        fix = "add one: it heads every alert" if kind != "filter" else "add one: lists call it by that"
        yield document.problem(("title",), f"the {kind} has no title that is a text", fix)


def _id(document: Document, kind: str, *, is_needed: bool) -> Iterator[Problem]:
    written = document.value.get("id")
    fix = f"give it one of its own, for example {proposed_id(document)}"
    if written is None and not is_needed:
        what = f"the {kind} has no id, and goes by one that changes with its title and the path of its file"
        yield document.problem((), what, fix, is_warning=True)
        return
    try:
        uuid.UUID(written if isinstance(written, str) else "")
    except ValueError:
        what = f"the {kind} has no id" if written is None else f"the id '{written}' is no UUID"
        yield document.problem(("id",), what, fix)


def _choices(document: Document) -> Iterator[Problem]:
    for key, known in (("level", tuple(Level)), ("status", STATUSES)):
        written = document.value.get(key)
        if written is not None and str(written).lower() not in known:
            yield document.problem((key,), f"unknown {key} '{written}'", did_you_mean(str(written), known))
    taxonomy = document.value.get("taxonomy", "sigma")
    if taxonomy != "sigma":
        fix = "name fields as CloudTrail does, and leave taxonomy out"
        yield document.problem(("taxonomy",), f"the field names are of the taxonomy '{taxonomy}'", fix)


def _by_the_standard(document: Document) -> Iterator[Problem]:
    """What pySigma says about the other keys; none of it touches detection, so these are warnings."""
    rest = {key: value for key, value in document.value.items() if key not in _CHECKED_HERE}
    try:
        _, errors = SigmaRule.from_dict_common_params({**rest, "title": "-"}, collect_errors=True)
    except (exceptions.SigmaError, TypeError, AttributeError, KeyError, ValueError) as fault:
        yield document.problem((), f"not as the Sigma standard has it: {fault}", "see docs/rules.md", is_warning=True)
        return
    for error in errors:
        key = next((key for kind, key in _KEYS if isinstance(error, kind)), "")
        yield document.problem((key,) if key else (), str(error), is_warning=True)


def _odd_tags(document: Document) -> Iterator[Problem]:
    tags = document.value.get("tags")
    for number, tag in enumerate(tags if isinstance(tags, list) else ()):
        namespace, _, name = str(tag).lower().partition(".")
        name = name.replace("_", "-")  # the older spelling of tactics
        if namespace == "attack" and name not in TACTICS and not _ATTACK_ID.fullmatch(name):
            hint = did_you_mean(name, TACTICS)
            fix = hint if hint.startswith("did") else "write a technique such as attack.t1078.004, or a tactic"
            yield document.problem(("tags", number), f"'{tag}' is no ATT&CK tag", fix, is_warning=True)
