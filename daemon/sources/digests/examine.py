"""One digest file fetched and judged: a Digest that may be believed, or why not. What AWS refuses is no judgement."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta

from daemon.errors import ObjectTooLarge, ObjectUnreadable
from daemon.model import DigestOutcome, LogObject
from daemon.ports import DigestSource
from daemon.sources.digests.keys import PublicKeys
from daemon.trail.digests.container import unpack
from daemon.trail.digests.examined import Examined
from daemon.trail.digests.faults import BadDigest, DigestFault
from daemon.trail.digests.file import ALGORITHM, Digest, Place, is_signature, parse_digest
from daemon.trail.digests.signature import is_signed_by

_SIGNATURE, _ALGORITHM = "signature", "signature-algorithm"
_BACKFILLED_AT = "backfill-generation-timestamp"
BACKFILL = "_backfill"
_FIRST_DIGESTS = datetime(2015, 1, 1, tzinfo=UTC)  # CloudTrail wrote none before that year
_CLOCKS_DIFFER = timedelta(days=1)


class Examiner:
    """Examines digests of one source."""

    def __init__(self, source: DigestSource, keys: PublicKeys | None, *, bucket: str | None) -> None:
        """`keys` None: nothing can be verified. `bucket` None: its real name is not known."""
        self._source = source
        self._keys = keys
        self._bucket = bucket

    def examine(self, obj: LogObject) -> Examined:
        """Fetch and judge it. Raises SourceUnavailable, and ObjectGone when it has just left."""
        try:
            data, metadata = self._source.get_described(obj)
        except (ObjectTooLarge, ObjectUnreadable) as fault:
            return _forged(obj, BadDigest(DigestFault.UNREADABLE, str(fault)))
        try:
            digest = parse_digest(unpack(data), Place(bucket=self._bucket, key=obj.key, account=obj.account))
            if self._keys is None:
                return Examined(object=obj, outcome=DigestOutcome.UNSIGNED, digest=digest)
            signature = self._verified(digest, metadata, obj, self._keys)
        except BadDigest as fault:
            return _forged(obj, fault)
        return Examined(object=obj, outcome=DigestOutcome.VERIFIED, digest=digest, signature=signature)

    def _verified(self, digest: Digest, metadata: Mapping[str, str], obj: LogObject, keys: PublicKeys) -> str:
        signature, algorithm = metadata.get(_SIGNATURE), metadata.get(_ALGORITHM)
        if signature is None or algorithm is None:
            raise BadDigest(DigestFault.NO_SIGNATURE, "its metadata holds no signature")
        if algorithm != ALGORITHM or not is_signature(signature):
            raise BadDigest(DigestFault.BAD_SIGNATURE, "its metadata holds no signature as CloudTrail makes them")
        start, end = _signed_within(digest, metadata, obj)
        if not _FIRST_DIGESTS <= start <= end <= obj.last_modified + _CLOCKS_DIFFER:
            raise BadDigest(DigestFault.BAD_FIELD, f"it says that it was signed between {start} and {end}")
        key = keys.find(obj.region, digest.fingerprint, start=start, end=end)
        if key is None:
            known = f"AWS knows no key {digest.fingerprint} of {obj.region} at that time"
            raise BadDigest(DigestFault.UNKNOWN_KEY, known)
        if not is_signed_by(key.der, message=digest.to_sign, signature=bytes.fromhex(signature)):
            raise BadDigest(DigestFault.BAD_SIGNATURE, "its signature is not that of its content, name and predecessor")
        return signature


def _signed_within(digest: Digest, metadata: Mapping[str, str], obj: LogObject) -> tuple[datetime, datetime]:
    """When it was signed: a backfill digest long after the hour that it is about, as its metadata says.

    Nobody has signed that time; a wrong one leads to other keys of CloudTrail's, and never to one of somebody else.
    """
    told = metadata.get(_BACKFILLED_AT)
    if not obj.unique.endswith(BACKFILL) or told is None:
        return digest.starts_at, digest.ends_at
    try:
        at = datetime.fromisoformat(told)
    except ValueError as fault:
        raise BadDigest(DigestFault.BAD_FIELD, f"{_BACKFILLED_AT} is no time") from fault
    if at.tzinfo is None:
        raise BadDigest(DigestFault.BAD_FIELD, f"{_BACKFILLED_AT} is no time")
    return at, at


def _forged(obj: LogObject, fault: BadDigest) -> Examined:
    return Examined(object=obj, outcome=DigestOutcome.FORGED, fault=fault.fault, detail=fault.detail)
