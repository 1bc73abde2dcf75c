"""What a person must hear of queues, and of what came by them and does not agree with itself: facts in, notices out."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import timedelta

from daemon.model import Level, Notice, ObjectResult
from daemon.record.hearsay import Overdue, Unconfirmed
from daemon.sources.arrivals import ArrivalReason
from daemon.trail.envelopes import MessageReason

_SHOWN = 5
TITLES = {
    ArrivalReason.FOREIGN_BUCKET: "A queue tells of a bucket that no source names",
    ArrivalReason.ACCOUNTS_DISAGREE: "A message names two accounts",
    ArrivalReason.STAMPED_AHEAD: "A message tells of a log file from the future",
    ArrivalReason.TOO_MANY_SHARDS: "A queue names more accounts and regions than there can be",
    ArrivalReason.INLINE_OFF: "Events come by a queue that may not bring any",
}


def notices_of(passed: Mapping[str, int], remarks: Mapping[str, str], *, queue: str) -> Iterable[Notice]:
    """The notices for what a batch did not take, one a matter."""
    for reason in TITLES:
        if passed.get(reason):
            yield _matter(reason, remarks.get(reason, ""), queue=queue)
    not_understood = [reason for reason in MessageReason if passed.get(reason)]
    if not_understood:
        first = not_understood[0]
        text = (
            f"Queue {queue}, {remarks.get(first, '')}: {first}. What can be read of such messages is taken; they stay "
            "in the queue, for its dead-letter policy. See docs/queues.md for what each reason means."
        )
        title = "A message cannot be understood"
        yield Notice(reason="queue_message", title=title, text=text, level=Level.MEDIUM, about=queue)


def _matter(reason: ArrivalReason, remark: str, *, queue: str) -> Notice:
    texts = {
        ArrivalReason.FOREIGN_BUCKET: f"Queue {queue}: {remark}. It was not read. Add a source, or find out who sent "
        "it and mend the queue's policy.",
        ArrivalReason.ACCOUNTS_DISAGREE: f"Queue {queue}: {remark}. It was not evaluated; its event, if there is "
        "one, comes from the trail. Somebody may be forging messages: look at the queue's policy.",
        ArrivalReason.STAMPED_AHEAD: f"Queue {queue}: {remark}, stamped more than a day ahead. It was not read; if it "
        "exists, a listing finds it. Somebody may be forging messages, or our clock is slow.",
        ArrivalReason.TOO_MANY_SHARDS: f"Queue {queue}: {remark} and others lie in folders that no listing has shown, "
        "and of those there are 10,000 already. They wait in the queue until the source can be listed. Somebody may "
        "be forging messages: look at the queue's policy.",
        ArrivalReason.INLINE_OFF: f"Queue {queue}: events themselves are taken only where a source says "
        "`inline_events: true`. They were passed over; the trail brings them too.",
    }
    return Notice(
        reason=reason.value,
        title=TITLES[reason],
        text=texts[reason],
        level=Level.MEDIUM if reason is ArrivalReason.INLINE_OFF else Level.HIGH,
        about=queue,
    )


def contradicted(sentences: Sequence[str]) -> Notice:
    """The trail says otherwise than a message said."""
    more = f" {len(sentences) - _SHOWN} more." if len(sentences) > _SHOWN else ""
    text = (
        "Events came by a queue, and other ones of the same ids from the trail: "
        + "; ".join(sentences[:_SHOWN])
        + f".{more} Alerts now show what the trail says. Somebody may be forging messages: look at the queue's policy."
    )
    title = "The trail contradicts what a queue said"
    return Notice(reason="trail_contradicts", title=title, text=text, about="queue")


def unconfirmed(overdue: Overdue, *, queue: str, after: timedelta) -> Notice:
    """No log file has brought what a queue brought."""
    first, many = overdue.first[0], overdue.events > 1
    more = f"; and {overdue.events - len(overdue.first)} more" if overdue.events > len(overdue.first) else ""
    since, hours = first.recorded_at.strftime("%Y-%m-%dT%H:%MZ"), after.total_seconds() / 3600
    said = "; ".join(map(_told, overdue.first))
    brought = f"Queue {queue} brought {overdue.events} event{'s' if many else ''}, the first at {since}"
    text = (
        f"{brought}, that no log file has brought within {hours:g} h: {said}{more}. Either somebody forges messages "
        "(look at the queue's policy, and who may put events on its bus), or the trail does not record such calls (its "
        "regions, its event selectors), or log files are kept from the bucket (`aws cloudtrail get-trail-status`; "
        "digests tell of files that are missing)."
    )
    what = f"{overdue.events} events" if many else "An event"
    title = f"{what} of a queue {'are' if many else 'is'} not confirmed by the trail"
    return Notice(reason="unconfirmed", title=title, text=text, about=queue)


def _told(event: Unconfirmed) -> str:
    alert = f", alert {event.alert_id}" if event.alert_id else ""
    return f"{event.event_name} by {event.actor} in {event.account} {event.region} (event {event.event_id}{alert})"


def disagreements(results: Iterable[ObjectResult]) -> Iterable[Notice]:
    """Matched events whose account is not that of the folder their log file lies in: CloudTrail writes none such."""
    for result in results:
        obj = result.object
        found = next((match.event for match in result.matches if match.event.account != obj.account), None)
        if found is not None and not obj.is_inline:
            text = (
                f"{obj.url} lies in the folder of account {obj.account}, and its event {found.id} names "
                f"{found.account} as recipientAccountId. Somebody may have written this file: look who may write there."
            )
            title = "A log file names two accounts"
            yield Notice(reason="accounts_disagree", title=title, text=text, about=obj.account)
