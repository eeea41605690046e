"""Speaking to the Hub: its library's errors as one line each, for everybody who writes there."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

from huggingface_hub.errors import (  # type: ignore[attr-defined] # the client's error, whichever it is
    HFValidationError,
    HTTPError,
    LocalTokenNotFoundError,
)

from nlcl_bench.core.errors import HubError
from nlcl_bench.core.refusals import refusal

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["asking"]


@contextmanager
def asking(repo: str) -> Iterator[None]:
    """Turn what the Hub's library raises within the block into one line.

    Raises:
        HubError: The Hub refused, failed, or could not be reached.
    """
    try:
        yield
    except (HTTPError, LocalTokenNotFoundError, HFValidationError, ConnectionError, RuntimeError) as error:
        if isinstance(error, RuntimeError) and error.__cause__ is None:
            raise  # what failed while several files went up at once has a cause; this is none of it
        what, fix = refusal(error)
        raise HubError(what, where=repo, fix=fix) from error
