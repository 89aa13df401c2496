"""Trials on platforms that others wrote, which are not part of the project."""
