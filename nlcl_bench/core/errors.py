"""Everything that can go wrong in a way the user can mend.

::

    NLCLBenchError
    ├── InputError            what the user gave cannot be used
    │   ├── ImageError        a file is no photograph we can read
    │   └── UnknownNameError  a method, metric or split of that name does not exist
    ├── StorageError          a file or folder cannot be read or written
    ├── ArtifactError         a weight or parameter file is missing, damaged or not the one that was pinned
    ├── ManifestError         a store, curated folder or release is not what it says it is
    ├── HubError              the Hub refuses, fails or cannot be reached
    ├── RunError              a run folder belongs to another run, or cannot be finished
    ├── ContractError         a method or metric broke its contract
    └── PluginError           an installed plug-in cannot be used

The command line prints one of these as a single red line and ends with exit code 1. Any other exception is a
bug of ours and shows its traceback.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

__all__ = [
    "ArtifactError",
    "ContractError",
    "HubError",
    "ImageError",
    "InputError",
    "ManifestError",
    "NLCLBenchError",
    "PluginError",
    "RunError",
    "StorageError",
    "UnknownNameError",
]


class NLCLBenchError(Exception):
    """An error that says what, where and what to do, in one line.

    Args:
        what: The finding, as a clause without a full stop.
        where: The file, folder, option or image it concerns.
        fix: What the user can do about it.

    >>> str(InputError("is no folder", where="photos", fix="check the spelling"))
    'photos: is no folder (check the spelling)'
    """

    def __init__(self, what: str, *, where: str | Path | None = None, fix: str | None = None) -> None:
        self.what = what
        self.where = None if where is None else str(where)
        self.fix = fix
        sentence = what if where is None else f"{where}: {what}"
        super().__init__(sentence if fix is None else f"{sentence} ({fix})")

    def __reduce__(self) -> tuple[object, ...]:
        """Survive the way back from a worker process."""
        return _rebuild, (type(self), self.what, self.where, self.fix)


def _rebuild(kind: type[NLCLBenchError], what: str, where: str | None, fix: str | None) -> NLCLBenchError:
    return kind(what, where=where, fix=fix)


class InputError(NLCLBenchError):
    """What the user gave cannot be used."""


class ImageError(InputError):
    """A file is no photograph that we can read."""


class UnknownNameError(InputError):
    """Nothing of that name exists."""


class StorageError(NLCLBenchError):
    """A file or folder cannot be read or written."""


class ArtifactError(NLCLBenchError):
    """A weight or parameter file is missing, damaged or not the one that was pinned."""


class ManifestError(NLCLBenchError):
    """A store, curated folder or release is not what it says it is."""


class HubError(NLCLBenchError):
    """The Hub refuses, fails or cannot be reached."""


class RunError(NLCLBenchError):
    """A run folder belongs to another run, or cannot be finished."""


class ContractError(NLCLBenchError):
    """A method or metric broke its contract."""


class PluginError(NLCLBenchError):
    """An installed plug-in cannot be used."""
