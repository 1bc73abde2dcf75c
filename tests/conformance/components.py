"""Sigma rules specification, "Components": what a rule says about itself, and which logs it is for."""

from __future__ import annotations

from tests.conformance.cases import Case, PassedOver, Refusal, Section

_LINES = {
    "title": "Group deleted",
    "id": "11111111-2222-4333-8444-555555555555",
    "logsource": "{product: aws, service: cloudtrail}",
    "detection": "{selection: {eventName: DeleteGroup}, condition: selection}",
}
_YES = ({"eventName": "DeleteGroup"},)
_NO = ({"eventName": "ListGroups"},)
_SHADOWS = "CloudTrail's logs carry both names by the taxonomy; either alone means them too."


def document(**lines: str | None) -> str:
    """A whole rule, with these lines changed, added, or (None) left out."""
    merged = {**_LINES, **lines}
    return "".join(f"{key}: {value}\n" for key, value in merged.items() if value is not None)


def _taken(feature: str, *, warns: str = "", decision: str = "", **lines: str | None) -> Case:
    return Case(feature=feature, rule=document(**lines), matches=_YES, misses=_NO, warns=warns, decision=decision)


_EVERYTHING = {
    "name": "group_deleted",
    "related": "[{id: 22222222-2222-4333-8444-555555555555, type: derived}]",
    "taxonomy": "sigma",
    "status": "test",
    "description": "Somebody deleted a group.",
    "license": "Apache-2.0",
    "author": "alice",
    "references": "[https://example.com/groups]",
    "date": "2026-01-31",
    "modified": "2026-02-01",
    "fields": "[userIdentity.arn]",
    "falsepositives": "[A clean-up]",
    "level": "high",
    "tags": "[attack.impact, attack.t1531, cve.2026-0001]",
    "scope": "[server]",
    "custom_field": "anything",
}

SECTION = Section(
    title="Components",
    about="A rule's own words. None of them changes what it matches, except `logsource` and `status`.",
    rows=(
        _taken("title, id, logsource and detection are enough"),
        _taken("every other component, and arbitrary custom fields", **_EVERYTHING),
        _taken(
            "level is optional",
            level=None,
            decision="`medium`, since an alert needs one.",
        ),
        Refusal(feature="title is mandatory", rule="title: ''\n" + document(title=None), says="no title", line=1),
        Refusal(
            feature="id",
            rule=document(id=None),
            says="the rule has no id; give it one of its own",
            line=1,
            decision=(
                "Optional in the specification, needed here: alerts, overrides and last good versions are kept by it. "
                "The message proposes one."
            ),
        ),
        Refusal(feature="id is a UUID", rule=document(id="rule-1"), says="is no UUID", line=2),
        Refusal(feature="level is one of five", rule=document(level="urgent"), says="unknown level 'urgent'", line=5),
        Refusal(feature="status is one of five", rule=document(status="ready"), says="unknown status 'ready'", line=5),
        PassedOver(
            feature="status: deprecated, unsupported",
            rule=document(status="deprecated"),
            says="deprecated",
            decision="Somebody said not to use it; the rule that replaces it is there too.",
        ),
        Refusal(
            feature="taxonomy other than sigma",
            rule=document(taxonomy="ecs"),
            says="the field names are of the taxonomy 'ecs'",
            line=5,
            decision="Fields are CloudTrail's own names; a rule for other names would never match.",
        ),
        _taken("tags of a namespace that tools know", tags="[attack.lost-cause]", warns="is no ATT&CK tag"),
        _taken("date that is none", date="yesterday", warns="is invalid"),
        _taken("logsource: product and service", logsource="{product: aws, service: cloudtrail}"),
        _taken("logsource: product alone", logsource="{product: aws}", decision=_SHADOWS),
        _taken("logsource: service alone", logsource="{service: cloudtrail}", decision=_SHADOWS),
        PassedOver(
            feature="logsource of other logs",
            rule=document(logsource="{product: windows, service: security}"),
            says="windows",
            decision="A folder of public rules holds all kinds; `rules list` shows which were left aside.",
        ),
        Refusal(feature="logsource is mandatory", rule=document(logsource=None), says="which logs it is for", line=1),
        Refusal(feature="detection is mandatory", rule=document(detection=None), says="no detection", line=1),
    ),
)
