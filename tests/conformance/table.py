"""All sections of the suite, in the order of the specification. A further module is entered here."""

from __future__ import annotations

from tests.conformance import (
    combinations,
    components,
    conditions,
    correlation_links,
    correlation_types,
    correlation_windows,
    generic_modifiers,
    identifiers,
    searches,
    string_modifiers,
    typed_modifiers,
    values,
)

SECTIONS = (
    components.SECTION,
    values.TEXTS,
    values.SPECIAL,
    identifiers.MAPS,
    identifiers.FIELDS,
    generic_modifiers.SECTION,
    string_modifiers.STRINGS,
    string_modifiers.REGULAR,
    string_modifiers.ENCODINGS,
    typed_modifiers.NUMBERS,
    typed_modifiers.TIMES,
    typed_modifiers.NETWORKS,
    typed_modifiers.REFERENCES,
    combinations.SECTION,
    searches.PLACEHOLDERS,
    searches.KEYWORDS,
    conditions.SECTION,
    correlation_types.COUNTS,
    correlation_types.VALUES,
    correlation_types.TEMPORAL,
    correlation_windows.TIMES,
    correlation_windows.GROUPS,
    correlation_windows.ARRIVAL,
    correlation_links.RULES,
    correlation_links.CHAINS,
    correlation_links.GENERATE,
)
