"""A photograph of a release as one works with it: its record, its bytes, the decoded picture, and a look at it."""

from __future__ import annotations

import base64
import html
import io
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from PIL import Image

    from nlcl_bench.data.record import Record

__all__ = ["Sample"]

_LONGEST_SIDE = 420
"""Of a picture in a notebook, in pixels: a pair of photographs stays below a hundred kilobytes."""

_GAP = 8


@dataclass(frozen=True, slots=True, repr=False)
class Sample:
    """One image of a release. As the last line of a notebook's cell it shows itself, a pair side by side.

    Attributes:
        record: Its record.
        image: The file's bytes.
        clean: The bytes of the same scene without rain, in the ``paired`` config.
    """

    record: Record
    image: bytes
    clean: bytes | None = None

    def open(self) -> Image.Image:
        """Return the picture: upright, in sRGB, mode ``RGB``.

        Raises:
            ImageError: The file is damaged.
        """
        return _decoded(self.image, self.record.file_name)

    def open_clean(self) -> Image.Image:
        """Return the picture of the same scene without rain, as :meth:`open` does.

        Raises:
            InputError: The config has no pairs.
            ImageError: The file is damaged.
        """
        if self.clean is None:
            from nlcl_bench.core.errors import InputError

            raise InputError("has no clean image", where=self.record.image_id, fix='load the config "paired"')
        return _decoded(self.clean, f"clean image of {self.record.file_name}")

    def __repr__(self) -> str:
        record = self.record
        pair = ", with its clean image" if self.clean is not None else ""
        return f"<Sample {record.image_id}: {record.domain}, {record.width}x{record.height}, {record.split}{pair}>"

    def _repr_png_(self) -> bytes:
        stream = io.BytesIO()
        self._look().save(stream, format="PNG")
        return stream.getvalue()

    def _repr_html_(self) -> str:
        stream = io.BytesIO()
        look = self._look()
        look.save(stream, format="JPEG", quality=88)
        data = base64.b64encode(stream.getvalue()).decode()
        rows = "".join(
            f"<tr><th>{html.escape(key)}</th><td>{html.escape(value)}</td></tr>" for key, value in self._facts()
        )
        return (
            f'<figure style="margin:0"><img alt="{html.escape(repr(self), quote=True)}" width="{look.width}" '
            f'height="{look.height}" style="max-width:100%;height:auto" src="data:image/jpeg;base64,{data}">'
            f'<figcaption><table style="text-align:left">{rows}</table></figcaption></figure>'
        )

    def _facts(self) -> list[tuple[str, str]]:
        record = self.record
        facts = {
            "image": f"{record.image_id} ({record.width}x{record.height}, {len(self.image) / 1e6:.2f} MB)",
            "split": f"{record.split}, scene {record.scene_id}",
            "rain": ", ".join(record.rain_kinds),
            "light": record.time_of_day or "",
            "camera": record.capture.camera,
            "rights": f"{record.rights.author} ({record.rights.licence})",
        }
        return [(key, value) for key, value in facts.items() if value]

    def _look(self) -> Image.Image:
        from PIL import Image

        looks = [_small(data, self.record.file_name) for data in (self.image, self.clean) if data is not None]
        size = sum(look.width + _GAP for look in looks) - _GAP, max(look.height for look in looks)
        both = Image.new("RGB", size, "white")
        left = 0
        for look in looks:
            both.paste(look, (left, 0))
            left += look.width + _GAP
        return both


def _decoded(data: bytes, where: str, at_least: int | None = None) -> Image.Image:
    from nlcl_bench.core.images import decode

    return decode(data, where=where, at_least=at_least)


def _small(data: bytes, where: str) -> Image.Image:
    look = _decoded(data, where, at_least=_LONGEST_SIDE)
    look.thumbnail((_LONGEST_SIDE, _LONGEST_SIDE))
    return look
