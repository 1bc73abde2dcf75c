"""What `check` can find out of a destination without sending anything to it."""

from __future__ import annotations

from collections.abc import Sequence

from daemon.config import (
    AppriseConfig,
    ConsoleConfig,
    DestinationConfig,
    PagerDutyConfig,
    SlackConfig,
    SlackWebhookConfig,
    SnsConfig,
    WebhookConfig,
)
from daemon.config.urls import is_encrypted
from daemon.errors import Problem
from daemon.notify.by_apprise import open_service
from daemon.notify.diagnose import Diagnosis, diagnose_slack
from daemon.notify.diagnose_sns import diagnose_topic
from daemon.service.adapters import open_topic

_ONLY_A_MESSAGE = "whether it takes alerts shows only when one comes; try trailwarden send-test"


def diagnose_destination(config: DestinationConfig, *, name: str, further: Sequence[str] = ()) -> Diagnosis:
    """Look at one that is enabled and has its credential. Never raises, and never tells a secret.

    `further`: channels that routes name besides the destination's own.
    """
    where = f"destination {name}"
    match config:
        case SlackConfig():
            channels = dict.fromkeys((config.channel, *further))
            return _together([_of_channel(config, name, channel) for channel in channels])
        case SlackWebhookConfig():
            return _of_address(where, config.url.reveal())
        case WebhookConfig():
            unsigned = f"{where}: without a secret nobody can tell our messages from those of others"
            return _of_address(where, config.url.reveal(), *([] if config.secret else [unsigned]))
        case SnsConfig():
            return diagnose_topic(where, topic_arn=config.topic_arn, open_client=lambda: open_topic(config))
        case PagerDutyConfig():
            return _of_address(where, config.api_url)
        case AppriseConfig():
            return _of_apprise(where, config.url.reveal().strip())
        case ConsoleConfig():
            return Diagnosis()


def _of_channel(config: SlackConfig, name: str, channel: str) -> Diagnosis:
    return diagnose_slack(name=name, token=config.token.reveal, channel=channel, api_url=config.api_url)


def _together(diagnoses: Sequence[Diagnosis]) -> Diagnosis:
    """Each thing that was found once: a token that is refused is so in every channel."""
    return Diagnosis(
        facts=tuple(dict.fromkeys(fact for each in diagnoses for fact in each.facts)),
        problems=tuple(dict.fromkeys(problem for each in diagnoses for problem in each.problems)),
        doubts=tuple(dict.fromkeys(doubt for each in diagnoses for doubt in each.doubts)),
    )


def _of_address(where: str, url: str, *doubts: str) -> Diagnosis:
    """The form of the address is the configuration's to check."""
    plain = () if is_encrypted(url) else (f"{where}: http: is read by anybody on the way; use https:",)
    return Diagnosis(doubts=(*plain, *doubts, f"{where}: {_ONLY_A_MESSAGE}"))


def _of_apprise(where: str, url: str) -> Diagnosis:
    try:
        service = open_service(url)
    except ImportError:
        fix = "pip install 'trailwarden[apprise]'"
        return Diagnosis(problems=(Problem(where=where, what="the library apprise is not installed", fix=fix),))
    if service is None:
        fix = "write it as Apprise does, such as mailto://… or tgram://…"
        return Diagnosis(problems=(Problem(where=where, what="Apprise does not understand its url", fix=fix),))
    fact = f"{where}: Apprise sends by {service.service_name}"
    return Diagnosis(facts=(fact,), doubts=(f"{where}: {_ONLY_A_MESSAGE}",))
