"""Weight and parameter files: found in the cache, or fetched; always checked against a pinned SHA-256.

Nothing is unpickled, loaded or even opened before its digest matched: the one that we pin, or, for a file whose
publisher names none, the one that was recorded when the user put it there (see :mod:`core.pins`). The only door to the
Hugging Face Hub for reading files. A machine without a network gets a sentence that says which file to put where.
"""

from __future__ import annotations

import os
import shutil
from contextlib import contextmanager
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import IO, TYPE_CHECKING, cast

from nlcl_bench.core.digest import sha256_file
from nlcl_bench.core.errors import ArtifactError
from nlcl_bench.core.files import make_folder, writing
from nlcl_bench.core.pins import record_pin, recorded
from nlcl_bench.core.refusals import refusal

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["Artifact", "RemoteFile", "cache_folder", "fetch", "locate", "obtain", "remote_files", "snapshot"]

_TIMEOUT_SECONDS = 30
_PACKAGED = "package://"
_OWN = "file://"


@dataclass(frozen=True, slots=True, kw_only=True)
class Artifact:
    """One file that a method or metric needs.

    Attributes:
        name: Its path under the cache folder, e.g. ``metrics/niqe_modelparameters.mat``.
        source: Where it comes from: an ``https://`` address, ``hf://ORG/NAME@REVISION/FILE``, for a file that is
            installed with its package ``package://PACKAGE/FILE``, for one of the user's ``file://PATH``.
        sha256: The digest that it must have; None if its publisher names none, and the user's own pin decides.
        size: Its length in bytes; None if that is not known.
        licence: Its SPDX id, or what is known about its terms.
    """

    name: str
    source: str
    sha256: str | None
    size: int | None
    licence: str

    @property
    def packaged(self) -> bool:
        """Whether it is installed with its package, and not kept in the cache."""
        return self.source.startswith(_PACKAGED)

    @property
    def own(self) -> bool:
        """Whether it is a file of the user's, which lies where the user keeps it."""
        return self.source.startswith(_OWN)

    @property
    def digest(self) -> str | None:
        """The digest that it must have: the one we pin, else the one recorded on first use, else None."""
        return self.sha256 or recorded(self.path)

    @property
    def path(self) -> Path:
        """Where the file lies, or is to be put by hand."""
        if self.own:
            return Path(self.source.removeprefix(_OWN))
        if not self.packaged:
            return cache_folder() / self.name
        package, _, file = self.source.removeprefix(_PACKAGED).partition("/")
        found = find_spec(package)
        if found is None or found.origin is None:
            raise ArtifactError("is not installed", where=package, fix="install it again")
        return Path(found.origin).parent / file

    @property
    def address(self) -> str:
        """Where it is fetched from; a file of the Hub through ``$HF_ENDPOINT``, as the Hub's own library does."""
        if not self.source.startswith("hf://"):
            return self.source
        repo, _, rest = self.source.removeprefix("hf://").partition("@")
        revision, _, file = rest.partition("/")
        return f"{os.environ.get('HF_ENDPOINT') or 'https://huggingface.co'}/{repo}/resolve/{revision}/{file}"

    @property
    def by_hand(self) -> str:
        """What to tell someone whose machine cannot fetch it."""
        if self.packaged:
            return "install the package again"
        if self.own:
            return "run the same command again, for the file is another one now"
        if self.sha256 is None:
            return f"get it from {self.address}, then: nlcl-bench weights add {Path(self.name).name} FILE"
        return f"get it from {self.address} and put it at {self.path}; its sha256 is {self.sha256}"


def cache_folder() -> Path:
    """Return the folder of weights: ``$NLCL_BENCH_CACHE``, else ``nlcl-bench`` in the user's cache folder."""
    chosen = os.environ.get("NLCL_BENCH_CACHE")
    if chosen:
        return Path(chosen)
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "nlcl-bench"


def locate(artifact: Artifact) -> Path | None:
    """Return the verified file if it is in the cache, else None.

    Raises:
        ArtifactError: A file lies there, but it is not the pinned one, or nothing says which one it must be.
    """
    if not artifact.path.is_file():
        return None
    wanted = artifact.digest
    if wanted is None:
        raise ArtifactError(
            "has no recorded sha256, so nothing says whether it is the right file",
            where=artifact.path,
            fix=f"if you trust it: nlcl-bench weights add {artifact.path.name} {artifact.path}",
        )
    found = sha256_file(artifact.path)
    if found != wanted:
        raise ArtifactError(
            f"is not the pinned file: its sha256 is {found}, not {wanted}",
            where=artifact.path,
            fix=artifact.by_hand if artifact.own else f"delete it, then {artifact.by_hand}",
        )
    return artifact.path


def obtain(artifact: Artifact) -> Path:
    """Return the verified file, fetching it first if it is not in the cache.

    Raises:
        ArtifactError: It cannot be fetched, or what came is not the pinned file.
    """
    return locate(artifact) or fetch(artifact)


def fetch(artifact: Artifact, *, trusting: bool = False) -> Path:
    """Fetch a file into the cache, whatever lies there, and return it.

    Args:
        artifact: The file.
        trusting: Whether to take what comes as the right file, and pin it, where no digest is known.

    Raises:
        ArtifactError: It cannot be fetched, what came is not the pinned file, or no digest is known.
        StorageError: It cannot be written.
    """
    if artifact.packaged:
        raise ArtifactError("is missing from the installed package", where=artifact.path, fix=artifact.by_hand)
    if artifact.own:
        raise ArtifactError("is gone", where=artifact.path, fix="check the spelling")
    wanted = artifact.digest
    if wanted is None and not trusting:
        raise ArtifactError(
            "is missing, and its publisher names no sha256: whether to trust what comes is for you to say",
            where=artifact.name,
            fix=f"nlcl-bench weights pull {artifact.path.name}, or {artifact.by_hand}",
        )
    make_folder(artifact.path.parent)
    with writing(artifact.path) as part:
        try:
            _fetch(artifact.address, part)
        except OSError as error:  # what urllib and the Hub's client raise, time-outs included
            part.unlink(missing_ok=True)
            raise ArtifactError(
                f"could not be fetched: {type(error).__name__}", where=artifact.name, fix=artifact.by_hand
            ) from error
        digest = sha256_file(part)
        if wanted is not None and digest != wanted:
            part.unlink()
            raise ArtifactError(
                f"what came from {artifact.address} has sha256 {digest}, not {wanted}",
                where=artifact.name,
                fix="its source has changed; report it, or give a file of your own",
            )
        if wanted is None:
            record_pin(artifact.path, digest)
    return artifact.path


def _fetch(address: str, into: Path) -> None:
    """Download one file; without a network this fails at once, where the Hub's own library tries for half a minute."""
    import urllib.error
    import urllib.request

    try:
        answer = urllib.request.urlopen(address, timeout=_TIMEOUT_SECONDS)  # noqa: S310 (pinned by us, checked after)
    except urllib.error.HTTPError as error:
        error.close()  # it holds the connection
        raise
    with answer, into.open("wb") as file_:
        shutil.copyfileobj(answer, file_)
        announced = answer.headers.get("Content-Length")
        if announced is not None and file_.tell() != int(announced):
            raise ConnectionError(f"{file_.tell()} of {announced} bytes came")


def snapshot(repo: str, revision: str, patterns: list[str] | None = None) -> Path:
    """Download the matching files of a Hub dataset at a revision, and return the local folder.

    Files that are there already are not fetched again; without a network the cached copy is used.

    Args:
        repo: ``ORG/NAME``.
        revision: A tag, branch or commit.
        patterns: Names with ``*``; None for all files.

    Raises:
        ArtifactError: The dataset, revision or network is not there, or access is refused.
    """
    from huggingface_hub import snapshot_download

    with _told(repo, revision):
        return Path(snapshot_download(repo, repo_type="dataset", revision=revision, allow_patterns=patterns))


def remote_files(repo: str, revision: str) -> dict[str, RemoteFile]:
    """Return the files of a Hub dataset at a revision, by name, none of which is fetched as a whole.

    Raises:
        ArtifactError: The dataset, revision or network is not there, or access is refused.
    """
    from huggingface_hub import HfApi
    from huggingface_hub.hf_api import RepoFile

    with _told(repo, revision):
        tree = HfApi().list_repo_tree(repo, repo_type="dataset", revision=revision, recursive=True)
        found = [entry for entry in tree if isinstance(entry, RepoFile)]
    return {entry.path: RemoteFile(repo, revision, entry.path, entry.size) for entry in found}


@dataclass(frozen=True, slots=True)
class RemoteFile:
    """A file on the Hub that can be read in parts.

    Attributes:
        repo: ``ORG/NAME`` of the dataset.
        revision: Its revision.
        name: The file's name in it.
        size: Its length in bytes.
    """

    repo: str
    revision: str
    name: str
    size: int

    @contextmanager
    def open(self) -> Iterator[IO[bytes]]:
        """Open it; what is read is fetched by ranges.

        Raises:
            ArtifactError: It cannot be fetched.
        """
        from huggingface_hub import HfFileSystem

        with _told(self.repo, self.revision):
            files = HfFileSystem()
            with files.open(f"datasets/{self.repo}/{self.name}", "rb", revision=self.revision) as file:
                yield file


@contextmanager
def _told(repo: str, revision: str) -> Iterator[None]:
    """Turn what the Hub's library raises into one line."""
    from huggingface_hub.errors import HfHubHTTPError, XetDownloadError

    # httpx's errors on a broken connection are no OSErrors; their base class is reached through the Hub's own
    transport = cast("type[Exception]", HfHubHTTPError.__bases__[0])
    try:
        yield
    except (transport, XetDownloadError, OSError, ValueError) as error:
        what, fix = refusal(error)
        raise ArtifactError(what, where=f"{repo}@{revision}", fix=fix) from error
