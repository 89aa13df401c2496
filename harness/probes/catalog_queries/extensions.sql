SELECT quote_ident(extname),
       concat_ws('; ', format('version %s in schema %s', extversion, extnamespace::regnamespace),
         'its data in ' || nullif(array_to_string(extconfig::regclass[], ', '), ''),
         'where ' || nullif(array_to_string(extcondition, ', '), ''))
FROM pg_extension
