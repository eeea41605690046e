"""One file that collect meets, wherever it lies: on the disk, in an archive, or in a line of a list."""

from __future__ import annotations

import io
import re
import struct
import zlib
from dataclasses import dataclass
from typing import IO, TYPE_CHECKING, NamedTuple

from collection_tools.collect.sources import SAID_NOTHING, Stated, rights_of, sources_on_disk
from nlcl_bench.core.errors import ImageError

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from nlcl_bench.data.record import Frame, Rights

__all__ = ["DAMAGED", "LARGEST_FILE", "Found", "Packed", "harmless", "leads_out", "read_packed", "refuse_large"]

LARGEST_FILE = 512 * 1024 * 1024
"""Larger files are not read, in bytes; packed files are measured unpacked."""

DAMAGED = (
    zlib.error,
    struct.error,
    OSError,
    EOFError,
    ValueError,
    LookupError,
    TypeError,
    ArithmeticError,
    RuntimeError,
    MemoryError,
)
"""What readers and decompressors of any archive are known to raise on damaged ones; each adds its own."""

_LONGEST_NAME = 4096


class Packed(NamedTuple):
    """One member of an archive: its name as it stands there, its place, its size in bytes, why it is left alone."""

    name: str
    place: int
    size: int
    refusal: str | None


@dataclass(frozen=True, slots=True)
class Found:
    """One file, or something in its place that is left alone.

    Attributes:
        path: Where it lies. An archive counts as a folder: what it holds lies below it, by name only.
        root: The folder or archive that was given; of a list, its folder.
        refusal: Why it is left alone, or None for a file to read.
        unpack: Gives the bytes of what lies in an archive; None on the disk.
        archive: The archive it lies in.
        sources: Gives the bytes of a ``sources.toml`` on the way from the root to the file.
        stated: What a list says of this very file.
        twin: The rain-free twin that a list names.
        data: Its bytes, where they were unpacked before.
        frame: Where in which video, if it is a still of one.
        estimate: How it was computed from other pictures, if no camera took it.
    """

    path: Path
    root: Path
    refusal: str | None = None
    unpack: Callable[[], bytes] | None = None
    archive: Path | None = None
    sources: Callable[[Path], bytes | None] = sources_on_disk
    stated: Stated = SAID_NOTHING
    twin: Found | None = None
    data: bytes | None = None
    frame: Frame | None = None
    estimate: str | None = None

    @property
    def file(self) -> str:
        """Its name in the manifest: the root's own name, then the path below it, as printable text."""
        return _printable("/".join((self.root.name, *self.relative.parts)).lstrip("/"))

    @property
    def relative(self) -> Path:
        """Its path below the root."""
        return self.path.relative_to(self.root)

    def names(self) -> list[str]:
        """Return its own name and that of the archive it lies in: all that can be read if this file can."""
        return [self.file, *([] if self.archive is None else [Found(self.archive, self.root).file])]

    def rights(self, given: Stated) -> Rights:
        """Return who may do what with it; ``given`` is what the command line states.

        Raises:
            InputError: A ``sources.toml`` is not valid, or a licence is stated but no author.
        """
        return rights_of(self.path, self.root, given, own=self.stated, sources=self.sources)

    def read(self) -> bytes:
        """Return its bytes.

        Raises:
            ImageError: It is left alone, too large, damaged or cannot be read; the finding says which.
        """
        if self.refusal is not None:
            raise ImageError(self.refusal)
        if self.data is not None:
            return self.data
        return _read(self.path) if self.unpack is None else self.unpack()


def refuse_large(size: int) -> None:
    """Do nothing for a size in bytes that is read.

    Raises:
        ImageError: It is larger than the limit.
    """
    if size > LARGEST_FILE:
        raise ImageError(f"is larger than {LARGEST_FILE >> 20} MiB")


def read_packed(stream: IO[bytes], size: int, *, at_once: int) -> bytes:
    """Read what unpacks to ``size`` bytes, some at once, so that they lie in memory one time only.

    Raises:
        ImageError: There are fewer.
    """
    content = io.BytesIO()
    while content.tell() < size and (piece := stream.read(min(at_once, size - content.tell()))):
        content.write(piece)
    if content.tell() < size:
        raise ImageError("is damaged in its archive: it ends early")
    return content.getvalue()


def leads_out(name: str) -> bool:
    r"""Tell whether a name in an archive or list could, taken for a path, lead out of its folder on any system.

    >>> leads_out("street/a.jpg"), leads_out("/a.jpg"), leads_out("b/../../a.jpg"), leads_out("..\\a.jpg")
    (False, True, True, True)
    """
    return name.startswith(("/", "\\")) or ".." in re.split(r"[/\\]", name)


def harmless(name: str) -> str:
    r"""Spell a name so that as a path it stays in its folder; a name that does so anyway is only tidied.

    >>> harmless("./street//a.jpg"), harmless("../a.jpg"), harmless("/etc/a.jpg")
    ('street/a.jpg', '\\x2e\\x2e/a.jpg', '\\x2fetc/a.jpg')
    """
    if leads_out(name):
        name = re.sub(r"^/", r"\\x2f", name.replace("..", r"\x2e\x2e"))
    return "/".join(step for step in name.replace("\0", r"\x00").split("/") if step not in {"", "."})


def _printable(name: str) -> str:
    r"""Spell bytes that are no UTF-8 as escapes, so that every name can be stored.

    >>> _printable("rain" + chr(0xDCFF) + ".jpg")
    'rain\\udcff.jpg'
    """
    return name.encode("utf-8", "backslashreplace").decode("utf-8")[:_LONGEST_NAME]


def _read(path: Path) -> bytes:
    try:
        refuse_large(path.stat().st_size)
        return path.read_bytes()
    except OSError as error:
        raise ImageError(f"cannot be read: {error.strerror}") from error
