SELECT r.name, CASE
  WHEN r.prokind <> 'a' THEN pg_get_functiondef(r.oid)
  ELSE (
    SELECT format('aggregate of %s by %s, final %s, from %s', g.aggtranstype::regtype,
                  g.aggtransfn, g.aggfinalfn, coalesce(quote_literal(g.agginitval), 'NULL'))
    FROM pg_aggregate AS g WHERE g.aggfnoid = r.oid)
  END
FROM routine AS r
