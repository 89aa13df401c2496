SELECT owned.name, owned.owner::regrole::text FROM (
  -- An index belongs to the owner of its table.
  SELECT noun || ' ' || name, relowner FROM relation WHERE relkind NOT IN ('i', 'I', 'c')
  UNION ALL SELECT 'function ' || name, proowner FROM routine
  UNION ALL SELECT 'type ' || name, typowner FROM own_type
  UNION ALL SELECT 'schema ' || quote_ident(nspname), nspowner FROM space
  UNION ALL SELECT 'publication ' || quote_ident(pubname), pubowner FROM pg_publication
  UNION ALL SELECT 'event trigger ' || quote_ident(evtname), evtowner FROM pg_event_trigger
  UNION ALL SELECT 'foreign server ' || quote_ident(srvname), srvowner FROM pg_foreign_server
  UNION ALL SELECT 'extension ' || quote_ident(extname), extowner FROM pg_extension
  UNION ALL SELECT 'the database', datdba FROM pg_database WHERE datname = current_database()
  UNION ALL SELECT 'subscription ' || quote_ident(subname), subowner FROM pg_subscription
    WHERE subdbid = (SELECT oid FROM pg_database WHERE datname = current_database())
  UNION ALL SELECT i.type || ' ' || i.identity, rare.owner
    FROM (
      SELECT 'pg_collation'::regclass, oid, collowner FROM pg_collation
      UNION ALL SELECT 'pg_conversion'::regclass, oid, conowner FROM pg_conversion
      UNION ALL SELECT 'pg_foreign_data_wrapper'::regclass, oid, fdwowner
        FROM pg_foreign_data_wrapper
      UNION ALL SELECT 'pg_language'::regclass, oid, lanowner FROM pg_language
      UNION ALL SELECT 'pg_opclass'::regclass, oid, opcowner FROM pg_opclass
      UNION ALL SELECT 'pg_opfamily'::regclass, oid, opfowner FROM pg_opfamily
      UNION ALL SELECT 'pg_operator'::regclass, oid, oprowner FROM pg_operator
      UNION ALL SELECT 'pg_ts_config'::regclass, oid, cfgowner FROM pg_ts_config
      UNION ALL SELECT 'pg_ts_dict'::regclass, oid, dictowner FROM pg_ts_dict
    ) AS rare (class, oid, owner), pg_identify_object(rare.class, rare.oid, 0) AS i
    WHERE rare.oid >= 16384
      AND NOT EXISTS (SELECT FROM member WHERE classid = rare.class AND objid = rare.oid)
  UNION ALL SELECT format('statistics %I.%I', s.nspname, e.stxname), e.stxowner
    FROM pg_statistic_ext AS e JOIN space AS s ON s.oid = e.stxnamespace
) AS owned (name, owner)
