"""A restore-verification harness: would we get our data back?"""

__version__ = "0.2.0"
