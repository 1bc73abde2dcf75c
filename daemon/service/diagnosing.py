"""What `check` can find out of a destination without sending anything to it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from daemon.config import (
    AppriseConfig,
    ConsoleConfig,
    DestinationConfig,
    PagerDutyConfig,
    Secret,
    SlackConfig,
    SlackWebhookConfig,
    SnsConfig,
    WebhookConfig,
)
from daemon.config.urls import is_encrypted
from daemon.errors import Problem
from daemon.notify.by_apprise import open_service
from daemon.notify.diagnose import Diagnosis, diagnose_slack
from daemon.notify.diagnose_buttons import diagnose_buttons
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
            audit = (config.audit_channel,) if config.audit_channel else ()
            channels = dict.fromkeys((config.channel, *further, *audit))
            looks = [_of_channel(config, name, channel) for channel in channels]
            if config.has_buttons and not any(each.problems for each in looks[:1]):
                looks.append(_of_buttons(config, name))
            half = () if config.has_buttons else tuple(_half_of_buttons(config, where))
            return _together([*looks, Diagnosis(doubts=half)])
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


def _of_buttons(config: SlackConfig, name: str) -> Diagnosis:
    return diagnose_buttons(
        name=name,
        token=config.token.reveal,
        app_token=(config.app_token or Secret("")).reveal,
        may_press=config.may_press or "",
        api_url=config.api_url,
    )


def _half_of_buttons(config: SlackConfig, where: str) -> Iterator[str]:
    """Settings of buttons where there are none: the app token may come from a variable that is not set."""
    for key in ("may_press", "audit_channel"):
        if getattr(config, key):
            yield f"{where}: {key} is set and app_token is not, so there are no buttons; set it, or take {key} out"


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
