"""Run a program cut off from this machine: no network, no other process, no file but those given.

A program of its own, standard library only: it is executed, and becomes what it was asked to run,
in namespaces that the kernel gives to any user (user, mount, network, process and IPC). Sources:
namespaces(7), mount_setattr(2), pivot_root(2).
"""

import argparse
import contextlib
import ctypes
import os
import platform
import signal
import sys
from pathlib import Path

NEW_USER, NEW_MOUNT, NEW_NETWORK = 0x1000_0000, 0x0002_0000, 0x4000_0000
NEW_PROCESS, NEW_IPC = 0x2000_0000, 0x0800_0000
BIND, RECURSIVE, PRIVATE = 0x1000, 0x4000, 0x4_0000
NO_SETUID, NO_DEVICES = 0x2, 0x4
DETACH = 0x2
AT_THE_CURRENT_FOLDER, AT_RECURSIVE, READ_ONLY = -100, 0x8000, 0x1
MOUNT_SETATTR = 442
# x86-64 keeps a table of its own; every later machine has the generic one.
PIVOT_ROOT = {"x86_64": 155}.get(platform.machine(), 41)
SET_PARENT_DEATH_SIGNAL, SET_NO_NEW_PRIVILEGES = 1, 38

FAILED = 125
"""The exit status where the namespaces cannot be had."""
USER_INSIDE = 1000
"""Who root is inside: PostgreSQL refuses to run as root."""
SOCKETS = Path("/sockets")
"""Where a folder of sockets is inside: a path to a socket may have 107 bytes."""
SYSTEM = (
    *("/bin", "/sbin", "/usr", "/lib", "/lib32", "/lib64", "/nix/store"),
    *("/etc/passwd", "/etc/group", "/etc/nsswitch.conf", "/etc/localtime", "/etc/ld.so.cache"),
    *("/etc/alternatives", "/etc/ssl/certs"),
    *("/dev/null", "/dev/zero", "/dev/random", "/dev/urandom"),
)
"""What programs need of a system: no home, no configuration, no socket."""

_LIBC = ctypes.CDLL(None, use_errno=True)


class _Attributes(ctypes.Structure):
    """What mount_setattr takes, four 64-bit words."""

    _fields_ = tuple((name, ctypes.c_uint64) for name in ("set", "clear", "propagation", "user"))


def main() -> int:
    """Run the program and end as it ended."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--root", type=Path, required=True, help="an empty folder")
    parser.add_argument("--readable", type=Path, action="append", default=[])
    parser.add_argument("--writable", type=Path, action="append", default=[])
    parser.add_argument("--sockets", type=Path, help=f"a folder to be found at {SOCKETS}")
    parser.add_argument("argv", nargs="+")
    asked = parser.parse_args()
    try:
        _own_user()
        child = os.fork()
        if child == 0:
            _enter(asked)
    except OSError as error:
        sys.stderr.write(f"isolated: {error.strerror}: {error.filename}\n")
        return FAILED
    if child == 0:
        try:
            os.execv(asked.argv[0], asked.argv)  # noqa: S606 - as it was asked for
        except OSError as error:
            sys.stderr.write(f"isolated: {asked.argv[0]}: {error.strerror}\n")
            os._exit(FAILED)
    return _wait(child)


def _own_user() -> None:
    """Have a user namespace in which this user may do the rest; the next child is its first."""
    user, group = os.geteuid(), os.getegid()
    _unshare(NEW_USER | NEW_PROCESS)
    # A group may be mapped by whoever can no longer change groups.
    Path("/proc/self/setgroups").write_text("deny", encoding="ascii")
    for name, outside in (("uid_map", user), ("gid_map", group)):
        inside = outside or USER_INSIDE
        Path("/proc/self", name).write_text(f"{inside} {outside} 1", encoding="ascii")


def _enter(asked: argparse.Namespace) -> None:
    """Become the first process of a machine that holds nothing else."""
    root: Path = asked.root
    # With the one that waits, it ends.
    _call("prctl", SET_PARENT_DEATH_SIGNAL, signal.SIGKILL, 0, 0, 0)
    _unshare(NEW_MOUNT | NEW_NETWORK | NEW_IPC)
    here = Path.cwd()
    _mount("none", Path("/"), "", RECURSIVE | PRIVATE)
    _mount("tmpfs", root, "tmpfs", NO_SETUID | NO_DEVICES)
    for path in (*map(Path, SYSTEM), *asked.readable):
        _show(path, root / path.relative_to("/"), is_writable=False)
    for path in asked.writable:
        _show(path, root / path.relative_to("/"), is_writable=True)
    if asked.sockets:
        _show(asked.sockets, root / SOCKETS.relative_to("/"), is_writable=True)
    for name in ("tmp", "dev/shm", "proc"):
        (root / name).mkdir(parents=True, exist_ok=True)
    # Where parts of it are hidden from us, we may not have a whole one.
    with contextlib.suppress(OSError):
        _mount("proc", root / "proc", "proc", NO_SETUID | NO_DEVICES)
    os.chdir(root)
    _call("syscall", PIVOT_ROOT, b".", b".")
    _call("umount2", b".", DETACH)
    os.chdir(here if here.is_dir() else "/")
    _call("prctl", SET_NO_NEW_PRIVILEGES, 1, 0, 0, 0)


def _show(path: Path, inside: Path, *, is_writable: bool) -> None:
    """Let a path be seen inside; one that is not there is passed over."""
    if os.path.lexists(inside) or not path.exists():
        return
    inside.parent.mkdir(parents=True, exist_ok=True)
    if path.is_symlink():
        inside.symlink_to(path.readlink())
        return
    if path.is_dir():
        inside.mkdir()
    else:
        inside.touch()
    _mount(str(path), inside, "", BIND | RECURSIVE)
    if not is_writable:
        wanted = _Attributes(set=READ_ONLY)
        size = ctypes.sizeof(wanted)
        arguments = (AT_THE_CURRENT_FOLDER, bytes(inside), AT_RECURSIVE, ctypes.byref(wanted), size)
        _call("syscall", MOUNT_SETATTR, *arguments)


def _unshare(namespaces: int) -> None:
    _call("unshare", namespaces)


def _mount(source: str, target: Path, kind: str, flags: int) -> None:
    arguments = (source.encode(), bytes(target), kind.encode() or None)
    _call("mount", *arguments, ctypes.c_ulong(flags), None)


def _call(name: str, *arguments: object) -> None:
    """Call the C library. Raises: OSError, with what was called as its file."""
    if getattr(_LIBC, name)(*arguments) != 0:
        number = ctypes.get_errno()
        raise OSError(number, os.strerror(number), name)


def _wait(child: int) -> int:
    """Wait for the program, and end by the signal that ended it, or return its status."""
    for one in (signal.SIGINT, signal.SIGTERM, signal.SIGQUIT):
        signal.signal(one, signal.SIG_IGN)  # the program gets it too, and decides
    _, status = os.waitpid(child, 0)
    if os.WIFSIGNALED(status):
        ended_by = os.WTERMSIG(status)
        if ended_by != signal.SIGKILL:
            signal.signal(ended_by, signal.SIG_DFL)
        os.kill(os.getpid(), ended_by)
    return os.waitstatus_to_exitcode(status)


if __name__ == "__main__":
    sys.exit(main())
