-- Unlogged rows, which come back by a dump or from a server that was stopped, and by nothing else.

CREATE UNLOGGED TABLE public."Unlogged  rows" (id text PRIMARY KEY, at timestamptz DEFAULT now());
INSERT INTO public."Unlogged  rows" SELECT 'k' || n FROM generate_series(1, 30) AS n;
CREATE UNLOGGED SEQUENCE public.unlogged_numbers;
SELECT nextval('public.unlogged_numbers') FROM generate_series(1, 7);
