"""Frames of one shot, read across time: every frame of one strip of the picture at once.

The frames lie in a nameless temporary file, so that memory holds a strip and not the video, and nothing is left after
a kill.
"""

from __future__ import annotations

import tempfile
from typing import TYPE_CHECKING, Self

import numpy as np

from nlcl_bench.core.errors import StorageError

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from types import TracebackType

    import numpy.typing as npt

    Bytes = npt.NDArray[np.uint8]

__all__ = ["Stack"]

STRIP = 16 * 1024 * 1024
"""Bytes of a strip, over all frames, at most; but one row at least."""


class Stack:
    """Pictures of one size, uint8 ``(H, W, 3)``; to be closed.

    Raises:
        StorageError: There is no room for them in the temporary folder.
    """

    def __init__(self, pictures: Iterable[Bytes]) -> None:
        self.shape: tuple[int, int, int] = (0, 0, 3)
        self._count = 0
        self._file = tempfile.TemporaryFile()  # noqa: SIM115 (closed by close)
        try:
            for picture in pictures:
                self._add(picture)
        except OSError as error:
            self._file.close()
            raise StorageError(
                f"frames cannot be laid aside: {error.strerror}",
                where=tempfile.gettempdir(),
                fix="make room, or name another folder with TMPDIR",
            ) from error
        except BaseException:
            self._file.close()
            raise

    def _add(self, picture: Bytes) -> None:
        if not self._count:
            self.shape = (picture.shape[0], picture.shape[1], 3)
        if picture.shape != self.shape:
            raise ValueError(f"pictures of {picture.shape} and {self.shape} are not of one shot")
        self._file.write(picture.tobytes())
        self._count += 1

    def __len__(self) -> int:
        return self._count

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Give the room back."""
        self._file.close()

    def picture(self, index: int) -> Bytes:
        """Return one picture."""
        return self._rows(index, 0, self.shape[0])

    def strips(self, used: Sequence[int]) -> Iterator[tuple[slice, Bytes]]:
        """Yield rows of the picture and what lies there in some of the frames, uint8 ``(T, rows, W, 3)``."""
        height, width, channels = self.shape
        step = max(1, STRIP // max(1, len(used) * width * channels))
        for top in range(0, height, step):
            rows = slice(top, min(top + step, height))
            yield rows, np.stack([self._rows(index, rows.start, rows.stop) for index in used])

    def _rows(self, index: int, top: int, bottom: int) -> Bytes:
        height, width, channels = self.shape
        self._file.seek((index * height + top) * width * channels)
        data = self._file.read((bottom - top) * width * channels)
        return np.frombuffer(data, np.uint8).reshape(bottom - top, width, channels)
