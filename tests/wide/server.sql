-- What a server holds beside the one database, and what no pg_dump of that database brings back.

CREATE DATABASE beside OWNER auditor CONNECTION LIMIT 7;
COMMENT ON DATABASE beside IS 'it''s  beside';
ALTER DATABASE beside SET work_mem = '6MB';
ALTER ROLE auditor IN DATABASE beside SET work_mem = '7MB';
ALTER DATABASE postgres OWNER TO auditor;
ALTER DATABASE postgres CONNECTION LIMIT 77;
GRANT pg_monitor TO auditor WITH ADMIN OPTION;
GRANT dashboard TO auditor WITH INHERIT FALSE, SET FALSE;
GRANT SET ON PARAMETER log_statement TO auditor;
ALTER SYSTEM SET deadlock_timeout = '3s';
SELECT pg_create_logical_replication_slot('wide_slot', 'pgoutput');
SELECT pg_replication_origin_create('wide_origin');
COMMENT ON ROLE auditor IS 'reads  it';
-- Recovery refuses tablespaces inside the volume otherwise.
ALTER SYSTEM SET allow_in_place_tablespaces = on;
SET allow_in_place_tablespaces = on;
CREATE TABLESPACE wide_space OWNER auditor LOCATION '' WITH (random_page_cost = 1.5);
CREATE OR REPLACE FUNCTION pg_catalog.obj_description(oid) RETURNS text LANGUAGE sql STABLE STRICT
  AS 'SELECT ''replaced''::text';
ALTER FUNCTION extensions.word_similarity(text, text) COST 999;
