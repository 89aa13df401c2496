"""What a project begins with: an example, or a first platform.yaml made from a database."""
