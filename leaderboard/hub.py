"""The door through which runs and boards go to the Hub. Errors of its library become one line each."""

from __future__ import annotations

from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

from huggingface_hub import CommitOperationAdd, CommitOperationDelete, HfApi
from huggingface_hub.errors import EntryNotFoundError

from nlcl_bench.core.errors import HubError
from nlcl_bench.core.hub import asking

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

__all__ = ["fetch", "make_space", "propose", "put"]


def fetch(repo: str, name: str, *, space: bool = False) -> bytes | None:
    """Return a small file of a repository as it is now; None if it is not there.

    Raises:
        HubError: The repository is not there, or the Hub cannot be reached.
    """
    with asking(repo), TemporaryDirectory() as folder:
        try:
            path = HfApi().hf_hub_download(repo, name, repo_type="space" if space else "dataset", local_dir=folder)
        except EntryNotFoundError:
            return None
        return Path(path).read_bytes()


def propose(repo: str, title: str, why: str, files: Mapping[str, Path | bytes]) -> str:
    """Open a pull request that adds files to a dataset repository, in one commit; return its address.

    Raises:
        HubError: The Hub refused, or opened none.
    """
    with asking(repo):
        done = HfApi().create_commit(
            repo,
            [CommitOperationAdd(name, _content(content)) for name, content in sorted(files.items())],
            commit_message=title,
            commit_description=why,
            repo_type="dataset",
            create_pr=True,
        )
    if done.pr_url is None:
        raise HubError("the Hub opened no pull request", where=repo, fix="see whether they are switched off there")
    return done.pr_url


def make_space(repo: str, *, private: bool) -> None:
    """Make an empty static Space, unless it is there.

    Raises:
        HubError: The Hub refused.
    """
    with asking(repo):
        HfApi().create_repo(repo, repo_type="space", space_sdk="static", private=private, exist_ok=True)


def put(repo: str, title: str, files: Mapping[str, Path | bytes], remove: Sequence[str]) -> str:
    """Change files of a Space in one commit; return the commit.

    Raises:
        HubError: The Hub refused.
    """
    operations: list[CommitOperationAdd | CommitOperationDelete] = [
        CommitOperationAdd(name, _content(content)) for name, content in sorted(files.items())
    ]
    operations += [CommitOperationDelete(name) for name in remove]
    with asking(repo):
        return HfApi().create_commit(repo, operations, commit_message=title, repo_type="space").oid


def _content(content: Path | bytes) -> str | bytes:
    return content if isinstance(content, bytes) else str(content)
