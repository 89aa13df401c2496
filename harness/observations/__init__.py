"""What probes saw, as types: plain data, no row contents, shared by probes and checks."""
