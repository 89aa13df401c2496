SELECT quote_ident(e.evtname), concat_ws('; ', 'on ' || e.evtevent,
  'calls ' || e.evtfoid::regprocedure,
  'when tag in ' || array_to_string(ARRAY(SELECT unnest(e.evttags) ORDER BY 1), ', '),
  CASE e.evtenabled WHEN 'O' THEN 'on' WHEN 'D' THEN 'off' ELSE 'on as ' || e.evtenabled::text END)
FROM pg_event_trigger AS e
WHERE NOT EXISTS (SELECT FROM member WHERE classid = 'pg_event_trigger'::regclass AND objid = e.oid)
