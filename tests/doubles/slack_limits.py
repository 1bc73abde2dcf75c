"""What Slack refuses of a message's shape: its documented limits, and the one on the whole that is not documented."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

_WHOLE = 13_200
_ELEMENTS = {
    "rich_text": {"rich_text_section", "rich_text_preformatted", "rich_text_list", "rich_text_quote"},
    "inline": {"text", "link", "emoji", "date", "user", "channel", "usergroup", "broadcast"},
}


def refusal(payload: dict[str, Any]) -> str | None:
    """The error code that Slack would answer with; None when the message is fine."""
    attachments = payload.get("attachments") or []
    groups = [payload.get("blocks") or [], *(attachment.get("blocks") or [] for attachment in attachments)]
    if not payload.get("text") and not any(groups):
        return "no_text"
    if len(payload.get("text") or "") > 40_000:
        return "msg_too_long"
    if len(attachments) > 100:
        return "too_many_attachments"
    if sum(len(json.dumps(group, ensure_ascii=False)) for group in groups) > _WHOLE:
        return "msg_blocks_too_long"
    if any(fault for group in groups for fault in _group_faults(group)):
        return "invalid_blocks"
    return _metadata_refusal(payload.get("metadata"))


def _metadata_refusal(metadata: Any) -> str | None:
    if metadata is None:
        return None
    if not isinstance(metadata, dict) or not isinstance(metadata.get("event_payload"), dict):
        return "invalid_metadata_format"
    return None if metadata.get("event_type") else "invalid_metadata_schema"


def _group_faults(blocks: list[Any]) -> Iterator[str]:
    if len(blocks) > 50:
        yield "more than 50 blocks"
    for block in blocks:
        yield from _block_faults(block)


def _block_faults(block: Any) -> Iterator[str]:
    kind = block.get("type") if isinstance(block, dict) else None
    if kind == "rich_text":
        for element in block["elements"]:
            yield from _paragraph_faults(element)
    elif kind == "context":
        yield from _context_faults(block["elements"])
    elif kind == "header":
        if not 0 < len(block["text"]["text"]) <= 150 or block["text"]["type"] != "plain_text":
            yield "header"
    elif kind == "section":
        if not 0 < len(block["text"]["text"]) <= 3_000:
            yield "section"
    elif kind == "actions":
        yield from _action_faults(block["elements"])
    elif kind != "divider":
        yield f"unknown block {kind}"


def _action_faults(elements: list[Any]) -> Iterator[str]:
    if not 0 < len(elements) <= 25 or len({element["action_id"] for element in elements}) < len(elements):
        yield "actions"
    for element in elements:
        if not 0 < len(element["text"]["text"]) <= 75 or len(element["value"]) > 2_000:
            yield "button"


def view_refusal(payload: Any) -> str | None:
    """The error code for a dialog that is no good."""
    view = payload.get("view") or {}
    if not payload.get("trigger_id"):
        return "invalid_trigger_id"
    plain = [view.get("title"), view.get("submit"), view.get("close")]
    if any(not each or not 0 < len(each["text"]) <= 24 for each in plain) or len(view["private_metadata"]) > 3_000:
        return "invalid_arguments"
    return "invalid_arguments" if any(fault for block in view["blocks"] for fault in _input_faults(block)) else None


def _input_faults(block: Any) -> Iterator[str]:
    if block["type"] != "input":
        return
    options = block["element"].get("options", [])
    if block["element"]["type"] in ("radio_buttons", "static_select") and not 0 < len(options) <= 10:
        yield "options"
    if options and block["element"]["initial_option"] not in options:
        yield "initial option"
    for option in options:
        told = (option["text"]["text"], option.get("description", {"text": "x"})["text"])
        if any(not 0 < len(each) <= 75 for each in told):
            yield "option"


def _context_faults(elements: list[Any]) -> Iterator[str]:
    if not 0 < len(elements) <= 10:
        yield "context elements"
    for element in elements:
        if element["type"] not in ("plain_text", "mrkdwn") or not 0 < len(element["text"]) <= 2_000:
            yield "context text"


def _paragraph_faults(paragraph: Any) -> Iterator[str]:
    if paragraph["type"] not in _ELEMENTS["rich_text"]:
        yield "paragraph"
    for element in paragraph["elements"]:
        if paragraph["type"] == "rich_text_list":
            yield from _paragraph_faults(element)
        else:
            yield from _inline_faults(element)


def _inline_faults(element: Any) -> Iterator[str]:
    kind = element["type"]
    if kind not in _ELEMENTS["inline"]:
        yield "element"
    if kind == "text" and not (isinstance(element["text"], str) and element["text"]):
        yield "empty text"
    if kind == "link" and not 0 < len(element["url"]) <= 3_000:
        yield "link"
    if kind == "date" and not (isinstance(element["timestamp"], int) and element["format"]):
        yield "date"
