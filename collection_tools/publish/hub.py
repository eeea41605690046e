"""The door through which a release goes to the Hub: what is there, and the few steps that change it.

Every error of the Hub's library becomes one line that says what to do; a token is never a part of it.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Literal, NamedTuple

from huggingface_hub import CommitOperationAdd, CommitOperationDelete, HfApi
from huggingface_hub.errors import (
    EntryNotFoundError,
    GatedRepoError,
    RepositoryNotFoundError,
    RevisionNotFoundError,
)
from huggingface_hub.hf_api import RepoFile

from collection_tools.publish.changes import There
from nlcl_bench.core.errors import HubError
from nlcl_bench.core.hub import asking

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

__all__ = [
    "Gated",
    "State",
    "Waiting",
    "asking",
    "close",
    "commit",
    "create",
    "fetch",
    "files",
    "find",
    "gate",
    "merge",
    "tag",
    "waiting",
    "who",
]

Gated = Literal["auto", "manual"]

_KIND = "dataset"


class State(NamedTuple):
    """A repository as it is.

    Attributes:
        head: The commit that its main branch is at.
        private: Whether only its owners see it.
        gated: How readers ask for access; False if they need not.
        tags: Its tags and the commits they name.
    """

    head: str
    private: bool
    gated: str | Literal[False]
    tags: Mapping[str, str]


class Waiting(NamedTuple):
    """A pull request that is open.

    Attributes:
        number: Its number.
        base: The commit that it starts from; None if it has no commit of its own.
    """

    number: int
    base: str | None

    @property
    def revision(self) -> str:
        """Where its files are."""
        return f"refs/pr/{self.number}"


def who() -> str:
    """Return the name of the account that the token belongs to."""
    return str(HfApi().whoami()["name"])


def find(repo: str) -> State | None:
    """Return a repository as it is; None if there is none that the token may see."""
    api = HfApi()
    try:
        info = api.dataset_info(repo)
    except GatedRepoError:
        raise
    except RepositoryNotFoundError as error:
        if error.response.status_code == 401:  # noqa: PLR2004 (without a valid token nobody knows)
            raise
        return None
    tags = {ref.name: ref.target_commit for ref in api.list_repo_refs(repo, repo_type=_KIND).tags}
    return State(info.sha or "", bool(info.private), info.gated or False, tags)


def create(repo: str, *, private: bool) -> None:
    """Make an empty repository."""
    HfApi().create_repo(repo, repo_type=_KIND, private=private)


def gate(repo: str, gated: Gated) -> None:
    """Let readers ask for access."""
    HfApi().update_repo_settings(repo, repo_type=_KIND, gated=gated)


def files(repo: str, revision: str) -> dict[str, There]:
    """Return what lies in a repository at a revision, by name; nothing if the revision is not there."""
    tree = HfApi().list_repo_tree(repo, recursive=True, revision=revision, repo_type=_KIND)
    try:
        return {
            one.path: There(one.size, one.blob_id, one.lfs.sha256 if one.lfs else None)
            for one in tree
            if isinstance(one, RepoFile)
        }
    except (RevisionNotFoundError, EntryNotFoundError):
        return {}


def fetch(repo: str, revision: str, name: str, into: Path) -> Path:
    """Download a small file of a repository; return where it lies."""
    return Path(HfApi().hf_hub_download(repo, name, repo_type=_KIND, revision=revision, local_dir=into))


def commit(repo: str, title: str, *, base: str, add: Mapping[str, Path | bytes], remove: Sequence[str]) -> Waiting:
    """Upload files and open a pull request with them in a single commit on ``base``.

    What earlier attempts have uploaded is not uploaded again.
    """
    operations: list[CommitOperationAdd | CommitOperationDelete] = [
        CommitOperationAdd(name, content if isinstance(content, bytes) else str(content))
        for name, content in sorted(add.items())
    ]
    operations += [CommitOperationDelete(name) for name in remove]
    done = HfApi().create_commit(
        repo, operations, commit_message=title, repo_type=_KIND, create_pr=True, parent_commit=base
    )
    if done.pr_num is None:
        raise HubError("the Hub opened no pull request", where=repo, fix="see whether they are switched off there")
    return Waiting(done.pr_num, base)


def waiting(repo: str, title: str, author: str) -> list[Waiting]:
    """Return the open pull requests of an author under a title, newest first."""
    api = HfApi()
    found = api.get_repo_discussions(
        repo, author=author, discussion_type="pull_request", discussion_status="open", repo_type=_KIND
    )
    numbers = sorted((one.num for one in found if one.title == title), reverse=True)
    return [Waiting(number, _base(api, repo, number)) for number in numbers]


def _base(api: HfApi, repo: str, number: int) -> str | None:
    commits = api.list_repo_commits(repo, repo_type=_KIND, revision=f"refs/pr/{number}")
    return commits[1].commit_id if len(commits) > 1 else None


def close(repo: str, number: int, comment: str) -> None:
    """Close a pull request that is not wanted any more."""
    HfApi().change_discussion_status(repo, number, "closed", comment=comment, repo_type=_KIND)


def merge(repo: str, number: int) -> None:
    """Merge a pull request."""
    HfApi().merge_pull_request(repo, number, repo_type=_KIND)


def tag(repo: str, name: str, revision: str) -> None:
    """Name a commit."""
    HfApi().create_tag(repo, tag=name, revision=revision, repo_type=_KIND)
