"""The group of a correlation as it may be shown: a secret stays one, whatever alias it goes by."""

from __future__ import annotations

from daemon.model import Correlation, GroupKey
from daemon.trail.masking import mask_value


def shown_group(correlation: Correlation, group: GroupKey) -> GroupKey:
    """Its names, each with what may be shown of its value: masked where any of the fields that it stands for asks."""
    return tuple((name, _shown(correlation, number, name, value)) for number, (name, value) in enumerate(group))


def _shown(correlation: Correlation, number: int, name: str, value: str) -> str:
    paths = dict.fromkeys([name, *(base.keys[number] for base in correlation.bases)])
    return str(next((masked for path in paths if (masked := mask_value(path, value)) != value), value))
