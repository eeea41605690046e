"""What people said of outputs, from a CSV: mean opinion scores, or votes between two outputs of one photograph.

::

    image,method,score[,scene]            score: any number, higher is the better opinion
    image,left,right,winner[,scene]       left, right: labels of runs; winner: left, right, tie, or one of the two

``image`` is the photograph's id in the benchmark, with or without ``.png``. Further columns do not matter. A file comes
from anywhere: the first thing that is wrong ends the reading with its line and column.
"""

from __future__ import annotations

import csv
import io
import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

from nlcl_bench.core.errors import InputError
from nlcl_bench.core.plain import plain

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

__all__ = ["Opinions", "Vote", "opinions_of", "read_opinions"]

_MOST_BYTES = 50_000_000
_SCORES = ("image", "method", "score")
_VOTES = ("image", "left", "right", "winner")


@dataclass(frozen=True, slots=True)
class Vote:
    """One choice between two outputs of one photograph."""

    image: str
    better: str
    worse: str


@dataclass(frozen=True, slots=True)
class Opinions:
    """What a file says.

    Attributes:
        scores: The opinion of each output, by image and method, higher is better: the score, or, of votes, the part
            that it won, a tie counting half.
        votes: The choices that were made; None if the file holds scores, where every two scores of one image that
            differ are a choice.
        scenes: The scene of each image, as far as the file says.
    """

    scores: Mapping[tuple[str, str], float]
    votes: tuple[Vote, ...] | None
    scenes: Mapping[str, str]


def read_opinions(path: Path) -> Opinions:
    """Read opinions of people.

    Raises:
        InputError: The file cannot be read, or something in it cannot be used; the message names line and column.
    """
    header, rows = _rows(path)
    scenes: dict[str, str] = {}
    if set(_SCORES) <= set(header):
        found: dict[tuple[str, str], float] = {}
        for line, row in rows:
            image = _image(path, line, row, scenes)
            key = image, _word(path, line, row, "method")
            if key in found:
                raise _refused(
                    path, line, "method", f"{plain(key[1], 40)} has a score for image {plain(image, 40)} already"
                )
            found[key] = _number(path, line, row)
        return Opinions(found, None, scenes)
    if set(_VOTES) <= set(header):
        return opinions_of([(_image(path, line, row, scenes), *_choice(path, line, row)) for line, row in rows], scenes)
    raise InputError(
        f"line 1: has the columns {', '.join(plain(name, 40) for name in header[:8]) or 'none'}",
        where=path,
        fix=f"give it {', '.join(_SCORES)} for mean opinion scores, or {', '.join(_VOTES)} for votes",
    )


def opinions_of(choices: Sequence[tuple[str, str, str, float]], scenes: Mapping[str, str]) -> Opinions:
    """Bring votes together.

    Args:
        choices: Image, left and right method, and how much of a win the left one got: 1, 0, or a half for a tie.
        scenes: The scene of each image.
    """
    won: dict[tuple[str, str], list[float]] = {}
    for image, left, right, part in choices:
        won.setdefault((image, left), []).append(part)
        won.setdefault((image, right), []).append(1 - part)
    votes = [
        Vote(image, *((left, right) if part > 0.5 else (right, left)))  # noqa: PLR2004 (a half is a tie)
        for image, left, right, part in choices
        if part != 0.5  # noqa: PLR2004
    ]
    return Opinions({key: sum(parts) / len(parts) for key, parts in won.items()}, tuple(votes), scenes)


def _rows(path: Path) -> tuple[list[str], list[tuple[int, dict[str, str]]]]:
    """Return the header, and each row that is not empty with its line's number."""
    lines = csv.reader(io.StringIO(_text(path), newline=""), strict=True)
    try:
        table = [(lines.line_num, row) for row in lines if row]
    except csv.Error as error:
        raise InputError(f"line {lines.line_num}: is no CSV: {error}", where=path, fix="save it as CSV") from error
    if len(table) < 2:  # noqa: PLR2004 (a header and a row)
        raise InputError("holds no opinion", where=path, fix="give a header and at least one row")
    header = [name.strip().lower() for name in table[0][1]]
    doubled = next((name for name in header if header.count(name) > 1), None)
    if doubled is not None:
        raise InputError(f"line 1: has the column {plain(doubled, 40)!r} twice", where=path, fix="leave one out")
    return header, [(line, _row(path, line, row, header)) for line, row in table[1:]]


def _row(path: Path, line: int, row: list[str], header: list[str]) -> dict[str, str]:
    if len(row) != len(header):
        what = f"line {line}: has {len(row)} columns where the header has {len(header)}"
        raise InputError(what, where=path, fix="quote text that holds a comma")
    return dict(zip(header, row, strict=True))


def _text(path: Path) -> str:
    try:
        if path.stat().st_size > _MOST_BYTES:
            raise InputError(f"has more than {_MOST_BYTES:,} bytes", where=path, fix="give the mean of each output")
        return path.read_bytes().decode("utf-8-sig")
    except OSError as error:
        raise InputError(f"cannot be read: {error.strerror}", where=path, fix="check the spelling") from error
    except UnicodeDecodeError as error:
        raise InputError("is not UTF-8", where=path, fix="save it as CSV in UTF-8") from error


def _refused(path: Path, line: int, column: str, what: str) -> InputError:
    return InputError(f"line {line}, column {column}: {what}", where=path, fix="correct that line")


def _word(path: Path, line: int, row: Mapping[str, str], column: str) -> str:
    word = row[column].strip()
    if not word:
        raise _refused(path, line, column, "is empty")
    return word


def _image(path: Path, line: int, row: Mapping[str, str], scenes: dict[str, str]) -> str:
    """Return the image of a row, and keep its scene if the row has one."""
    image = _word(path, line, row, "image").removesuffix(".png")
    scene = row.get("scene", "").strip()
    if scene and scenes.setdefault(image, scene) != scene:
        raise _refused(path, line, "scene", f"image {plain(image, 40)} was of scene {plain(scenes[image], 40)} before")
    return image


def _number(path: Path, line: int, row: Mapping[str, str]) -> float:
    word = _word(path, line, row, "score")
    try:
        value = float(word)
    except ValueError:
        value = math.nan
    if not math.isfinite(value):
        raise _refused(path, line, "score", f"{plain(word, 40)!r} is no number")
    return value


def _choice(path: Path, line: int, row: Mapping[str, str]) -> tuple[str, str, float]:
    """Return both outputs, and how much of a win the left one got."""
    left, right, winner = (_word(path, line, row, column) for column in ("left", "right", "winner"))
    if left == right:
        raise _refused(path, line, "right", f"is {plain(right, 40)} as well: nothing to choose between")
    parts = {left: 1.0, right: 0.0, "tie": 0.5, "left": 1.0, "right": 0.0}
    if winner not in parts:
        raise _refused(path, line, "winner", f"{plain(winner, 40)!r} is neither left, right, tie nor one of the two")
    return left, right, parts[winner]
