"""`python -m harness` is the command `drill`."""

from harness.cli import main

main()
