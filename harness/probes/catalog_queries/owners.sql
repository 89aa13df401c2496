SELECT owned.name, owned.owner::regrole::text FROM (
  -- An index belongs to the owner of its table.
  SELECT noun || ' ' || name, relowner FROM relation WHERE relkind NOT IN ('i', 'I', 'c')
  UNION ALL SELECT 'function ' || name, proowner FROM routine
  UNION ALL SELECT 'type ' || name, typowner FROM own_type
  UNION ALL SELECT 'schema ' || quote_ident(nspname), nspowner FROM space
  UNION ALL SELECT 'publication ' || quote_ident(pubname), pubowner FROM pg_publication
  UNION ALL SELECT 'event trigger ' || quote_ident(evtname), evtowner FROM pg_event_trigger
  UNION ALL SELECT 'foreign server ' || quote_ident(srvname), srvowner FROM pg_foreign_server
  UNION ALL SELECT format('statistics %I.%I', s.nspname, e.stxname), e.stxowner
    FROM pg_statistic_ext AS e JOIN space AS s ON s.oid = e.stxnamespace
) AS owned (name, owner)
