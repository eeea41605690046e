"""Rain-free twins: named by a list, or found below a folder or archive by the path of the rainy photograph."""

from __future__ import annotations

from typing import TYPE_CHECKING

from collection_tools.collect.archives import Archive, is_archive
from collection_tools.collect.found import Found
from collection_tools.collect.walk import files_in
from nlcl_bench.core.errors import ImageError

if TYPE_CHECKING:
    from pathlib import Path

__all__ = ["Twins"]


class Twins:
    """Finds twins; what it remembers is one folder, since a walk goes folder by folder.

    Args:
        root: The folder or archive of twins, resolved; None if only lists name twins.
    """

    def __init__(self, root: Path | None) -> None:
        self._root = root
        self._folder: Path | None = None
        self._files: dict[str, Found] = {}
        self._damaged: Found | None = None  # stands for what may be missing in a damaged archive
        self._archive: Archive | None = None

    def wanted(self, found: Found) -> bool:
        """Tell whether a rainy photograph is to have a twin."""
        return self._root is not None or found.twin is not None

    def of(self, found: Found) -> Found | None:
        """Return the file of the same path but for the suffix; the first by name if there are several.

        What a list names comes first. In a damaged archive, the archive with its damage stands for a missing file.
        """
        if found.twin is not None or self._root is None:
            return found.twin
        folder = self._root / found.relative.parent
        if folder != self._folder:
            self._folder = folder
            self._look_into(folder, self._root)
        return self._files.get(found.path.stem, self._damaged)

    def close(self) -> None:
        """Close the archive that was looked into last."""
        if self._archive is not None:
            self._archive.close()
            self._archive = None

    def _look_into(self, folder: Path, root: Path) -> None:
        self._files, self._damaged = {}, None
        try:
            if not folder.resolve().is_relative_to(root):
                return
            found = files_in(folder, root) if folder.is_dir() else self._in_archive(folder, root)
        except OSError:  # a name that no file can have
            return
        self._files = {one.path.stem: one for one in reversed(found)}

    def _in_archive(self, folder: Path, root: Path) -> list[Found]:
        above = [one for one in (folder, *folder.parents) if one.is_relative_to(root)]
        path = next((one for one in above if is_archive(one.name) and one.is_file()), None)
        if path is None:
            return []
        try:
            if self._archive is None or self._archive.path != path:
                self.close()
                self._archive = Archive(path, root)
        except ImageError as error:
            self._damaged = Found(path, root, error.what)
            return []
        self._damaged = self._archive.damaged
        return list(self._archive.files_in(folder))
