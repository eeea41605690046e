"""What the Hub's answers mean to a user: one clause and one thing to do, for every way in which it says no.

The Hub's library says it in several lines, with addresses and at times with headers; none of that is passed on, so no
token can be. Errors are told apart by the names of their classes and the server's status, so that this module needs
neither the Hub's library nor the one below it.
"""

from __future__ import annotations

import errno
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["refusal"]

_AGAIN = "run the same command again; what is done is kept"
_LOGIN = "`hf auth login`"

_TOKEN = ("the Hub refuses your token", f"{_LOGIN} with a valid one, or `hf auth logout` for public data")

_UNAUTHORIZED = 401

# In this order: an error of a library is often several of these.
_BY_CLASS = {
    "GatedRepoError": ("dataset is gated and you have no access", f"ask for access on its page, then {_LOGIN}"),
    "RevisionNotFoundError": ("dataset has no such revision", "see its tags and branches on its page"),
    "RepositoryNotFoundError": (
        "no such dataset, or it is private and you have no access",
        f"check its name, or {_LOGIN}",
    ),
    "RemoteEntryNotFoundError": ("has no such file", "check its revision"),
    "HFValidationError": ("is no name of a dataset on the Hub", "give ORG/NAME"),
    "LocalTokenNotFoundError": ("you are not logged in", _LOGIN),
}
_BY_STATUS = {
    _UNAUTHORIZED: ("the Hub wants a login", _LOGIN),
    402: ("the Hub wants a paid plan for this", "use another account"),
    403: ("you have no permission for it", f"ask its owner, or {_LOGIN} as somebody who has"),
    409: ("the Hub finds it there already, or just being changed", _AGAIN),
    412: ("somebody else pushed meanwhile", _AGAIN),
    413: ("the Hub finds a file too large", "make smaller shards"),
    429: ("the Hub says that this were too many requests", f"wait some minutes, then {_AGAIN}"),
    507: ("the Hub has no room for it", f"make room in the account, then {_AGAIN}"),
}
_BY_CONNECTION = {
    "OfflineModeIsEnabled": (
        "is not in the cache, or not whole, and HF_HUB_OFFLINE is set",
        "unset it, or fetch it beforehand",
    ),
    "ConnectError": ("no network, or the Hub does not answer", f"check your network, then {_AGAIN}"),
    "ProxyError": ("no network: the proxy refuses", f"check HTTPS_PROXY, then {_AGAIN}"),
    "TimeoutException": ("the Hub does not answer in time", f"check your network, then {_AGAIN}"),
}


def refusal(error: BaseException) -> tuple[str, str]:
    """Return what went wrong and what to do.

    >>> refusal(ConnectionResetError())
    ('the connection was lost', 'run the same command again; what is done is kept')

    Args:
        error: What the Hub's library raised.
    """
    causes = list(_causes(error))
    names = {name for one in causes for name in _classes(one)}
    statuses = [status for one in causes if isinstance(status := _status(one), int)]
    if _UNAUTHORIZED in statuses and any(_blames_token(one) for one in causes):
        return _TOKEN
    known = next((words for name, words in _BY_CLASS.items() if name in names), None)
    known = known or next((words for one in causes if (words := _on_this_machine(one)) is not None), None)
    if known is None and statuses:
        known = _BY_STATUS.get(
            statuses[0], (f"the Hub answered with error {statuses[0]}", f"{_AGAIN}; wait if it lasts")
        )
    known = known or next((words for name, words in _BY_CONNECTION.items() if name in names), None)
    return known or ("the connection was lost", _AGAIN)


def _status(error: BaseException) -> object:
    return getattr(getattr(error, "response", None), "status_code", None)


def _blames_token(error: BaseException) -> bool:
    """Whether the server found fault with the token; of a dataset that is not there it says the rest of 401."""
    said = str(error).lower()
    return any(words in said for words in ("invalid credentials", "access token", "invalid user token"))


def _on_this_machine(error: BaseException) -> tuple[str, str] | None:
    if isinstance(error, OSError) and error.errno in {errno.ENOSPC, errno.EDQUOT}:
        return "the disk is full", f"make room, or set HF_HOME to a folder on a larger one, then {_AGAIN}"
    if isinstance(error, PermissionError):
        return "its cache cannot be written", "set HF_HOME to a folder of your own"
    return None


def _classes(error: BaseException) -> set[str]:
    return {kind.__name__ for kind in type(error).__mro__}


def _causes(error: BaseException) -> Iterator[BaseException]:
    """Yield an error and those it came from, the first one first: what the Hub itself said comes before the rest."""
    chain: list[BaseException] = []
    one: BaseException | None = error
    while one is not None and one not in chain:
        chain.append(one)
        one = one.__cause__ or one.__context__
    yield from reversed(chain)
