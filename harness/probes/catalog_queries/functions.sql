-- An aggregate is read by the row.
SELECT r.name, pg_get_functiondef(r.oid) FROM routine AS r WHERE r.prokind <> 'a'
