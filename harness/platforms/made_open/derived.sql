-- Everything that follows from the seeded contacts and tenants; right for no contacts at all.

BEGIN;
SET LOCAL timezone = 'UTC';

INSERT INTO public.tenant_plans (tenant_id, plan, valid_during)
  SELECT t.id, p.plan, p.valid_during
  FROM public.tenants AS t CROSS JOIN (VALUES
    ('starter', daterange('2026-01-01', '2026-07-01')),
    ('business', daterange('2026-07-01', NULL))
  ) AS p (plan, valid_during);

INSERT INTO auth.tenant_users (id, tenant_id, email, created_at)
  SELECT md5('user ' || t.id || ' ' || n)::uuid, t.id, format('User-%s@%s.example', n, t.slug),
         t.created_at + n * interval '1 hour'
  FROM public.tenants AS t CROSS JOIN generate_series(1, 5) AS n;

INSERT INTO public.contact_notes (contact_number, body, written_at)
  SELECT number, 'First call with ' || full_name, created_at + interval '1 day'
  FROM public.contacts ORDER BY number;
INSERT INTO public.contact_notes (contact_number, reply_to, body, written_at)
  SELECT contact_number, id, 'Follow-up', written_at + interval '1 day'
  FROM public.contact_notes WHERE contact_number % 5 = 0 ORDER BY id;

-- Every partition gets rows, the default one too.
INSERT INTO public.activities (contact_number, kind, happened_at)
  SELECT number, (ARRAY['call', 'mail', 'visit'])[1 + number % 3],
         timestamptz '2025-11-01 00:00:00+00' + (number * 97 % 14) * interval '30 days'
  FROM public.contacts ORDER BY number;

INSERT INTO public.documents (contact_number, sha256, thumbnail, original)
  SELECT number, sha256(content), substring(content FOR 64),
         -- A fixed OID: which one the server would pick depends on its past.
         lo_from_bytea(4200000 + number::integer, content)
  FROM public.contacts,
       convert_to(repeat(id::text || E'\n', 200), 'UTF8') AS content
  WHERE number <= 5
  ORDER BY number;
DO $$
DECLARE
  document record;
BEGIN
  FOR document IN SELECT original FROM public.documents ORDER BY contact_number LOOP
    EXECUTE format('GRANT SELECT ON LARGE OBJECT %s TO service_role, hub_app', document.original);
  END LOOP;
END
$$;

INSERT INTO public.drafts (contact_number, body)
  SELECT number, 'Dear ' || full_name FROM public.contacts WHERE number % 10 = 0;

INSERT INTO public.invoices (contact_number, status, amount)
  SELECT number, (ARRAY['draft', 'sent', 'paid'])[1 + number % 3],
         ROW(number * 100 + 99, 'EUR')::public.money_amount
  FROM public.contacts WHERE number % 4 = 0 ORDER BY number;

REFRESH MATERIALIZED VIEW public.contact_counts;

COMMIT;
