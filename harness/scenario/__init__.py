"""The language of drills: a YAML file becomes an immutable scenario, or all its errors at once."""
