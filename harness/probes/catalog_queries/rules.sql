SELECT format('%I on %s', w.rulename, r.name), pg_get_ruledef(w.oid)
  || CASE w.ev_enabled
       WHEN 'O' THEN '' WHEN 'D' THEN '; off' ELSE '; on as ' || w.ev_enabled::text END
FROM pg_rewrite AS w JOIN relation AS r ON r.oid = w.ev_class
WHERE w.rulename <> '_RETURN'
