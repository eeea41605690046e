"""Speaking to the Hub: its library's errors as one line each, and the form in which it takes results."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from huggingface_hub import EvalResultEntry, eval_result_entries_to_yaml
from huggingface_hub.errors import (  # type: ignore[attr-defined] # the client's error, whichever it is
    HFValidationError,
    HTTPError,
    LocalTokenNotFoundError,
)

from nlcl_bench.core.errors import HubError
from nlcl_bench.core.refusals import refusal

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

__all__ = ["asking", "result_entries"]


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


def result_entries(entries: Sequence[Mapping[str, str | float | None]]) -> list[dict[str, Any]]:
    """Return results as the Hub's ``.eval_results/*.yaml`` has them.

    Args:
        entries: The fields of the library's ``EvalResultEntry``; those that are None are left out.
    """
    given = [{name: value for name, value in entry.items() if value is not None} for entry in entries]
    return eval_result_entries_to_yaml([EvalResultEntry(**entry) for entry in given])  # type: ignore[arg-type]
