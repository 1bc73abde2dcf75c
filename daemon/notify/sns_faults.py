"""What AWS's refusals mean for an alert on its way to a topic: its error codes in, outcomes out."""

from __future__ import annotations

from typing import Any

from botocore import exceptions as boto
from botocore.parsers import ResponseParserError

from daemon.model import Dead, Pause, Retry, SendOutcome
from daemon.notify.answers import UNREACHABLE, RetryReason

CREDENTIALS, DENIED, NO_TOPIC, KMS = "no_credentials", "access_denied", "no_topic", "kms_denied"
NOT_SNS = "not_sns"
HINTS = {
    CREDENTIALS: "AWS refuses the credentials, or there are none; renew them, or check role_arn and its trust policy",
    DENIED: "allow sns:Publish on the topic (deploy/iam/sns-policy.json), and see the topic's own policy",
    NO_TOPIC: "there is no such topic in that region and account; check topic_arn",
    NOT_SNS: "what answers is not SNS (a proxy's page, or a redirect, which is never followed); check endpoint_url",
    KMS: "allow kms:GenerateDataKey and kms:Decrypt on the key that encrypts the topic, and see that it is enabled",
}
_CODES = {
    **dict.fromkeys(("NotFound", "NotFoundException", "TopicNotFound"), NO_TOPIC),
    **dict.fromkeys(("AuthorizationError", "AuthorizationErrorException", "AccessDenied"), DENIED),
    **dict.fromkeys(("AccessDeniedException", "OptInRequired"), DENIED),
    **dict.fromkeys(("KMSDisabled", "KMSInvalidState", "KMSNotFound", "KMSOptInRequired", "KMSAccessDenied"), KMS),
    **dict.fromkeys(("ExpiredToken", "ExpiredTokenException", "InvalidClientTokenId", "InvalidToken"), CREDENTIALS),
    **dict.fromkeys(("UnrecognizedClientException", "SignatureDoesNotMatch", "InvalidAccessKeyId"), CREDENTIALS),
    **dict.fromkeys(("MissingAuthenticationToken", "IncompleteSignature", "RequestExpired"), CREDENTIALS),
}
_THROTTLED = {"Throttling", "ThrottlingException", "Throttled", "ThrottledException", "KMSThrottling", "SlowDown"}
_CONTENT = {"InvalidParameter", "InvalidParameterValue", "ParameterValueInvalid", "ValidationError", "InvalidSecurity"}
_BEFORE_ASKING = (
    *(boto.NoCredentialsError, boto.PartialCredentialsError, boto.CredentialRetrievalError, boto.ProfileNotFound),
    *(boto.SSOError, boto.TokenRetrievalError, boto.MetadataRetrievalError, boto.NoAuthTokenError),
)
_NEVER_REACHED = (boto.EndpointConnectionError, boto.ConnectTimeoutError, boto.ProxyConnectionError, boto.SSLError)


def outcome_of_fault(fault: Exception) -> SendOutcome:
    """The outcome of a call that raised. Dead: this form of the content was refused."""
    response = getattr(fault, "response", None)
    if isinstance(response, dict):
        return _of_answer(response, operation=str(getattr(fault, "operation_name", "")))
    if isinstance(fault, _BEFORE_ASKING):
        return _paused(CREDENTIALS)
    if isinstance(fault, _NEVER_REACHED):
        hint = f"SNS cannot be reached ({type(fault).__name__}); check network, proxy and endpoint_url"
        return Pause(reason=UNREACHABLE, hint=hint)
    if isinstance(fault, ResponseParserError):
        return _paused(NOT_SNS)
    if isinstance(fault, boto.ParamValidationError):
        return Dead(reason="invalid_parameter")
    return Retry(reason=RetryReason.LOST_ANSWER)


def _of_answer(response: dict[str, Any], *, operation: str) -> SendOutcome:
    code = str(response.get("Error", {}).get("Code", ""))
    status = int(response.get("ResponseMetadata", {}).get("HTTPStatusCode", 0) or 0)
    if code in _THROTTLED or status == 429:
        return Retry(reason=RetryReason.RATE_LIMITED)
    if status >= 500:
        return Retry(reason=RetryReason.SERVER_ERROR)
    if operation.startswith("AssumeRole"):
        return _paused(CREDENTIALS)
    if code in _CODES:
        return _paused(_CODES[code])
    if code in _CONTENT:
        return Dead(reason="invalid_parameter")
    return _paused(DENIED) if status == 403 else Dead(reason="refused")


def _paused(reason: str) -> Pause:
    return Pause(reason=reason, hint=HINTS[reason])
