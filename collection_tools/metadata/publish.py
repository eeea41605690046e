"""One door from a collected file to the file that is published: the same picture, and nothing about its owner.

JPEG, PNG and WebP are published as they are but for their metadata. Of the other kinds metadata cannot be removed for
certain without touching the picture, and browsers show none of them: they are decoded, once, and saved as PNG, which
loses nothing of what :func:`nlcl_bench.core.images.decode` shows.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from collection_tools.metadata.strip import STRIPPED, strip_metadata
from collection_tools.metadata.webp import animated
from nlcl_bench.core.images import decode, encode_png
from nlcl_bench.core.kinds import kind_of
from nlcl_bench.core.raw import development

if TYPE_CHECKING:
    from nlcl_bench.core.kinds import Kind

__all__ = ["Published", "publishable"]

Suffix = Literal["jpg", "png", "webp"]


@dataclass(frozen=True, slots=True)
class Published:
    """A file as it is published.

    Attributes:
        data: Its bytes.
        suffix: The ending of its name.
        converted: From which kind of file and how, None if it is the collected one less its metadata.
    """

    data: bytes
    suffix: Suffix
    converted: str | None = None


def publishable(data: bytes, *, where: str) -> Published:
    """Return the file to publish for a collected one; decoded, both show the same pixels.

    Args:
        data: The bytes of an image file of any kind that is read.
        where: The file's name for error messages.

    Raises:
        ImageError: It is none, it is damaged, or something of its metadata would be left.
    """
    kind = kind_of(data)
    if kind in STRIPPED and not (kind == "WEBP" and animated(data)):
        return Published(strip_metadata(data, where=where), STRIPPED[kind])
    image = decode(data, where=where)
    return Published(encode_png(image), "png", _conversion(kind))


def _conversion(kind: Kind | None) -> str:
    if kind == "RAW":
        return f"camera RAW, developed to PNG by {development()}"
    return "WebP animation, its first frame saved as PNG" if kind == "WEBP" else f"{kind}, decoded and saved as PNG"
