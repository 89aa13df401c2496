"""Archives that no honest program makes, each with what is said of it; made here, byte by byte."""

import gzip
import struct
from collections.abc import Iterator, Mapping

BLOCK = 512
END = bytes(2 * BLOCK)


def header(
    name: bytes = b"data/f",
    kind: bytes = b"0",
    size: bytes = b"00000000000\0",
    target: bytes = b"",
    **fields: bytes,
) -> bytes:
    """Return one ustar header with a checksum that is right unless it is given."""
    block = bytearray(BLOCK)
    places = {
        "name": (0, name),
        "mode": (100, b"0000644\0"),
        "uid": (108, b"0000000\0"),
        "gid": (116, b"0000000\0"),
        "size": (124, size),
        "mtime": (136, b"00000000000\0"),
        "kind": (156, kind),
        "target": (157, target),
        "magic": (257, b"ustar\x0000"),
    }
    checksum = fields.pop("checksum", None)
    prefix = fields.pop("prefix", b"")
    tail = fields.pop("tail", b"")
    for key, value in fields.items():
        places[key] = (places[key][0], value)
    for at, value in (*places.values(), (345, prefix), (386, tail)):
        block[at : at + len(value)] = value
    block[148:156] = b" " * 8
    block[148:156] = checksum or b"%06o\0 " % sum(block)
    return bytes(block)


def padded(content: bytes) -> bytes:
    """Return a content with the zeros that fill its last block."""
    return content + bytes(-len(content) % BLOCK)


def octal(number: int) -> bytes:
    """Return a size as a header has it."""
    return b"%011o\0" % number


def file(name: bytes = b"data/f", content: bytes = b"x", **fields: bytes) -> bytes:
    """Return a member with contents."""
    return header(name, size=octal(len(content)), **fields) + padded(content)


def link(name: bytes, target: bytes) -> bytes:
    """Return a symbolic link."""
    return header(name, b"2", target=target)


def hard(name: bytes, target: bytes) -> bytes:
    """Return a hard link."""
    return header(name, b"1", target=target)


def folder(name: bytes) -> bytes:
    """Return a directory."""
    return header(name, b"5", mode=b"0000755\0")


def records(said: Mapping[bytes, bytes]) -> bytes:
    """Return pax records, each with its own length before it."""
    made = b""
    for key, value in said.items():
        rest = b" " + key + b"=" + value + b"\n"
        length = len(rest) + 1
        while len(str(length)) + len(rest) != length:
            length = len(str(length)) + len(rest)
        made += str(length).encode() + rest
    return made


def pax(said: Mapping[bytes, bytes], kind: bytes = b"x") -> bytes:
    """Return a pax header."""
    return extension(kind, records(said))


def extension(kind: bytes, content: bytes) -> bytes:
    """Return a header that is about the next one."""
    return header(b"././@LongLink", kind, octal(len(content))) + padded(content)


def packed(*parts: bytes) -> bytes:
    """Return a tar.gz of these parts; a whole archive's first member comes before them."""
    return gzip.compress(b"".join((file(b"data/first"), *parts)), 1)


def _sparse_map(*pairs: tuple[int, int], real: int) -> bytes:
    """Return what an old GNU header has from byte 386 on."""
    entries = b"".join(octal(offset) + octal(size) for offset, size in pairs)
    return entries.ljust(96, b"\0") + b"\0" + octal(real)


DEEP = folder(b"data/a") + folder(b"data/a/b") + link(b"data/a/b/l", b"../../first")
OUTSIDE = "lies outside of data/"
LEADS_OUT = "is a link that leads out of data/"
NUMBER = "a header holds a number that is none"
PAX_NUMBER = "a pax header holds a number that is none"
NO_FILE_HAS = "has a size, an owner or a time that no file has"
MAP = "the map of a sparse file makes no sense"

UNSAFE: dict[str, tuple[bytes, str, str]] = {
    "absolute": (file(b"/etc/x"), "/etc/x", OUTSIDE),
    "absolute, twice the slash": (file(b"//data/x"), "//data/x", OUTSIDE),
    "climbing": (file(b"data/../../x"), "data/../../x", OUTSIDE),
    "climbing and coming back": (file(b"data/a/../x"), "data/a/../x", OUTSIDE),
    "climbing first": (file(b"../data/x"), "../data/x", OUTSIDE),
    "beside": (file(b"other/x"), "other/x", OUTSIDE),
    "beside, with the same beginning": (file(b"database/x"), "database/x", OUTSIDE),
    "no name": (file(b""), "", OUTSIDE),
    "only a dot": (folder(b"./"), "./", OUTSIDE),
    "climbing by a prefix": (file(b"x", prefix=b"data/.."), "data/../x", OUTSIDE),
    "climbing by a long name": (
        extension(b"L", b"data/../../x\0") + file(),
        "data/../../x",
        OUTSIDE,
    ),
    "climbing by a pax path": (pax({b"path": b"data/../x"}) + file(), "data/../x", OUTSIDE),
    "climbing by a sparse name": (
        pax(
            {
                b"GNU.sparse.name": b"../x",
                b"GNU.sparse.size": b"1",
                b"GNU.sparse.map": b"0,1",
            }
        )
        + file(),
        "../x",
        OUTSIDE,
    ),
    "a nul in a pax path": (
        pax({b"path": b"data/x\0/../../y"}) + file(),
        "data/x\0/../../y",
        "has a name that no file can have",
    ),
    "a very long step": (
        pax({b"path": b"data/" + b"n" * 256}) + file(),
        "data/" + "n" * 256,
        "has a name that no file can have",
    ),
    "a very long path": (
        pax({b"path": b"data" + b"/n" * 2500}) + file(),
        "data" + "/n" * 2500,
        "has a name that no file can have",
    ),
    "link to an absolute path": (link(b"data/l", b"/etc"), "data/l", LEADS_OUT),
    "link that climbs": (link(b"data/l", b"../../etc"), "data/l", LEADS_OUT),
    "link to above the root": (link(b"data/l", b".."), "data/l", LEADS_OUT),
    "link that climbs after a descent": (link(b"data/l", b"x/../../../e"), "data/l", LEADS_OUT),
    "link through a link": (
        folder(b"data/d") + link(b"data/d/up", b"..") + link(b"data/l", b"d/up/../.."),
        "data/l",
        LEADS_OUT,
    ),
    "link to nothing": (link(b"data/l", b""), "data/l", LEADS_OUT),
    "link by pax": (pax({b"linkpath": b"/etc"}) + link(b"data/l", b"f"), "data/l", LEADS_OUT),
    "link by a long target": (
        extension(b"K", b"/" + b"e" * 200 + b"\0") + link(b"data/l", b"f"),
        "data/l",
        LEADS_OUT,
    ),
    "link with a nul": (pax({b"linkpath": b"a\0b"}) + link(b"data/l", b"f"), "data/l", LEADS_OUT),
    "root as a link": (link(b"data", b"x"), "data", LEADS_OUT),
    "root as a link to itself": (link(b"data/", b"data"), "data/", LEADS_OUT),
    "behind a link": (
        folder(b"data/sub") + link(b"data/l", b"sub") + file(b"data/l/x"),
        "data/l/x",
        "lies behind a link",
    ),
    "folder behind a link": (
        link(b"data/l", b".") + folder(b"data/l/x"),
        "data/l/x",
        "lies behind a link",
    ),
    "behind a link, by dots": (
        link(b"data/l", b"sub") + file(b"data/./l//x"),
        "data/./l//x",
        "lies behind a link",
    ),
    "behind a hard link to a link": (
        link(b"data/l", b".") + hard(b"data/h", b"data/l") + file(b"data/h/x"),
        "data/h/x",
        "lies behind a link",
    ),
    "in a file": (file(b"data/first/x"), "data/first/x", "lies behind a file"),
    "in a FIFO": (header(b"data/p", b"6") + file(b"data/p/x"), "data/p/x", "lies behind a fifo"),
    "hard link to a deep link": (
        DEEP + hard(b"data/h", b"data/a/b/l") + file(b"data/h"),
        "data/h",
        LEADS_OUT,
    ),
    "hard link to an absolute path": (hard(b"data/h", b"/etc/passwd"), "data/h", LEADS_OUT),
    "hard link that climbs": (hard(b"data/h", b"data/../../x"), "data/h", LEADS_OUT),
    "hard link to beside": (hard(b"data/h", b"other/x"), "data/h", LEADS_OUT),
    "hard link to what comes later": (
        hard(b"data/h", b"data/z") + file(b"data/z"),
        "data/h",
        "is a link to 'data/z', which does not come before it",
    ),
    "hard link to what never comes": (
        hard(b"data/h", b"data/never"),
        "data/h",
        "is a link to 'data/never', which does not come before it",
    ),
    "hard link to itself": (
        hard(b"data/h", b"data/h"),
        "data/h",
        "is a link to 'data/h', which does not come before it",
    ),
    "hard link to a folder": (
        hard(b"data/h", b"data"),
        "data/h",
        "is a link to 'data', which is a directory",
    ),
    "character device": (header(b"data/d", b"3"), "data/d", "is a device or of an unknown kind"),
    "block device": (header(b"data/d", b"4"), "data/d", "is a device or of an unknown kind"),
    "unknown kind": (header(b"data/d", b"Z"), "data/d", "is a device or of an unknown kind"),
    "unknown kind with contents": (
        header(b"data/d", b"D", octal(3)) + padded(b"abc"),
        "data/d",
        "is a device or of an unknown kind",
    ),
    "second volume": (header(b"data/d", b"M"), "data/d", "is a device or of an unknown kind"),
    "root as a file": (file(b"data"), "data", "comes twice, first as a directory, then as a file"),
    "file, then link": (
        file(b"data/x") + link(b"data/x", b"first"),
        "data/x",
        "comes twice, first as a file, then as a symlink",
    ),
    "link, then file": (
        link(b"data/x", b"first") + file(b"data/x"),
        "data/x",
        "comes twice, first as a symlink, then as a file",
    ),
    "folder, then link": (
        file(b"data/x/y") + link(b"data/x", b"."),
        "data/x",
        "comes twice, first as a directory, then as a symlink",
    ),
    "folder, then file": (
        folder(b"data/x") + file(b"data/x"),
        "data/x",
        "comes twice, first as a directory, then as a file",
    ),
    "file, then FIFO": (
        header(b"data/first", b"6"),
        "data/first",
        "comes twice, first as a file, then as a fifo",
    ),
}
"""What comes after the first member, which member is refused, and why."""

BROKEN: dict[str, tuple[bytes, str]] = {
    "bad header in the middle": (
        header(checksum=b"000000\0 ") + file(b"data/lost") + END,
        "a header's checksum is wrong",
    ),
    "bad header before a climbing one": (
        b"\x01" * BLOCK + file(b"../../x") + END,
        NUMBER,
    ),
    "text in place of a header": (
        b"not a header".ljust(BLOCK) + END,
        "a header's checksum is wrong",
    ),
    "unknown format": (file(magic=b"xstar\x0000") + END, "a header is of an unknown format"),
    "a size that is no number": (header(size=b"12z45678901\0") + END, NUMBER),
    "a size below zero": (
        header(size=b"\xff" * 12) + END,
        "a header holds a number below zero",
    ),
    "a size beyond everything": (
        header(size=b"\x80" + b"\xff" * 11) + END,
        f"member 'data/f' {NO_FILE_HAS}",
    ),
    "a size beyond the end": (
        header(size=octal(1 << 30)) + END,
        "it ends in the middle of a member",
    ),
    "a size that swallows the end": (
        header(size=octal(1024)) + END,
        "it ends in the middle of the archive",
    ),
    "an owner that is none": (
        file(uid=b"\x80" + b"\x01" * 7) + END,
        f"member 'data/f' {NO_FILE_HAS}",
    ),
    "a time that is none": (
        file(mtime=b"\x80" + b"\x01" * 11) + END,
        f"member 'data/f' {NO_FILE_HAS}",
    ),
    "no end mark": (b"", "it ends in the middle of the archive"),
    "half an end mark": (bytes(BLOCK), "it ends in its end mark"),
    "a lone zero block": (
        bytes(BLOCK) + file(b"data/lost") + END,
        "its end mark is not whole",
    ),
    "another archive behind the end": (
        END + file(b"data/lost") + END,
        "something follows its end mark",
    ),
    "another archive long behind the end": (
        END + bytes(1 << 21) + file(b"../lost") + END,
        "something follows its end mark",
    ),
    "cut in a header": (file(b"data/x")[:300], "it ends in the middle of the archive"),
    "cut in contents": (file(b"data/x", b"x" * 700)[:900], "it ends in the middle of a member"),
    "cut in a long name": (extension(b"L", b"n" * 600)[:700], "it ends in a header"),
    "cut before the member of a header": (
        pax({b"path": b"data/x"}) + END,
        "a header that belongs to the next member is the last",
    ),
    "link with contents": (
        header(b"data/l", b"2", octal(512), b"first") + file(b"../../x") + END,
        "member 'data/l' has contents, and is no file",
    ),
    "folder with contents": (
        header(b"data/d/", b"5", octal(512)) + file(b"../../x") + END,
        "member 'data/d/' has contents, and is no file",
    ),
    "folder by its name, with contents": (
        file(b"data/d/") + END,
        "member 'data/d/' has contents, and is no file",
    ),
    "an endless name": (
        header(b"n", b"L", octal(1 << 30)) + END,
        "a header of 1073741824 bytes is longer than any that is sound",
    ),
    "an endless pax header": (
        header(b"n", b"x", octal(1 << 33 - 1)) + END,
        f"a header of {1 << 32} bytes is longer than any that is sound",
    ),
    "pax without a length": (
        extension(b"x", b"path=data/x\n") + file() + END,
        "a pax header is malformed",
    ),
    "pax with a length of zero": (
        extension(b"x", b"0 a=b\n") + file() + END,
        "a pax header is malformed",
    ),
    "pax with too great a length": (
        extension(b"x", b"99 path=x\n") + file() + END,
        "a pax header is malformed",
    ),
    "pax with too small a length": (
        extension(b"x", b"7 path=data/x\n") + file() + END,
        "a pax header is malformed",
    ),
    "pax without an end": (
        extension(b"x", b"12 path=data") + file() + END,
        "a pax header is malformed",
    ),
    "pax without a key": (extension(b"x", b"6 =ab\n") + file() + END, "a pax header is malformed"),
    "pax size that is none": (pax({b"size": b"-1"}) + file() + END, PAX_NUMBER),
    "pax size of another script": (pax({b"size": "\u0661".encode()}) + file() + END, PAX_NUMBER),
    "pax owner that is none": (pax({b"uid": b"root"}) + file() + END, PAX_NUMBER),
    "pax time that is none": (pax({b"mtime": b"nan"}) + file() + END, PAX_NUMBER),
    "pax time of a thousand digits": (pax({b"mtime": b"9" * 1000}) + file() + END, PAX_NUMBER),
    "pax size that hides a member": (
        pax({b"size": b"1024"}) + file(b"data/x") + file(b"../../y", b"z" * 9)[:BLOCK] + END,
        "member 'data/x' has two sizes, 1 and 1024",
    ),
    "one path for all": (
        pax({b"path": b"data/x"}, b"g") + file() + END,
        "a pax header gives every member the same path",
    ),
    "one size for all": (
        pax({b"size": b"0"}, b"g") + file() + END,
        "a pax header gives every member the same size",
    ),
    "one target for all": (
        pax({b"linkpath": b"/etc"}, b"g") + file() + END,
        "a pax header gives every member the same linkpath",
    ),
    "sparse map that goes back": (
        header(
            b"data/s", b"S", octal(2), tail=_sparse_map((9, 1), (0, 1), real=20), magic=b"ustar  \0"
        )
        + padded(b"ab")
        + END,
        MAP,
    ),
    "sparse map beyond the file": (
        header(b"data/s", b"S", octal(1), tail=_sparse_map((30, 1), real=20), magic=b"ustar  \0")
        + padded(b"a")
        + END,
        MAP,
    ),
    "sparse map of more than there is": (
        header(b"data/s", b"S", octal(1), tail=_sparse_map((0, 700), real=700), magic=b"ustar  \0")
        + padded(b"a")
        + END,
        MAP,
    ),
    "sparse map that never ends": (
        header(b"data/s", b"S", octal(0), tail=_sparse_map(real=9)[:96] + b"\1", magic=b"ustar  \0")
        + (bytes(504) + b"\1" * 8) * 3000
        + END,
        MAP,
    ),
    "sparse map of half a pair": (
        pax({b"GNU.sparse.size": b"9", b"GNU.sparse.map": b"0,1,2"}) + file() + END,
        MAP,
    ),
    "sparse map of words": (
        pax({b"GNU.sparse.size": b"9", b"GNU.sparse.map": b"a,b"}) + file() + END,
        MAP,
    ),
    "sparse file without a size": (pax({b"GNU.sparse.map": b"0,1"}) + file() + END, PAX_NUMBER),
    "leading map that never ends": (
        pax({b"GNU.sparse.major": b"1", b"GNU.sparse.realsize": b"9"})
        + file(content=b"9" * 2000)
        + END,
        MAP,
    ),
    "leading map of a billion": (
        pax({b"GNU.sparse.major": b"1", b"GNU.sparse.realsize": b"9"})
        + file(content=b"1000000000\n" + b"0\n" * 400)
        + END,
        MAP,
    ),
}
"""What comes after the first member, and what is said of the archive."""


def gzipped() -> Iterator[tuple[str, bytes, str]]:
    """Yield archives whose compression is wrong: which, the file and what is said."""
    whole = packed(file(), END)
    yield "text behind the end", whole + b"garbage", "not a gzipped file (b'ga')"
    yield "half a header behind the end", whole + whole[:5], "compressed file ended"
    yield "another archive behind the end", whole + packed(END), "something follows its end mark"
    yield "cut in the trailer", whole[:-3], "compressed file ended"
    yield "cut in the middle", whole[: len(whole) // 2], "compressed file ended"
    yield "nothing", b"", "it ends in the middle of the archive"
    yield "an empty stream", gzip.compress(b""), "it ends in the middle of the archive"
    yield "no gzip", file() + END, "not a gzipped file (b'da')"
    checksum, length = struct.unpack("<II", whole[-8:])
    wrong = whole[:-8] + struct.pack("<II", checksum ^ 1, length)
    yield "another checksum", wrong, "crc check failed"
    wrong = whole[:-8] + struct.pack("<II", checksum, length + 1)
    yield "another length", wrong, "incorrect length of data produced"
    yield "another method", whole[:2] + b"\x07" + whole[3:], "unknown compression method"
    yield "a broken stream", whole[:12] + b"\xff" * 20 + whole[32:], "error "
