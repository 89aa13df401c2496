SELECT 'slot ' || quote_ident(s.slot_name), concat_ws('; ', s.slot_type, 'plugin ' || s.plugin,
  CASE WHEN s.database = current_database() THEN 'of this database'
       ELSE 'of database ' || quote_ident(s.database) END,
  CASE WHEN s.two_phase THEN 'two-phase' END,
  CASE WHEN (to_jsonb(s) ->> 'failover')::boolean THEN 'failover' END)
FROM pg_replication_slots AS s
-- The harness's own, which keeps the log of a base backup.
WHERE NOT s.temporary AND s.slot_name <> 'drill_receiver'
UNION ALL
-- A subscription's own origin has a number in its name, and comes with it.
SELECT 'origin ' || quote_ident(o.roname), 'present'
FROM pg_replication_origin AS o WHERE o.roname !~ '^pg_[0-9]+$'
