-- What the server's files say, the last word on each name, but for what the harness wrote there: the
-- lines by which it keeps the log outside of the volume and recovers from it. These are known by
-- what they say; the other lines are its own only in the file where such a line stands.
, line AS (
  SELECT f.*, f.sourcefile LIKE '%/postgresql.auto.conf' AS is_written_by_server,
    CASE lower(f.name)
      WHEN 'archive_command' THEN f.setting ~ ('^test ! -f (\S+scratch(/\w+)?/wal)/%f && cp %p \1/%f'
        '\.unfinished && mv \1/%f\.unfinished \1/%f$')
      WHEN 'restore_command' THEN f.setting ~ '^cp \S+scratch(/\w+)?/wal/%f %p$'
      WHEN 'synchronous_standby_names' THEN f.setting = 'drill_receiver'
      WHEN 'hba_file' THEN f.setting LIKE '%/drill\_hba.conf'
      ELSE false END AS is_own
  FROM pg_file_settings AS f
),
drill AS (
  SELECT coalesce(bool_or(is_own AND lower(name) <> 'hba_file'), false) AS keeps_log,
    coalesce(bool_or(is_own AND lower(name) = 'archive_command'), false) AS archives,
    coalesce(bool_or(is_own AND lower(name) = 'restore_command'), false) AS recovered
  FROM line WHERE is_written_by_server
)
SELECT DISTINCT ON (f.name) f.name,
  concat_ws('; ',
    CASE WHEN f.name ~* 'pass|secret' THEN 'set'
         ELSE regexp_replace(f.setting, '(\w*pass\w*)\s*=\s*(''[^'']*''|\S+)', '\1=…', 'gi') END,
    'error: ' || f.error)
FROM line AS f, drill
WHERE f.name IS NOT NULL AND lower(f.name) NOT IN (
  -- How text is printed, which each client chooses for itself.
  'bytea_output', 'client_encoding', 'datestyle', 'extra_float_digits', 'intervalstyle',
  'lc_messages', 'lc_monetary', 'lc_numeric', 'lc_time', 'quote_all_identifiers',
  'standard_conforming_strings', 'timezone', 'xmlbinary', 'xmloption',
  -- Where a server listens is chosen for each drill.
  'port', 'listen_addresses', 'unix_socket_directories')
  AND NOT (f.is_written_by_server AND (
    f.is_own
    OR drill.archives AND (lower(f.name) = 'archive_timeout'
      OR lower(f.name) = 'archive_mode' AND f.setting = 'on')
    OR drill.keeps_log AND lower(f.name) = 'summarize_wal' AND f.setting = 'on'
    OR drill.recovered AND (
      (lower(f.name), f.setting) IN (('archive_mode', 'off'), ('synchronous_standby_names', ''),
        ('hot_standby', 'on'), ('recovery_target_timeline', 'latest'),
        ('recovery_target_action', 'promote'))
      OR lower(f.name) IN ('recovery_target_name', 'recovery_target_time'))))
ORDER BY f.name, f.seqno DESC
