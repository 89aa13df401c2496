SELECT quote_ident(extname),
       format('version %s in schema %s', extversion, extnamespace::regnamespace)
FROM pg_extension
