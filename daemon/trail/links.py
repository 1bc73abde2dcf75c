"""Links into the AWS console for what CloudTrail wrote."""

from __future__ import annotations

import re
from urllib.parse import quote

_REGION = re.compile(r"[a-z]{2,4}(-[a-z]+)+-\d{1,2}")  # it becomes part of a host name: nothing else may pass


def event_link(*, event_id: str, region: str) -> str | None:
    """The event in the console's event history (which goes back 90 days); None where there is no such page.

    A region tells its partition: us-gov-* is GovCloud, cn-* is China; isolated partitions have no public console.
    """
    host = _console_host(region)
    if host is None or not event_id or event_id.startswith("sha256:"):  # not CloudTrail's own id
        return None
    return f"https://{host}/cloudtrailv2/home?region={region}#/events/{quote(event_id, safe='')}"


def _console_host(region: str) -> str | None:
    if not _REGION.fullmatch(region) or "-iso" in region or region.startswith("eusc-"):
        return None
    if region.startswith("us-gov-"):
        return f"{region}.console.amazonaws-us-gov.com"
    if region.startswith("cn-"):
        return f"{region}.console.amazonaws.cn"
    return f"{region}.console.aws.amazon.com"
