"""Platforms, each a folder with a `platform.yaml`; only its loader imports what lies in one."""
