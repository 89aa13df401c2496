-- What the server's files say, the last word on each name.
SELECT DISTINCT ON (f.name) f.name,
  concat_ws('; ',
    CASE WHEN f.name ~* 'pass|secret' THEN 'set'
         ELSE regexp_replace(f.setting, '(\w*pass\w*)\s*=\s*(''[^'']*''|\S+)', '\1=…', 'gi') END,
    'error: ' || f.error)
FROM pg_file_settings AS f
WHERE f.name IS NOT NULL AND lower(f.name) NOT IN (
  -- What the harness sets itself to keep the log and to admit replication, and what it begins a
  -- recovery with.
  'archive_mode', 'archive_command', 'archive_timeout', 'summarize_wal', 'hba_file',
  'synchronous_standby_names', 'restore_command', 'hot_standby', 'recovery_target_timeline',
  'recovery_target_action', 'recovery_target_name', 'recovery_target_time',
  -- How text is printed, which each client chooses for itself.
  'bytea_output', 'client_encoding', 'datestyle', 'extra_float_digits', 'intervalstyle',
  'lc_messages', 'lc_monetary', 'lc_numeric', 'lc_time', 'quote_all_identifiers',
  'standard_conforming_strings', 'timezone', 'xmlbinary', 'xmloption',
  -- Where a server listens is chosen for each drill.
  'port', 'listen_addresses', 'unix_socket_directories')
ORDER BY f.name, f.seqno DESC
