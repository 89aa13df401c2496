"""The columns of pg_catalog that no query of ours names, each with the reason.

Every other column of the server's is read: by row, or by a query of catalog_queries that names it.
A test asks a real server for all of its columns, and fails for one that is nowhere.
"""

_STORAGE = "how a server stores it, or when it last cleaned it"
_FOLLOWS = "follows from what is compared: its type, its parts or its constraint"
_PARTITIONS = "a dump makes partitions by attaching them, which leaves their parts local"

EXEMPT = {
    "*.oid": "a number of the server's; its object is named",
    "pg_attribute.attalign": _FOLLOWS,
    "pg_attribute.attbyval": _FOLLOWS,
    "pg_attribute.attcacheoff": _STORAGE,
    "pg_attribute.atthasdef": _FOLLOWS,
    "pg_attribute.atthasmissing": _STORAGE,
    "pg_attribute.attinhcount": _PARTITIONS,
    "pg_attribute.attislocal": _PARTITIONS,
    "pg_attribute.attlen": _FOLLOWS,
    "pg_attribute.attmissingval": _STORAGE,
    "pg_attribute.attndims": "no dimension of an array is enforced, and no dump tells it",
    "pg_class.relallfrozen": _STORAGE,
    "pg_class.relallvisible": _STORAGE,
    "pg_class.relchecks": _FOLLOWS,
    "pg_class.relfilenode": _STORAGE,
    "pg_class.relfrozenxid": _STORAGE,
    "pg_class.relhasindex": _FOLLOWS,
    "pg_class.relhasrules": _FOLLOWS,
    "pg_class.relhassubclass": _FOLLOWS,
    "pg_class.relhastriggers": _FOLLOWS,
    "pg_class.relisshared": "fixed for each catalog; nothing of the user's is shared",
    "pg_class.relispartition": _FOLLOWS,
    "pg_class.relminmxid": _STORAGE,
    "pg_class.relnatts": _STORAGE,
    "pg_class.relpages": _STORAGE,
    "pg_class.reltuples": "an estimate, which ANALYZE makes again",
    "pg_class.reltoastrelid": "named by a number; its options are those of its table",
    "pg_class.reltype": _FOLLOWS,
    "pg_class.relrewrite": _STORAGE,
    "pg_constraint.conindid": "its index has its name",
    "pg_constraint.coninhcount": _PARTITIONS,
    "pg_constraint.conislocal": _PARTITIONS,
    "pg_constraint.connamespace": "that of its table or type",
    "pg_database.datfrozenxid": _STORAGE,
    "pg_database.dathasloginevt": _FOLLOWS,
    "pg_database.datminmxid": _STORAGE,
    "pg_depend.*": _FOLLOWS,
    "pg_extension.extrelocatable": "the extension's own control file says it",
    "pg_index.indcheckxmin": _STORAGE,
    "pg_index.indimmediate": _FOLLOWS,
    "pg_index.indisexclusion": _FOLLOWS,
    "pg_index.indisprimary": _FOLLOWS,
    "pg_init_privs.*": "what an object came with; what differs from it is compared",
    "pg_largeobject.*": "contents, which are compared by digest",
    "pg_partitioned_table.partdefid": _FOLLOWS,
    "pg_partitioned_table.partnatts": _FOLLOWS,
    "pg_replication_origin.roident": "a number of the server's; its origin is named",
    "pg_shdepend.*": _FOLLOWS,
    "pg_statistic.*": "statistics of the planner, which ANALYZE gathers again",
    "pg_statistic_ext_data.*": "statistics of the planner, which ANALYZE gathers again",
    "pg_subscription.subskiplsn": "a place in another server's log",
    "pg_subscription_rel.*": "how far each table has been copied",
    "pg_trigger.tgconstrindid": _FOLLOWS,
    "pg_trigger.tgparentid": _FOLLOWS,
    "pg_type.typarray": "its array type has its name",
    "pg_type.typisdefined": _FOLLOWS,
    "pg_type.typndims": "no dimension of an array is enforced, and no dump tells it",
}

PRINTED = {
    "pg_get_constraintdef": "pg_constraint: condeferrable condeferred convalidated confrelid"
    " confupdtype confdeltype confmatchtype connoinherit conkey confkey conpfeqop conppeqop"
    " conffeqop confdelsetcols conexclop conbin",
    "pg_get_functiondef": "pg_proc: proname prolang procost prorows provariadic prosupport"
    " prosecdef proleakproof proisstrict proretset provolatile proparallel pronargs pronargdefaults"
    " prorettype proargtypes proallargtypes proargmodes proargnames proargdefaults protrftypes"
    " prosrc probin prosqlbody proconfig",
    "pg_get_indexdef": "pg_index: indrelid indnatts indnkeyatts indisunique indnullsnotdistinct"
    " indkey indcollation indclass indoption indexprs indpred",
    "pg_get_partkeydef": "pg_partitioned_table: partrelid partstrat partattrs partclass"
    " partcollation partexprs",
    "pg_get_ruledef": "pg_rewrite: ev_type is_instead ev_qual ev_action",
    "pg_get_statisticsobjdef": "pg_statistic_ext: stxrelid stxkeys stxkind stxexprs",
    "pg_get_triggerdef": "pg_trigger: tgfoid tgtype tgconstrrelid tgdeferrable tginitdeferred"
    " tgnargs tgattr tgargs tgqual tgoldtable tgnewtable",
}
"""Columns that a function of the server's prints in a definition; a test changes each of them."""


def is_exempt(catalog: str, column: str) -> bool:
    """Tell whether the list exempts a column."""
    return any(name in EXEMPT for name in (f"{catalog}.{column}", f"{catalog}.*", f"*.{column}"))
