"""The door through which runs and boards go to the Hub. Errors of its library become one line each."""

from __future__ import annotations

import warnings
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Literal

from huggingface_hub import CommitOperationAdd, CommitOperationDelete, HfApi, SpaceInfo

from nlcl_bench.core.errors import HubError
from nlcl_bench.core.hub import asking

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

__all__ = ["State", "fetch", "make_space", "propose", "put", "state"]


@dataclass(frozen=True, slots=True)
class State:
    """A repository as it is.

    Attributes:
        repo: ``ORG/NAME``.
        kind: What it is of.
        commit: The commit that its main branch is at.
        files: What lies there.
        sdk: What a Space is run by; None if it is none.
    """

    repo: str
    kind: Literal["dataset", "space"]
    commit: str
    files: frozenset[str]
    sdk: str | None


def state(repo: str, kind: Literal["dataset", "space"]) -> State:
    """Return a repository as it is now.

    Raises:
        HubError: It is not there, or the Hub cannot be reached.
    """
    api = HfApi()
    with asking(repo):
        found = api.space_info(repo) if kind == "space" else api.dataset_info(repo)
    files = frozenset(one.rfilename for one in found.siblings or ())
    return State(repo, kind, found.sha or "", files, found.sdk if isinstance(found, SpaceInfo) else None)


def fetch(there: State, name: str) -> bytes | None:
    """Return a small file of a repository as it was found; None if it was not there.

    Raises:
        HubError: The Hub cannot be reached.
    """
    if name not in there.files:
        return None
    with asking(there.repo), TemporaryDirectory() as folder:
        path = HfApi().hf_hub_download(there.repo, name, repo_type=there.kind, revision=there.commit, local_dir=folder)
        return Path(path).read_bytes()


def propose(there: State, title: str, why: str, files: Mapping[str, Path | bytes]) -> str:
    """Open a pull request on a repository as it was found, in one commit; return its address.

    If somebody adds to one of the files meanwhile, the Hub says so when it is to be merged: no line of theirs is lost.

    Raises:
        HubError: The Hub refused, or opened none.
    """
    with asking(there.repo):
        done = HfApi().create_commit(
            there.repo,
            [CommitOperationAdd(name, _content(content)) for name, content in sorted(files.items())],
            commit_message=title,
            commit_description=why,
            repo_type=there.kind,
            parent_commit=there.commit,
            create_pr=True,
        )
    if done.pr_url is None:
        raise HubError(
            "the Hub opened no pull request", where=there.repo, fix="see whether they are switched off there"
        )
    return done.pr_url


def make_space(repo: str, *, private: bool) -> None:
    """Make an empty static Space, unless it is there.

    Raises:
        HubError: The Hub refused.
    """
    with asking(repo):
        HfApi().create_repo(repo, repo_type="space", space_sdk="static", private=private, exist_ok=True)


def put(there: State, title: str, files: Mapping[str, Path | bytes], remove: Sequence[str]) -> str:
    """Change files of a repository as it was found, in one commit; return the commit.

    Raises:
        HubError: The Hub refused, as it does when somebody else changed it meanwhile.
    """
    operations: list[CommitOperationAdd | CommitOperationDelete] = [
        CommitOperationAdd(name, _content(content)) for name, content in sorted(files.items())
    ]
    operations += [CommitOperationDelete(name) for name in remove]
    with asking(there.repo), warnings.catch_warnings():
        # the runs behind a board belong beside it: no line for each that a Space is no place for data
        warnings.filterwarnings("ignore", message="It seems that you are about to commit a data file")
        done = HfApi().create_commit(
            there.repo, operations, commit_message=title, repo_type=there.kind, parent_commit=there.commit
        )
    return done.oid


def _content(content: Path | bytes) -> str | bytes:
    return content if isinstance(content, bytes) else str(content)
