"""How a webhook's receiver knows that a message is ours and new: HMAC-SHA256 over the moment and the body."""

from __future__ import annotations

import hashlib
import hmac

TIMESTAMP, SIGNATURE, DELIVERY = "X-Trailwarden-Timestamp", "X-Trailwarden-Signature", "X-Trailwarden-Delivery"


def signature_headers(body: bytes, *, secret: str, timestamp: int) -> dict[str, str]:
    """`timestamp` is seconds since the epoch. Signed is `<timestamp>.<body>`, shown as `v1=<hex>`."""
    signed = str(timestamp).encode() + b"." + body
    digest = hmac.new(secret.encode(), signed, hashlib.sha256).hexdigest()
    return {TIMESTAMP: str(timestamp), SIGNATURE: f"v1={digest}"}
