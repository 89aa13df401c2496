"""Scenario files are tests here, also where the package is not installed."""

pytest_plugins = ["harness.pytest_entry"]
