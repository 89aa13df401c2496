SELECT format('%I.%I', s.nspname, e.stxname), concat_ws('; ', pg_get_statisticsobjdef(e.oid),
  'target ' || nullif(e.stxstattarget, -1))
FROM pg_statistic_ext AS e JOIN space AS s ON s.oid = e.stxnamespace
