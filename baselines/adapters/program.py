"""``cmd:"PROGRAM ... {input} {output}"``: any program that reads a picture and writes one.

It gets the photograph as 8-bit PNG and has to write an image file of the same size, within a time limit. It is started
anew for every image, without a shell; its files lie in a folder that is deleted afterwards. It is the user's own
program and runs with the user's rights: nothing protects from it but its time limit, at whose end it is killed with its
children.
"""

from __future__ import annotations

import os
import shlex
import shutil
import signal
import subprocess
import tempfile
from contextlib import suppress
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

from pydantic import Field

from baselines.adapters.declared import Declared, described, or_not_stated, read
from nlcl_bench.core.digest import sha256_bytes, sha256_file
from nlcl_bench.core.errors import ContractError, ImageError, InputError
from nlcl_bench.core.images import decode, from_tensor, to_tensor, write_png
from nlcl_bench.methods.spec import Interface

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import torch
    from torch import Tensor

    from nlcl_bench.methods.spec import Derainer, MethodSpec

__all__ = ["Timed", "program"]

_KIND = "cmd"
_INPUT, _OUTPUT = "{input}", "{output}"
_LAST_BYTES = 2000
_LONGEST_LINE = 300


class Timed(Declared):
    """What can be said besides of a program.

    Attributes:
        timeout: Seconds that it may take for an image.
    """

    timeout: Annotated[float, Field(gt=0, le=86_400)] = 600.0


@dataclass(frozen=True, slots=True)
class _Line:
    """A command line: its words, the folder in which it was given, and the seconds that it may take."""

    words: tuple[str, ...]
    folder: Path
    timeout: float


def program(argument: str, declared: Mapping[str, str], /) -> MethodSpec:
    """Make a method of a command line: :class:`nlcl_bench.methods.spec.Adapter`.

    Raises:
        InputError: There is no such program, the line lacks a place for a file, or a declaration cannot be used.
    """
    told = read(Timed, _KIND, declared)
    words = _words(argument)
    return described(
        _KIND,
        Path(next((word for word in reversed(words) if _is_file(word)), words[0])).stem,
        told,
        interface=Interface(
            source=f"{_KIND}: {_shown(words)}",
            range="whole grey levels, as PNG",
            colour="rgb",
            multiple_of="1",
            padding="not by the benchmark",
            output="background",
            rounding="half to even before it, and by the program",
            tiling="not by the benchmark",
            deterministic=or_not_stated(told.deterministic),
        ),
        load=partial(_load, _Line(tuple(words), Path.cwd(), told.timeout)),
        tiling="forbidden",
    )


def _words(line: str) -> list[str]:
    """Split a command line and look for the program.

    Raises:
        InputError: It cannot be run.
    """
    where = f"{_KIND}:{line}"
    try:
        words = shlex.split(line)
    except ValueError as error:
        raise InputError(f"is no command line: {error}", where=where, fix="close the quotation") from error
    for place in (_INPUT, _OUTPUT):
        if not any(place in word for word in words):
            raise InputError(f"has no {place}", where=where, fix=f"write {place} where the file's name belongs")
    found = shutil.which(words[0])
    if found is None:
        raise InputError("no such program", where=f"{_KIND}:{words[0]}", fix="check the spelling, or give its path")
    return [found, *words[1:]]


def _shown(words: Sequence[str]) -> str:
    """Return a command line without folders, each script and weight file with the beginning of its digest."""
    shown = [Path(words[0]).name]
    for word in words[1:]:
        path = Path(word)
        shown.append(f"{path.name} (sha256 {sha256_file(path)[:16]})" if _is_file(word) else _short(word))
    line = " ".join(shown)
    if len(line) > _LONGEST_LINE:
        return f"{line[:_LONGEST_LINE]}... (sha256 {sha256_bytes(line.encode())[:16]})"
    return line


def _is_file(word: str) -> bool:
    """Tell whether a word of a command line is a file; one that is too long to be a name is not."""
    try:
        return Path(word).is_file()
    except OSError:
        return False


def _short(text: str) -> str:
    """Return a line with paths shortened to their last names, which tell nobody whose machine it was.

    >>> _short("cannot open /data/ann/net.pth")
    'cannot open net.pth'
    """
    return " ".join(Path(word).name if "/" in word else word for word in text.split(" "))


def _load(line: _Line, _: torch.device, __: Path | None) -> Derainer:
    return partial(_derain, line)


def _derain(line: _Line, rainy: Tensor) -> Tensor:
    import torch

    return torch.stack([_one(line, image).to(rainy) for image in rainy])


def _one(line: _Line, rainy: Tensor) -> Tensor:
    """Run the program on one image; float32 ``(3, H, W)`` in [0, 1] to the same.

    Raises:
        ContractError: It failed, took too long, or wrote no image or one of another size.
    """
    called = Path(line.words[0]).name
    with tempfile.TemporaryDirectory(prefix="nlcl-bench-") as place:
        given, wanted = Path(place, "input.png"), Path(place, "output.png")
        write_png(from_tensor(rainy), given)
        filled = [word.replace(_INPUT, str(given)).replace(_OUTPUT, str(wanted)) for word in line.words]
        _run(replace(line, words=tuple(filled)), Path(place))
        if not wanted.is_file():
            raise ContractError("wrote no output", where=called, fix="it has to write the file {output}")
        try:
            written = to_tensor(decode(wanted.read_bytes(), where="its output"))
        except ImageError as error:
            raise ContractError(f"wrote no image: {error.what}", where=called) from error
    if written.shape != rainy.shape:
        sizes = f"{written.shape[2]}x{written.shape[1]} for {rainy.shape[2]}x{rainy.shape[1]}"
        raise ContractError(f"wrote an image of {sizes}", where=called, fix="it has to keep the size")
    return written


def _run(line: _Line, place: Path) -> None:
    """Run a command line to its end, or kill it and what it has started.

    Other processes and machines start it in the same folder, so that the files it names are found there, too.

    Raises:
        ContractError: It cannot be started, ended with an error, or took too long.
    """
    name = Path(line.words[0]).name
    with (place / "said").open("wb+") as said:
        try:
            child = subprocess.Popen(  # noqa: S603 (the user's own command line)
                line.words,
                cwd=line.folder,
                stdin=subprocess.DEVNULL,
                stdout=said,
                stderr=said,
                start_new_session=True,
            )
        except OSError as error:
            raise ContractError(f"cannot be started: {error.strerror}", where=name) from error
        try:
            code = child.wait(line.timeout)
        except subprocess.TimeoutExpired as error:
            fix = "allow more with --declare timeout=SECONDS"
            raise ContractError(f"took longer than {line.timeout:g} s", where=name, fix=fix) from error
        finally:
            _end(child)
        if code:
            raise ContractError(f"ended with code {code}: {_last_line(place / 'said')}", where=name)


def _end(child: subprocess.Popen[bytes]) -> None:
    """Kill a program's whole group, in which its children are, too, whether or not it has ended by itself."""
    with suppress(ProcessLookupError):
        os.killpg(child.pid, signal.SIGKILL)
    child.wait()


def _last_line(said: Path) -> str:
    with said.open("rb") as file:
        file.seek(max(0, said.stat().st_size - _LAST_BYTES))
        lines = file.read().decode("utf-8", "replace").strip().splitlines()
    return _short(lines[-1])[:_LONGEST_LINE] if lines else "it said nothing"
