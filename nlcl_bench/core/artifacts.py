"""Weight and parameter files: found in the cache, or fetched; always checked against a pinned SHA-256.

Nothing is unpickled, loaded or even opened before its digest matched. The only door to the Hugging Face Hub
for reading files. A machine without a network gets a sentence that says which file to put where.
"""

from __future__ import annotations

import os
import shutil
from dataclasses import dataclass
from pathlib import Path

from nlcl_bench.core.digest import sha256_file
from nlcl_bench.core.errors import ArtifactError
from nlcl_bench.core.files import make_folder, writing

__all__ = ["Artifact", "cache_folder", "locate", "obtain", "snapshot"]

_TIMEOUT_SECONDS = 30


@dataclass(frozen=True, slots=True, kw_only=True)
class Artifact:
    """One file that a method or metric needs.

    Attributes:
        name: Its path under the cache folder, e.g. ``metrics/niqe_modelparameters.mat``.
        source: Where it comes from: an ``https://`` address or ``hf://ORG/NAME@REVISION/FILE``.
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
        return cache_folder() / self.name

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
            fix=f"delete it, then {artifact.by_hand}",
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


def snapshot(repo: str, revision: str, patterns: list[str]) -> Path:
    """Download the matching files of a Hub dataset at a revision, and return the local folder.

    Files that are there already are not fetched again; without a network the cached copy is used.

    Raises:
        ArtifactError: The dataset, revision or network is not there.
    """
    from huggingface_hub import snapshot_download
    from huggingface_hub.errors import HfHubHTTPError, LocalEntryNotFoundError

    try:
        folder = snapshot_download(repo, repo_type="dataset", revision=revision, allow_patterns=patterns)
    except (HfHubHTTPError, LocalEntryNotFoundError, OSError, ValueError) as error:
        raise ArtifactError(
            f"dataset could not be fetched: {str(error).splitlines()[0]}",
            where=f"{repo}@{revision}",
            fix="check its name and revision, your network, and `hf auth login` if it is private",
        ) from error
    return Path(folder)
