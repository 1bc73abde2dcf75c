"""Who asks AWS: the credential provider that was used, or those that were tried, and whom AWS takes us for."""

from __future__ import annotations

from botocore.exceptions import BotoCoreError, ClientError

from daemon.sources.aws import AwsAccess, open_session, open_sts


def who_asks(access: AwsAccess) -> tuple[str, bool]:
    """A sentence for a person, and whether there are credentials at all."""
    try:
        resolver = access.new_session().get_component("credential_provider")
        tried = ", ".join(provider.METHOD for provider in resolver.providers)
        own = resolver.load_credentials()
    except BotoCoreError as fault:
        return f"the AWS credentials cannot be used ({fault}); mend or remove them", False
    if own is None:
        return f"no AWS credentials were found; tried {tried}; give the daemon a role, or set AWS_PROFILE", False
    return f"credentials come from {own.method}; {_identity(access)}", True


def _identity(access: AwsAccess) -> str:
    try:
        arn = open_sts(open_session(access), access).get_caller_identity()["Arn"]
    except (BotoCoreError, ClientError, ValueError) as fault:  # the last: an endpoint that cannot be
        # No fault by itself: reading a trail needs no STS, and a private subnet may not reach it.
        return f"whose they are could not be asked ({fault})"
    return f"AWS knows them as {arn}"
