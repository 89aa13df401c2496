"""Torments of drills: `python -m torture.full_disks TIMES` fills their disks."""
