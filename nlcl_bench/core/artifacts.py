"""Weight and parameter files: found in the cache, or fetched; always checked against a pinned SHA-256.

Nothing is unpickled, loaded or even opened before its digest matched. The only door to the Hugging Face Hub
for reading files. A machine without a network gets a sentence that says which file to put where.
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
from nlcl_bench.core.refusals import refusal

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["Artifact", "RemoteFile", "cache_folder", "locate", "obtain", "remote_files", "snapshot"]

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
        sha256: The digest that it must have.
        size: Its length in bytes.
        licence: Its SPDX id, or what is known about its terms.
    """

    name: str
    source: str
    sha256: str
    size: int
    licence: str

    @property
    def path(self) -> Path:
        """Where the file lies, or is to be put by hand."""
        if self.source.startswith(_OWN):
            return Path(self.source.removeprefix(_OWN))
        if not self.source.startswith(_PACKAGED):
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
        if self.source.startswith(_PACKAGED):
            return "install the package again"
        if self.source.startswith(_OWN):
            return "run the same command again, for the file is another one now"
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
        ArtifactError: A file lies there, but it is not the pinned one.
    """
    if not artifact.path.is_file():
        return None
    found = sha256_file(artifact.path)
    if found != artifact.sha256:
        raise ArtifactError(
            f"is not the pinned file: its sha256 is {found}, not {artifact.sha256}",
            where=artifact.path,
            fix=artifact.by_hand if artifact.source.startswith(_OWN) else f"delete it, then {artifact.by_hand}",
        )
    return artifact.path


def obtain(artifact: Artifact) -> Path:
    """Return the verified file, fetching it first if it is not in the cache.

    Raises:
        ArtifactError: It cannot be fetched, or what came is not the pinned file.
    """
    found = locate(artifact)
    if found is not None:
        return found
    if artifact.source.startswith(_PACKAGED):
        raise ArtifactError("is missing from the installed package", where=artifact.path, fix=artifact.by_hand)
    if artifact.source.startswith(_OWN):
        raise ArtifactError("is gone", where=artifact.path, fix="check the spelling")
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
        if digest != artifact.sha256:
            part.unlink()
            raise ArtifactError(
                f"what came from {artifact.address} has sha256 {digest}, not {artifact.sha256}",
                where=artifact.name,
                fix="its source has changed; report it, or give a file of your own",
            )
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
