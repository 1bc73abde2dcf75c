"""What all sections of the configuration share, and how texts are written in them."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field

from daemon.config.values import Secret


def _as_list(value: Any) -> Any:
    return value if isinstance(value, list) or value is None else [value]


def _none_if_empty(value: Any) -> Any:
    return None if value == "" else value


Texts = Annotated[tuple[str, ...], BeforeValidator(_as_list)]
OptionalText = Annotated[str | None, BeforeValidator(_none_if_empty)]  # so that ${ROLE_ARN:-} switches it off
OptionalSecret = Annotated[Secret | None, BeforeValidator(_none_if_empty)]
AccountId = Annotated[str, Field(pattern=r"^\d{12}$")]


class Section(BaseModel):
    """What all sections share: frozen, and no key that is not known."""

    model_config = ConfigDict(extra="forbid", frozen=True, arbitrary_types_allowed=True, hide_input_in_errors=True)
