"""Volumes as tar.gz archives: packed, checked whole, and unpacked by one reader of our own.

What checks an archive must understand it as what unpacks it does. Programs named `tar` differ in
what they take for a header, a link or an end; Python's `tarfile` takes an unreadable header for the
end, and not every Python 3.11 has its filters. So no `tar` of this machine ever unpacks anything.
"""

from harness.runtime.archives.checking import check, cleaned
from harness.runtime.archives.layout import ROOT
from harness.runtime.archives.packing import pack
from harness.runtime.archives.unpacking import unpack, unpack_sent

__all__ = ["ROOT", "check", "cleaned", "pack", "unpack", "unpack_sent"]
