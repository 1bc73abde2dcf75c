"""First-seen rules in a backtest: it has seen all of history before it prints, so it decides by event time alone."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime

from daemon.commands.moments import moment
from daemon.model import FirstSeen, Rule
from daemon.record.matches import StoredMatch
from daemon.record.novelty import Verdict, judge, learned_at
from daemon.sources.inputs.words import counted

_NAMED = 20  # rules of which it is said what was silent


class Firsts:
    """Lets matches through that alert, had learning begun at `began_at`; of rules without first_seen that is all."""

    def __init__(self, rules: Sequence[Rule], *, began_at: datetime) -> None:
        self._options: Mapping[str, FirstSeen] = {
            rule.id: option for rule in rules if (option := rule.options.first_seen) is not None
        }
        self._titles = {rule.id: rule.title for rule in rules}
        self._began_at = began_at
        self._counts: dict[str, Counter[Verdict]] = defaultdict(Counter)

    def __bool__(self) -> bool:
        """Whether there is any first-seen rule."""
        return bool(self._options)

    def only(self, found: Iterable[StoredMatch]) -> Iterator[StoredMatch]:
        """Those that alert, in their order."""
        return (match for match in found if self._verdict(match) is Verdict.NEW)

    def told(self) -> Iterator[str]:
        """Afterwards: what was silent, a line a rule."""
        for rule_id in sorted(self._counts)[:_NAMED]:
            yield self._line(rule_id, self._counts[rule_id])
        if len(self._counts) > _NAMED:
            yield f"first seen: {len(self._counts) - _NAMED} more rules like that"

    def _verdict(self, match: StoredMatch) -> Verdict:
        option = self._options.get(match.rule_id)
        if option is None:
            return Verdict.NEW
        until = learned_at(option, began_at=self._began_at)
        verdict = judge(match.recorded_at, last_at=match.last_at, learned_at=until, forget=option.forget)
        self._counts[match.rule_id][verdict] += 1
        return verdict

    def _line(self, rule_id: str, counts: Counter[Verdict]) -> str:
        learning = ""
        if counts[Verdict.LEARNING]:
            until = moment(learned_at(self._options[rule_id], began_at=self._began_at))
            learning = f", {counts[Verdict.LEARNING]} while it was learning, until {until}"
        return (
            f"first seen: {self._titles[rule_id]} ({rule_id}): {counted(counts[Verdict.NEW], 'match')} alert; silent: "
            f"{counts[Verdict.SEEN]} seen before{learning}"
        )
