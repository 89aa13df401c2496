"""Clients of the platform's stores; they start and stop nothing."""
