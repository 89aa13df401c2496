"""Planted failures that no check sees, and near misses that one rings for, each with its reason.

All others must be caught, or let pass; one of these that is seen now is told by the proof.
"""

_BY_REASON: dict[str, tuple[str, ...]] = {
    "This part of the definition is not read, or is compared as words.": (
        "columns: foreign option altered",
        "functions: parallel of an aggregate altered",
        "comments: a blank altered",
    ),
    "Of a kind that is rare only its presence is compared, not its owner or definition.": (
        "owners: OPERATOR extra.~~~ (integer, integer) altered",
        "owners: OPERATOR CLASS extra.integer_ops USING hash altered",
        "owners: OPERATOR FAMILY extra.number_ops USING hash altered",
        "owners: COLLATION extra.by_codepoint altered",
        "owners: CONVERSION extra.to_latin altered",
        "owners: TEXT SEARCH DICTIONARY extra.plain altered",
        "owners: TEXT SEARCH CONFIGURATION extra.words altered",
        "owners: LANGUAGE extra_language altered",
        "others: when a cast applies altered",
        "others: options of a wrapper altered",
        "others: options of a server altered",
        "others: version of a server altered",
        "others: options of a user mapping altered",
        "others: options of a foreign table altered",
        "others: commutator of an operator altered",
        "others: selectivity of an operator altered",
        "others: a member of an operator family altered",
        "others: connection of a subscription altered",
        "others: publications of a subscription altered",
        "others: options of a dictionary altered",
        "others: mapping of a configuration altered",
        "others: trust in a language altered",
        "others: a locale altered",
    ),
    "Of what belongs to the whole cluster this is not read.": (
        "grants: USAGE ON FOREIGN DATA WRAPPER extra_wrapper created",
        "grants: USAGE ON LANGUAGE plpgsql created",
        "database: connection limit altered",
        "database: owner altered",
        "database: template altered",
    ),
    "What is there beside what was there at the backup is not looked for.": (
        "messages: a job that nobody gave",
        "stream: another",
        "consumer: another",
        "cache: extra: a forged session",
        "cache: extra: a key of another kind",
        "cache: extra: a stream",
    ),
    "A server's way to print is compared with what it printed before.": (
        "server: quote_all_identifiers = on",
        "server: standard_conforming_strings = off",
    ),
}

BLIND_SPOTS = {name: reason for reason, names in _BY_REASON.items() for name in names}
