"""What Slack's answers mean for us: from an error code to an outcome. Codes are those of chat.postMessage's reference.

Faults of the surroundings pause the destination, faults of content are for the plain-text try, and what is neither
known nor understood is tried again: an alert is never given up because of a word that we do not know.
"""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from enum import StrEnum

from daemon.model import REFUSED_ALONE, Pause, Retry

_RETRY_AFTER_DEFAULT = timedelta(seconds=30)
_RETRY_AFTER_CAP_S = 86_400


class RetryReason(StrEnum):
    """Why a message is to be sent again: a bounded set, being a metric's label."""

    RATE_LIMITED = "rate_limited"
    SERVER_ERROR = "server_error"
    LOST_ANSWER = "lost_answer"
    UNKNOWN_ANSWER = "unknown_answer"
    CRASHED = "crashed"  # a fault of our own, logged with its traceback
    REFUSED = "refused"  # in every form, so that it is hardly the content
    UNWRITABLE = "unwritable"  # the stream that a console writes to
    REFUSED_ALONE = REFUSED_ALONE


UNREACHABLE = "unreachable"  # a pause that is often over at once
REDIRECTED = "redirected"
_BOT_HINT = "give a valid bot token (xoxb-…) of an app that is installed in the workspace"
_CHANNEL_HINT = "check the channel's name or id, and invite the app: /invite @<app> in the channel"
PAUSES = {
    "invalid_auth": _BOT_HINT,
    "not_authed": _BOT_HINT,
    "token_revoked": _BOT_HINT,
    "token_expired": _BOT_HINT,
    "account_inactive": "the app's bot user is deactivated or the workspace is gone; install the app again",
    "not_allowed_token_type": "use a bot token (xoxb-…)",
    "missing_scope": "add the scope chat:write to the app and install it again",
    "no_permission": "add the scope chat:write to the app and install it again",
    "not_in_channel": _CHANNEL_HINT,
    "channel_not_found": _CHANNEL_HINT,
    "is_archived": "unarchive the channel, or name another one",
    "access_denied": "the workspace refuses this app; ask its owners",
    "team_access_not_granted": "the app has no access to this workspace; ask its owners",
    "org_login_required": "the workspace is being moved into an organisation; it comes back by itself",
    "team_added_to_org": "the workspace is being moved into an organisation; it comes back by itself",
    "ekm_access_denied": "the organisation's key management refuses writing; ask its owners",
    "enterprise_is_restricted": "the organisation restricts this method; ask its owners",
    "accesslimited": "the workspace limits access from this network; ask its owners",
    "restricted_action": "the workspace does not let this app post there; ask its owners",
    "restricted_action_read_only_channel": "the channel is read-only for apps; let this one post, or name another",
    "restricted_action_thread_only_channel": "the channel takes replies only; name another one",
    "two_factor_setup_required": "the workspace demands two-factor authentication of the app's owner",
    REDIRECTED: "it answers with a redirect, which is never followed; check api_url, and any proxy",
}
OF_CHANNEL = frozenset(code for code, hint in PAUSES.items() if hint == _CHANNEL_HINT) | {
    "is_archived",
    "restricted_action",
    "restricted_action_read_only_channel",
    "restricted_action_thread_only_channel",
}
RETRIES = {
    "ratelimited": RetryReason.RATE_LIMITED,
    "rate_limited": RetryReason.RATE_LIMITED,
    "message_limit_exceeded": RetryReason.RATE_LIMITED,
    "internal_error": RetryReason.SERVER_ERROR,
    "fatal_error": RetryReason.SERVER_ERROR,
    "service_unavailable": RetryReason.SERVER_ERROR,
    "request_timeout": RetryReason.SERVER_ERROR,
}
CONTENT = frozenset(
    {
        "invalid_blocks",
        "invalid_blocks_format",
        "msg_blocks_too_long",
        "msg_too_long",
        "no_text",
        "invalid_attachments",
        "too_many_attachments",
        "attachment_payload_limit_exceeded",
        "metadata_too_large",
        "invalid_metadata_format",
        "invalid_metadata_schema",
        "metadata_must_be_sent_from_app",
        "markdown_text_conflict",
        "invalid_arguments",
        "invalid_arg_name",
        "invalid_array_arg",
        "invalid_json",
        "json_not_object",
        "cannot_reply_to_message",
        "thread_not_found",
        "invalid_thread_ts",
        "restricted_action_thread_locked",
        "restricted_action_non_threadable_channel",  # costs the details, and must not hold up the alerts
        "no_thread",
        "as_user_not_supported",
    }
)
# Of a change to a message: there is none to be changed any more. Nothing is lost, and no other form would be taken.
GONE = frozenset({"message_not_found", "cant_update_message", "edit_window_closed", "no_message"})
NO_THREAD = frozenset(
    {
        "no_thread",
        "thread_not_found",
        "message_not_found",
        "cannot_reply_to_message",
        "invalid_thread_ts",
        "restricted_action_thread_locked",
        "restricted_action_non_threadable_channel",
    }
)
_SECONDS = re.compile(r"(?P<whole>[0-9]+)(?:\.(?P<part>[0-9]*))?")
_CODE = re.compile(r"[a-z][a-z0-9_]{1,60}")


def outcome_for(*, status: int, code: str, retry_after: str | None, date: str | None = None) -> Pause | Retry | None:
    """What a refusal means; None for those where plain text is worth a try (content, and unknown codes).

    `retry_after` and `date` are the answer's headers of these names.
    """
    if status == 429:
        return Retry(reason=RetryReason.RATE_LIMITED, after=retry_after_delay(retry_after, date=date))
    if 300 <= status < 400:
        code = REDIRECTED
    if code in PAUSES:
        return Pause(reason=code, hint=PAUSES[code])
    if code in RETRIES:
        after = retry_after_delay(retry_after, date=date) if retry_after else None
        return Retry(reason=RETRIES[code], after=after)
    if status >= 500 or not _CODE.fullmatch(code):  # a gateway's page, cut short or no answer of Slack's at all
        return Retry(reason=RetryReason.SERVER_ERROR)
    return None


def retry_after_delay(value: str | None, *, date: str | None = None) -> timedelta:
    """How long a Retry-After header asks to wait: seconds, or a moment by the server's `date` (RFC 9110).

    Part of a second counts as one; what cannot be read as half a minute.
    """
    text = (value or "").strip()
    seconds = _SECONDS.fullmatch(text)
    if seconds:
        asked = int(seconds["whole"][:9]) + bool((seconds["part"] or "").strip("0"))
    else:
        until, now = _moment(text), _moment((date or "").strip())
        if until is None or now is None:
            return _RETRY_AFTER_DEFAULT
        asked = int((until - now).total_seconds())
    return timedelta(seconds=min(max(asked, 1), _RETRY_AFTER_CAP_S))


def _moment(text: str) -> datetime | None:
    try:
        return datetime.strptime(text, "%a, %d %b %Y %H:%M:%S GMT").replace(tzinfo=UTC)
    except ValueError:
        return None
