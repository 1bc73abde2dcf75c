"""What is refused of correlations: that which the specification does not allow, and that which can never be meant."""

from __future__ import annotations

from tests.conformance.cases import LinkRefusal, Section
from tests.conformance.streams import BASES, ONE, SIZE, TWO, correlation, documents, exception, id_of, rule

_USUAL = {"type": "event_count", "rules": "[one]", "timespan": "10m", "condition": "{gte: 2}"}
_VALUED = f"{{field: {SIZE}, gte: 2}}"


def _section(**lines: str | None) -> str:
    merged = {**_USUAL, **{key.replace("_", "-"): value for key, value in lines.items()}}
    return "\n".join(f"{key}: {value}" for key, value in merged.items() if value is not None)


def _row(
    feature: str,
    says: str,
    *,
    beside: str = "",
    files: str = BASES,
    others: tuple[str, ...] = (),
    decision: str = "",
    **lines: str | None,
) -> LinkRefusal:
    text = correlation(_section(**lines), more=beside)
    return LinkRefusal(feature=feature, rules=documents(files, text), says=says, others=others, decision=decision)


def _temporal(feature: str, condition: str, says: str, *, decision: str = "") -> LinkRefusal:
    return _row(feature, says, type="temporal", rules="[one, two]", condition=f"{condition} # here", decision=decision)


_LOWER = correlation(_section(group_by="awsRegion"), name="lower")
_NO_NUMBER = "is no number to compare with"
_SILENCE = "pySigma takes it in silence, and the rule would not do what it says."
_NEITHER = "generate is true or false, not 'yes please'"

SECTION = Section(
    title="Correlations: what is refused",
    about="Each with its file and line. A file is refused as a whole; its last good version stays in force.",
    rows=(
        _row("no type", "the correlation has no type", type=None),
        _row("an unknown type", "did you mean 'event_count'?", type="event_cuont # here"),
        _row("no timespan", "the correlation has no timespan", timespan=None),
        _row("timespan 0", "cannot be followed; take one from 1s to 10y", timespan="0m # here"),
        _row("a timespan of more than 10 years", "take one from 1s to 10y", timespan="11y # here"),
        _row("a timespan without a unit", "'10' is no timespan", timespan="'10' # here"),
        _row("a timespan that is a fraction", "'1.5h' is no timespan; write a whole number", timespan="1.5h # here"),
        _row("a unit in capitals", "units are written small: 10h", timespan="10H # here"),
        _row("no rules", "the correlation names no rules", rules=None),
        _row("rules: []", "the correlation names no rules", rules="[] # here"),
        _row("a rule twice", "'one' stands twice", rules="[one, one] # here"),
        _row("a rule twice, by name and id", "is the same rule as 'one'", rules=f"[one, {id_of('one')}] # here"),
        _row("an unknown rule", "no rule has the name or id 'oen'; did you mean 'one'?", rules="[oen] # here"),
        _row("an unknown id", f"no rule has the name or id '{id_of('nobody')}'", rules=f"{id_of('nobody')} # here"),
        _row(
            "a name that two rules have",
            "the name 'one' belongs to several rules (x.yml); refer to the one meant by id",
            rules="one # here",
            files=documents(ONE, ONE.replace(id_of("one"), id_of("another"))),
        ),
        _row(
            "a name that two other files have",
            "the name 'one' belongs to several rules (other0.yml, other1.yml)",
            rules="one # here",
            files=TWO,
            others=(ONE, ONE.replace(id_of("one"), id_of("another"))),
        ),
        _row(
            "a filter among its rules",
            "'exception' is a filter; name rules",
            rules="exception # here",
            files=documents(ONE, exception("rules: any\nci: {eventName: A}\ncondition: not ci")),
        ),
        _row(
            "a rule that is passed over, among others",
            "'old' is passed over (its status is deprecated)",
            rules="[one, old] # here",
            files=documents(ONE, rule("old", "eventName: D", more="status: deprecated\n")),
            decision="It would wait for what never comes.",
        ),
        _row("a name in group-by twice", "'awsRegion' stands twice", group_by="[awsRegion, awsRegion] # here"),
        _row("group-by of something else", "takes names, and '5' is none", group_by="5 # here"),
        _row(
            "group-by a field that no record has",
            "did you mean 'awsRegion'?",
            group_by="awsregion # here",
            decision="No event would ever count. Names of fields are case-sensitive.",
        ),
        _row("an unknown key", "unknown key correlation.generat;", generat="true # here", decision=_SILENCE),
        _row("generate that is no boolean", _NEITHER, generate="yes please # here"),
        _row(
            "generate in both places, and different",
            "they differ",
            generate="false",
            beside="generate: true # here",
        ),
        _row("no condition", "the correlation has no condition", condition=None),
        _row("a condition that is a list", "neither a mapping nor a text", condition="[a] # here"),
        _row("a text for one that is not temporal", "is a mapping", condition="one # here"),
        _row("a condition without a number", "the condition compares with no number", condition="{} # here"),
        _row("an unknown operator", "unknown key condition.gtr; did you mean", condition="{gtr: 5} # here"),
        _row("a bound that is no number", f"'many' {_NO_NUMBER}", condition="{gte: many} # here"),
        _row("a range with a bound that is none", f"'few' {_NO_NUMBER}", condition="{gt: 1, lte: few} # here"),
        _row("a bound that is a boolean", f"'True' {_NO_NUMBER}", condition="{gte: true} # here"),
        _row("a count that is a fraction", "a count is never 2.5", condition="{gte: 2.5} # here"),
        _row(
            "a bound that no window comes to",
            "no window ever comes to such a number",
            condition="{lt: 1} # here",
            decision="A window begins with a match, so that it never holds fewer than one.",
        ),
        _row("an empty range", "no window ever comes to such a number", condition="{gt: 5, lt: 6} # here"),
        _row("field in event_count", "looks at no field", condition="{gte: 2, field: awsRegion} # here"),
        _row("value_count without field", "needs a field", type="value_count", condition="{gte: 2} # here"),
        _row("an empty list of fields", "names no field", type="value_count", condition="{gte: 2, field: []} # here"),
        _row(
            "a list of fields for others than value_count",
            "takes one field",
            type="value_sum",
            condition="{gte: 2, field: [readOnly, apiVersion]} # here",
        ),
        _row(
            "a field that no record has",
            "'awsregion' is no field of a CloudTrail record",
            type="value_count",
            condition="{gte: 2, field: awsregion} # here",
        ),
        _row(
            "value_percentile without percentile",
            "needs to say which percentile",
            type="value_percentile",
            condition=f"{_VALUED} # here",
        ),
        _row(
            "percentile over 100",
            "'101' is no percentile",
            type="value_percentile",
            condition=f"{_VALUED[:-1]}, percentile: 101}} # here",
        ),
        _row(
            "percentile for others than value_percentile",
            "has no percentile",
            type="value_median",
            condition=f"{_VALUED[:-1]}, percentile: 95}} # here",
        ),
        _temporal("a temporal text that does not use a rule", "one", "the condition does not use 'two'"),
        _temporal("a temporal text with an unknown rule", "one and tow or two", "not among its rules; did you"),
        _temporal("a temporal text with `1 of`", "1 of on*", "names its rules one by one"),
        _temporal("a temporal text in capitals", "one AND two", "operators are written small"),
        _temporal("a temporal text that breaks off", "one and (two", "the condition breaks off"),
        _temporal(
            "a temporal text that holds on nothing",
            "not one or not two",
            "the condition holds where none of its rules matched",
            decision="It would hold all the time.",
        ),
        _temporal("more rules than there are", "{gte: 3}", "of 2 rules, 1 to 2 match"),
        _row("aliases that are no mapping", "aliases is not a mapping", aliases="[a] # here"),
        _row("an alias that is no mapping", "is no mapping of rules to fields", aliases="\n  who: eventName # here"),
        _row("an alias without a mapping", "is no mapping of rules to fields", aliases="\n  who: {} # here"),
        _row(
            "an alias for an unknown rule",
            "is for 'oen', which is not among the rules of the correlation; did you mean 'one'?",
            group_by="who",
            aliases="{who: {one: eventName, oen: eventName}} # here",
            decision=_SILENCE,
        ),
        _row(
            "an alias for a rule that is none of its own",
            "is for 'two', which is not among the rules of the correlation",
            group_by="who",
            aliases="{who: {one: eventName, two: eventName}} # here",
        ),
        _row(
            "an alias without a field for one of the rules",
            "the alias 'who' gives no field of 'two'",
            rules="[one, two]",
            group_by="who # here",
            aliases="{who: {one: eventName}}",
        ),
        _row(
            "counting the values of an alias",
            "'who' is an alias, and those are for group-by alone",
            type="value_count",
            group_by="who",
            aliases="{who: {one: eventName}}",
            condition="{field: who, gte: 2} # here",
        ),
        _row(
            "a correlation that leads back to itself",
            "the correlation leads back to itself: many → many",
            rules="many",
            decision="pySigma does not notice.",
        ),
        LinkRefusal(
            feature="correlations that lead back to themselves over files",
            rules=correlation(_section(rules="top")),
            others=(correlation(_section(rules="many"), name="top"),),
            says="the correlation leads back to itself: many → top → many",
            decision="Told in each of the files.",
        ),
        _row(
            "group-by what the lower correlation does not group by",
            "the alerts of 'lower' have no 'eventName': of a correlation only its groups are known",
            files=documents(BASES, _LOWER),
            rules="lower",
            group_by="eventName # here",
        ),
        _row(
            "values that the lower correlation does not group by",
            "add userAgent to the group-by of 'lower'",
            files=documents(BASES, _LOWER),
            type="value_count",
            rules="lower",
            condition="{field: userAgent, gte: 2} # here",
        ),
        _row(
            "`group_by` under our key",
            "a correlation's alerts go by its own group-by",
            beside="trailwarden:\n  group_by: [awsRegion] # here",
        ),
        _row(
            "`first_seen` under our key",
            "trailwarden.first_seen is for rules over single events",
            beside="trailwarden:\n  first_seen: {fields: [awsRegion]} # here",
        ),
        _row("an unknown key of ours", "unknown key trailwarden.setle", beside="trailwarden:\n  setle: 5m # here"),
        _row("no group to be followed", "greater than or equal to 1", beside="trailwarden:\n  max_groups: 0 # here"),
        LinkRefusal(
            feature="correlation that is no mapping",
            rules=correlation("x").replace("correlation:\n  x", "correlation: [a] # here"),
            says="correlation is not a mapping",
        ),
        LinkRefusal(
            feature="correlation and detection in one document",
            rules=rule("one", "eventName: A", more="correlation: # here\n  type: event_count\n"),
            says="detection and correlation stand in one document",
        ),
        LinkRefusal(
            feature="`action:` documents",
            rules="action: global # here\ntitle: many\n",
            says="'action' documents are a form that Sigma has given up",
        ),
        LinkRefusal(
            feature="counting in a rule's own condition",
            rules=rule("one", "eventName: A").replace(
                "detection: {selection: {eventName: A}, condition: selection}",
                "detection:\n  selection: {eventName: A}\n  condition: selection | count() > 5 # here",
            ),
            says="the condition counts events with '|'",
            decision="The form of before correlations; event_count says the same.",
        ),
    ),
)
