"""Scenario files are tests here."""

pytest_plugins = ["harness.pytest_plugin"]
