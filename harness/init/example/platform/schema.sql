-- A small shop. Put your own schema here, or name your folder of migrations in platform.yaml.
CREATE SCHEMA shop;

CREATE TABLE shop.customers (
    id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
    email text NOT NULL UNIQUE CHECK (email ~ '^[^@]+@[^@]+$'),
    name text NOT NULL,
    created_at timestamptz NOT NULL DEFAULT now()
);

CREATE TABLE shop.orders (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    customer_id uuid NOT NULL REFERENCES shop.customers,
    status text NOT NULL CHECK (status IN ('placed', 'paid', 'sent')),
    total numeric(10, 2) NOT NULL CHECK (total >= 0)
);

CREATE TABLE shop.order_lines (
    order_id bigint REFERENCES shop.orders,
    line integer,
    article text NOT NULL,
    PRIMARY KEY (order_id, line)
);

CREATE TABLE shop.audit_log (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    at timestamptz NOT NULL DEFAULT clock_timestamp(),
    action text NOT NULL,
    details jsonb NOT NULL
);

CREATE FUNCTION shop.refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'the audit log is append-only' USING ERRCODE = 'insufficient_privilege';
END
$$;

CREATE TRIGGER no_change BEFORE UPDATE OR DELETE ON shop.audit_log
    FOR EACH ROW EXECUTE FUNCTION shop.refuse_change();
CREATE TRIGGER no_truncate BEFORE TRUNCATE ON shop.audit_log
    FOR EACH STATEMENT EXECUTE FUNCTION shop.refuse_change();
