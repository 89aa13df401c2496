"""Where the members of an archive may lie, and what may lie there: nothing leads out of its root.

Source: the guide, "Docker volume backup (raw files)": `tar czf /backup/x.tar.gz /data`, so every
member lies below `data/`.
"""

import os
import posixpath
from dataclasses import dataclass, field, replace

from harness.runtime.archives.tar import Member, shown

ROOT = "data"

_MEMBERS_AT_MOST = 2_000_000
_NAME_AT_MOST_BYTES = 255
_PATH_AT_MOST_BYTES = 4000
_OUT_OF_ROOT = "is a link that leads out of {}/"


class Unsafe(Exception):
    """A member that no archive of a volume has; the message says why."""

    def __init__(self, member: Member, why: str) -> None:
        super().__init__(f"member {shown(member.name)} {why}")


@dataclass(frozen=True, slots=True)
class _Seen:
    kind: str
    target: str = ""


@dataclass(slots=True)
class Layout:
    """What came so far of an archive whose members lie below `root`."""

    root: str = ROOT
    _seen: dict[str, _Seen] = field(default_factory=dict)

    def admit(self, member: Member) -> Member:
        """Return a member with plain names: its path from `root` on, and for a hard link that of
        what it names; one to a symbolic link is another symbolic link.

        Raises: Unsafe: it lies outside, behind a link or in a file, leads out, or is something
        that an archive of a volume does not hold.
        """
        if len(self._seen) >= _MEMBERS_AT_MOST:
            raise Unsafe(
                member, f"comes after {_MEMBERS_AT_MOST:,} others, more than any volume has"
            )
        name = self._plain(member, member.name)
        if name is None:
            raise Unsafe(member, f"lies outside of {self.root}/")
        self._require_way_to(member, name)
        kind, target = member.kind, member.target
        if kind == "other":
            raise Unsafe(member, "is a device or of an unknown kind")
        if kind == "hardlink":
            target = self._linked(member)
            earlier = self._seen[target]
            if target == name:
                return replace(member, name=name, target=target)
            if earlier.kind == "symlink":
                kind, target = "symlink", earlier.target
        if kind == "symlink" and (name == self.root or _leads_out(self.root, name, target)):
            raise Unsafe(member, _OUT_OF_ROOT.format(self.root))
        self._note(member, name, _Seen("file" if kind == "hardlink" else kind, target))
        return replace(member, name=name, kind=kind, target=target)

    def _plain(self, member: Member, path: str) -> str | None:
        """Return a path without what changes nothing in it; None if it is not below the root."""
        steps = path.split("/")
        if "\0" in path or len(os.fsencode(path)) > _PATH_AT_MOST_BYTES:
            raise Unsafe(member, "has a name that no file can have")
        plain = [step for step in steps if step not in {"", "."}]
        if any(len(os.fsencode(step)) > _NAME_AT_MOST_BYTES for step in plain):
            raise Unsafe(member, "has a name that no file can have")
        if path.startswith("/") or ".." in steps or plain[:1] != [self.root]:
            return None
        return "/".join(plain)

    def _require_way_to(self, member: Member, name: str) -> None:
        """Raise Unsafe unless everything above a member is a directory, and note what is new."""
        above = posixpath.dirname(name)
        while above and above not in self._seen:
            above = posixpath.dirname(above)
        if above and (kind := self._seen[above].kind) != "directory":
            raise Unsafe(member, f"lies behind a {'link' if kind == 'symlink' else kind}")
        above = posixpath.dirname(name)
        while above and above not in self._seen:
            self._seen[above] = _Seen("directory")
            above = posixpath.dirname(above)

    def _linked(self, member: Member) -> str:
        target = self._plain(member, member.target)
        if target is None:
            raise Unsafe(member, _OUT_OF_ROOT.format(self.root))
        if target not in self._seen:
            raise Unsafe(
                member, f"is a link to {shown(member.target)}, which does not come before it"
            )
        if self._seen[target].kind == "directory":
            raise Unsafe(member, f"is a link to {shown(member.target)}, which is a directory")
        return target

    def _note(self, member: Member, name: str, now: _Seen) -> None:
        before = self._seen.setdefault(name, now)
        if before.kind != now.kind:
            raise Unsafe(member, f"comes twice, first as a {before.kind}, then as a {now.kind}")
        self._seen[name] = now


def _leads_out(root: str, name: str, target: str) -> bool:
    parts = target.split("/")
    climbs = [index for index, part in enumerate(parts) if part == ".."]
    if not target or "\0" in target or len(os.fsencode(target)) > _PATH_AT_MOST_BYTES:
        return True
    if target.startswith("/") or climbs != list(range(len(climbs))):
        # Climbing after a descent could climb from wherever another link leads.
        return True
    reached = posixpath.normpath(posixpath.join(posixpath.dirname(name), target))
    return reached.split("/")[0] != root
