SELECT format('%I on %s', tg.tgname, r.name), pg_get_triggerdef(tg.oid)
  || CASE tg.tgenabled
       WHEN 'O' THEN '; on' WHEN 'D' THEN '; off' WHEN 'R' THEN '; on in a replica only'
       ELSE '; on always' END
FROM pg_trigger AS tg JOIN relation AS r ON r.oid = tg.tgrelid
WHERE NOT tg.tgisinternal
