SELECT quote_ident(nspname), 'schema' FROM space
