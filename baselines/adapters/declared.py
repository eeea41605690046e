"""What a user says of somebody else's method, where its file cannot tell; what nobody says is ``not stated``."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Final, Literal, TypeVar

from pydantic import Field, ValidationError

from nlcl_bench.core.artifacts import Artifact
from nlcl_bench.core.digest import sha256_file
from nlcl_bench.core.errors import ArtifactError, InputError
from nlcl_bench.data.record import Digest, Row, Text, first_problem
from nlcl_bench.methods.spec import Interface, MethodSpec, Supervision

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = [
    "NOT_STATED",
    "PADDED",
    "ROUNDED",
    "Declared",
    "Sides",
    "described",
    "or_not_stated",
    "own_file",
    "read",
    "safe_name",
    "stem",
]

NOT_STATED: Final = "not stated"

PADDED = "by reflection at the bottom and right, by the engine"
ROUNDED = "half to even, by the engine"
_LONGEST = 64

Range = Literal["0..1", "0..255", "-1..1"]
D = TypeVar("D", bound="Declared")


class Declared(Row):
    """What can be said of any method.

    Attributes:
        title: Its name in a table.
        supervision: What it learnt from.
        licence: SPDX id of its code and weights, or what is known of them.
        year: Year of publication.
        paper: Where it was published.
        trained_on: Names of the data sets it saw, separated by commas.
        trained_with_iqa: Whether a quality metric was a training reward.
        deterministic: Whether it gives one result twice.
    """

    title: Text | None = None
    supervision: Supervision | None = None
    licence: Text | None = None
    year: Annotated[int, Field(ge=1900, le=2200)] | None = None
    paper: Text | None = None
    trained_on: Text | None = None
    trained_with_iqa: bool | None = None
    deterministic: bool | None = None


class Sides(Declared):
    """What can be said besides of a model that is a file.

    Attributes:
        sha256: The digest that the file must have.
        tiling: Whether tiles give the same result as the whole image.
        reach: How far away, in pixels, that may lie on which a pixel of its output depends.
    """

    sha256: Digest | None = None
    tiling: Literal["exact", "changes_result", "forbidden"] | None = None
    reach: Annotated[int, Field(ge=0, le=1024)] = 16


def read(shape: type[D], kind: str, declared: Mapping[str, str]) -> D:
    """Read declarations.

    Args:
        shape: What may be declared.
        kind: The adapter's word, for messages.
        declared: Values by key.

    Raises:
        InputError: A key is not known, or a value is not one.
    """
    try:
        return shape.model_validate(dict(declared))
    except ValidationError as error:
        known = ", ".join(sorted(shape.model_fields))
        raise InputError(first_problem(error), where="--declare", fix=f"{kind}: knows {known}") from error


def or_not_stated(value: object, taken: str = "") -> str:
    """Return a declared value in words.

    >>> or_not_stated(True), or_not_stated(8), or_not_stated(None), or_not_stated(None, "rgb")
    ('yes', '8', 'not stated', 'not stated, taken for rgb')
    """
    if value is None:
        return f"{NOT_STATED}, taken for {taken}" if taken else NOT_STATED
    return {True: "yes", False: "no"}[value] if isinstance(value, bool) else str(value)


def safe_name(kind: str, called: str) -> str:
    """Return a name that can be a folder and a row of a board.

    >>> safe_name("onnx", "PReNet (H).v2"), safe_name("cmd", "---")
    ('onnx-prenet-h-v2', 'cmd')
    """
    return re.sub(r"[^a-z0-9]+", "-", f"{kind}-{called.lower()}")[:_LONGEST].strip("-")


def own_file(kind: str, argument: str, told: Sides) -> Artifact:
    """Return the user's file as an artifact, pinned to the bytes it has now.

    Raises:
        InputError: There is no such file.
        ArtifactError: It does not have the declared digest, or cannot be read.
    """
    path = Path(argument)
    if not path.is_file():
        raise InputError("no such file", where=f"{kind}:{argument}", fix="check the spelling")
    try:
        found = sha256_file(path)
    except OSError as error:
        raise ArtifactError(f"cannot be read: {error.strerror}", where=path, fix="check its permissions") from error
    if told.sha256 not in {None, found}:
        raise ArtifactError(
            f"has sha256 {found}, not the declared {told.sha256}", where=path, fix="find out where it comes from"
        )
    return Artifact(
        name=path.name,
        source=f"file://{path.resolve()}",
        sha256=found,
        size=path.stat().st_size,
        licence=or_not_stated(told.licence),
    )


def stem(file: Artifact) -> str:
    """Return a file's name without folders and suffix."""
    return Path(file.name).stem


def described(kind: str, called: str, told: Declared, *, interface: Interface, **rest: Any) -> MethodSpec:
    """Return the description of a method that is brought along.

    Args:
        kind: The adapter's word.
        called: What it is called where it comes from, such as its file's name without the suffix.
        told: What the user says of it.
        interface: How it is spoken to.
        rest: Further fields of the description.
    """
    seen = [word.strip() for word in (told.trained_on or NOT_STATED).split(",")]
    return MethodSpec(
        name=safe_name(kind, called),
        title=told.title or f"{called} ({kind})",
        supervision=told.supervision or NOT_STATED,
        licence=or_not_stated(told.licence),
        year=told.year,
        paper=told.paper,
        trained_on=frozenset(word for word in seen if word),
        trained_with_iqa=told.trained_with_iqa,
        interface=interface,
        **rest,
    )
