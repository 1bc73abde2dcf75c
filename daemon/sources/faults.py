"""What botocore raises, told apart by what a person must do: its exceptions in, this program's errors out."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager

from botocore import exceptions as boto
from botocore.exceptions import BotoCoreError, ClientError
from botocore.parsers import ResponseParserError

from daemon.errors import EnvironmentReason, ObjectGone, ObjectUnreadable, SourceUnavailable, TrailwardenError

LIST, GET = "s3:ListBucket", "s3:GetObject"  # the permissions that a source needs
KEYS = "cloudtrail:ListPublicKeys"  # and to verify digests
_SERVICES = {"s3": "S3", "cloudtrail": "CloudTrail", "organizations": "AWS Organizations", "sqs": "SQS"}
_Reason = EnvironmentReason
_GONE = {"NoSuchKey", "NoSuchVersion"}
_NO_BUCKET = {"NoSuchBucket", "InvalidBucketName", "NoSuchAccessPoint"}
_THROTTLED = {
    *("SlowDown", "Throttling", "ThrottlingException", "ThrottledException", "RequestThrottled", "TooManyRequests"),
    *("RequestLimitExceeded", "TooManyRequestsException", "BandwidthLimitExceeded", "KMS.ThrottlingException", "429"),
}
_CREDENTIALS = {
    *("ExpiredToken", "ExpiredTokenException", "TokenRefreshRequired", "InvalidToken", "RequestExpired"),
    *("InvalidAccessKeyId", "InvalidClientTokenId", "UnrecognizedClientException", "SignatureDoesNotMatch"),
    *("AuthFailure", "InvalidIdentityToken", "IDPCommunicationError", "RequestTimeTooSkewed", "IncompleteSignature"),
}
_WRONG_REGION = {"PermanentRedirect", "AuthorizationHeaderMalformed", "IllegalLocationConstraintException", "301"}
_CREDENTIAL_ERRORS = (
    *(boto.NoCredentialsError, boto.PartialCredentialsError, boto.CredentialRetrievalError, boto.ProfileNotFound),
    *(boto.SSOError, boto.TokenRetrievalError, boto.MetadataRetrievalError, boto.InfiniteLoopConfigError),
    *(boto.InvalidConfigError, boto.ConfigParseError, boto.ConfigNotFound, boto.UnknownCredentialError),
    *(boto.RefreshWithMFAUnsupportedError, boto.NoAuthTokenError, boto.UnauthorizedSSOTokenError),
)
_BODY_ERRORS = (boto.IncompleteReadError, boto.ResponseStreamingError, boto.FlexibleChecksumError)
_KMS_KEY = re.compile(r"arn:aws[a-z-]*:kms:[a-z0-9-]*:[0-9]*:[\w/-]+")
_KMS_WORDS = ("kms:", "customer master key")  # S3 says only AccessDenied where the key belongs to another account


@contextmanager
def translated(permission: str, where: str) -> Iterator[None]:
    """Inside, a call to AWS: `permission` is what it needs (`s3:ListBucket`), `where` the URL it is about."""
    try:
        yield
    except ClientError as exc:
        raise _of_answer(exc, permission=permission, where=where) from exc
    except (BotoCoreError, ResponseParserError, OSError, ValueError) as exc:
        raise _of_exception(exc, where=where, service=_service(permission)) from exc


@contextmanager
def translated_body(where: str) -> Iterator[None]:
    """Inside, the reading of a body: whatever breaks it off, reading it again may help."""
    try:
        yield
    except (BotoCoreError, OSError) as exc:
        raise _unavailable(_Reason.BROKEN_BODY, f"{where}: the body broke off ({exc})") from exc


def _unavailable(reason: EnvironmentReason, message: str) -> SourceUnavailable:
    return SourceUnavailable(message, reason=reason)


def _of_answer(exc: ClientError, *, permission: str, where: str) -> TrailwardenError:
    """An answer of AWS that says no."""
    error = exc.response.get("Error", {})
    code, told = str(error.get("Code", "")), str(error.get("Message", "")).strip()
    status = exc.response.get("ResponseMetadata", {}).get("HTTPStatusCode", 0)
    if code in _GONE or (code == "404" and permission == GET):
        return ObjectGone(f"{where}: no longer there")
    if permission == GET and (lasting := _lasting(code, told)):
        what, why = lasting
        return ObjectUnreadable(f"{where}: {what}{_quoted(code, told)}", reason=why)
    reason = _reason_of(code, told, status=status, operation=exc.operation_name)
    return _unavailable(reason, f"{where}: {_advice(reason, code=code, told=told, permission=permission)}")


def _lasting(code: str, told: str) -> tuple[str, str] | None:
    """What makes an object unreadable until a person changes it, and the word for that; None for all else."""
    if code == "InvalidObjectState":
        return "archived in a storage class that cannot be read; restore it", "archived"
    if code == "InvalidRequest" and "Server Side Encryption" in told:  # SSE-C, which CloudTrail never uses
        return "encrypted with a key that S3 does not keep; find out who put it there", "customer_key"
    return None


def _quoted(code: str, told: str) -> str:
    return f" (AWS says {code}: {told or 'nothing more'})"


def _reason_of(code: str, told: str, *, status: int, operation: str) -> EnvironmentReason:
    if code in _THROTTLED or status == 429:
        return _Reason.THROTTLED
    if code in _CREDENTIALS or (operation.startswith("AssumeRole") and status < 500):
        return _Reason.CREDENTIALS
    if code in _NO_BUCKET or code == "404":
        return _Reason.NO_BUCKET
    if code in _WRONG_REGION or status >= 500:
        return _Reason.UNREACHABLE
    is_kms = code.startswith("KMS.") or any(word in told for word in _KMS_WORDS)
    return _Reason.KMS_DENIED if is_kms else _Reason.ACCESS_DENIED


def _advice(reason: EnvironmentReason, *, code: str, told: str, permission: str) -> str:
    """What happened and what to do, with AWS's own words at the end."""
    key = _KMS_KEY.search(told)
    says = _quoted(code, told)
    if code == "RequestTimeTooSkewed":
        return "AWS refuses requests because this machine's clock is wrong; set it" + says
    if code in _WRONG_REGION:
        return "the bucket lies in another region; set `region`" + says
    advice = {
        _Reason.KMS_DENIED: f"allow kms:Decrypt on {key[0] if key else 'the key that encrypts the trail'}",
        _Reason.CREDENTIALS: "the credentials are refused; renew them, or check role_arn and its trust policy",
        _Reason.THROTTLED: "too many requests at the moment; tried again later by itself",
        _Reason.NO_BUCKET: "there is no such bucket; check the URL",
        _Reason.UNREACHABLE: f"{_service(permission)} falters at the moment; tried again later by itself",
    }
    return advice.get(reason, f"access denied: allow {permission}") + says


def _service(permission: str) -> str:
    """Whom a permission is asked of, by a name that people know."""
    return _SERVICES.get(permission.partition(":")[0], "AWS")


def _of_exception(exc: Exception, *, where: str, service: str) -> SourceUnavailable:
    """A fault on this side of the wire, or of the wire."""
    told = " ".join(str(exc).split())
    if isinstance(exc, _CREDENTIAL_ERRORS):
        return _unavailable(_Reason.CREDENTIALS, f"{where}: no usable AWS credentials; give some ({told})")
    if isinstance(exc, boto.ParamValidationError):
        return _unavailable(_Reason.NO_BUCKET, f"{where}: there can be no such bucket; check the URL ({told})")
    if isinstance(exc, _BODY_ERRORS):
        return _unavailable(_Reason.BROKEN_BODY, f"{where}: the answer broke off ({told})")
    return _unavailable(
        _Reason.UNREACHABLE, f"{where}: {service} cannot be reached; check network and endpoint ({told})"
    )
