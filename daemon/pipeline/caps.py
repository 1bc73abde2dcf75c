"""How many matches of one object are kept, whatever it holds: nobody reads hundreds of thousands."""

from __future__ import annotations

from collections import Counter, defaultdict

from daemon.model import GroupKey

MATCHES_A_RULE = 1_000  # kept of one object
GROUPS_A_RULE = 2_000
NAMES_BYTES = 16 << 20  # of memory, for what names the matches of one object: who, what, when, which group


class Caps:
    """Which matches of one object are kept: so many a rule, and beyond them still the first of each group.

    All of them together are bounded too. Past that only a rule that has none yet gets its first: no other hides it.
    """

    def __init__(self) -> None:
        self._kept: Counter[str] = Counter()
        self._groups: defaultdict[str, set[GroupKey]] = defaultdict(set)
        self.spent = 0  # of NAMES_BYTES

    def is_closed(self, rule_id: str) -> bool:
        """Whether nothing more of this rule is kept, whichever group it has."""
        if self.spent >= NAMES_BYTES:
            return self._kept[rule_id] > 0
        return len(self._groups[rule_id]) >= GROUPS_A_RULE and self._kept[rule_id] >= MATCHES_A_RULE

    def is_first(self, rule_id: str, group: GroupKey) -> bool:
        """Whether nothing of this rule and group was kept yet."""
        return group not in self._groups[rule_id]

    def takes(self, rule_id: str, group: GroupKey) -> bool:
        """Whether this one is kept; asked once a hit, in order."""
        if self.is_closed(rule_id) or (self._kept[rule_id] >= MATCHES_A_RULE and group in self._groups[rule_id]):
            return False
        self._groups[rule_id].add(group)
        self._kept[rule_id] += 1
        return True

    def spend(self, weight: int) -> None:
        """So many bytes of memory name a match that was kept."""
        self.spent += weight
