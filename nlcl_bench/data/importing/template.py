"""Templates: what is known of a foreign set — where to get it, its terms, its layout — as TOML.

::

    name = "rain1400"
    title = "Rain1400 (DDN-Data)"
    source = "https://…"                  # where people get it; nothing is fetched from there
    licence = "LicenseRef-unknown"        # an SPDX id, or LicenseRef-… where it has none
    terms = "No terms are stated. …"      # in a sentence
    author = "Xueyang Fu et al."
    citation = "@inproceedings{…}"
    rain_kinds = ["streak"]
    verified = false                      # whether the layout was tried on the files themselves
    verified_on = "…"                     # what it was tried on, or why it was not

    [[images]]
    split = "test"
    rainy = "testing/rainy_image/{id}_{variant}.jpg"
    clean = "testing/ground_truth/{id}.jpg"

    [expected]
    test = 1400                           # rainy images of the whole split

Several ``[[images]]`` of one split may tell several layouts: those that fit nothing are passed over, and a file belongs
to the first that fits.
"""

from __future__ import annotations

import tomllib
from importlib.resources import files
from typing import TYPE_CHECKING, Annotated

from pydantic import Field, ValidationError

from nlcl_bench.core.errors import InputError, ManifestError, UnknownNameError
from nlcl_bench.data.importing.pairs import Pattern
from nlcl_bench.data.record import Digest, Name, Row, Split, Text, first_problem

if TYPE_CHECKING:
    from pathlib import Path

__all__ = ["Images", "Template", "read_template", "template_names"]

_Line = Annotated[Text, Field(pattern=r"^[^\x00-\x1f\x7f]+$")]
_PatternText = Annotated[str, Field(min_length=1, max_length=500)]


class Images(Row):
    """Images of one split in one layout.

    Attributes:
        split: Their split.
        rainy: Pattern of the rainy images; see :mod:`nlcl_bench.data.importing.pairs`.
        clean: Pattern of the clean ones; without it the set has only rainy ones.
        scene: Placeholders whose values name the scene, e.g. ``{place}``; pairs of one clean image are one in any case.
    """

    split: Split
    rainy: _PatternText
    clean: _PatternText | None = None
    scene: _PatternText | None = None


class Template(Row):
    """What is known of a foreign set; the fields are those of the file.

    Attributes:
        name: The benchmark's name.
        title: Its title.
        source: Where people get it.
        licence: SPDX expression, or ``LicenseRef-…``; ``LicenseRef-unknown`` where none is stated.
        terms: What is known of its terms, in a sentence.
        author: Whom to name.
        citation: BibTeX.
        rain_kinds: Kinds of rain in it.
        estimate: How the clean images were computed, if no camera took them.
        images: The layouts.
        expected: Rainy images that each whole split has.
        digests: What ``sha256sum FILES | sort -k 2 | sha256sum`` gives for each whole split, if it is known.
        verified: Whether the layout was tried on the files of the set itself.
        verified_on: What it was tried on, or why it was not.
    """

    name: Name
    title: _Line
    source: _Line
    licence: Annotated[str, Field(pattern=r"^[A-Za-z0-9 ().+-]{1,200}$")]
    terms: _Line
    author: _Line
    citation: Annotated[str, Field(max_length=4000)] = ""
    rain_kinds: tuple[_Line, ...] = ()
    estimate: _Line | None = None
    images: Annotated[tuple[Images, ...], Field(min_length=1, max_length=50)]
    expected: dict[Split, Annotated[int, Field(gt=0)]] = Field(default_factory=dict)
    digests: dict[Split, Digest] = Field(default_factory=dict)
    verified: bool = False
    verified_on: _Line


def template_names() -> list[str]:
    """Return the names of the templates that come with the toolkit, sorted."""
    folder = files("nlcl_bench.data") / "templates"
    return sorted(entry.name.removesuffix(".toml") for entry in folder.iterdir() if entry.name.endswith(".toml"))


def read_template(given: str | Path) -> Template:
    """Read a template that comes with the toolkit, by its name, or a file of one's own.

    Args:
        given: A name, or a path that ends in ``.toml``.

    Raises:
        UnknownNameError: No template has this name.
        InputError: There is no such file.
        ManifestError: It is not valid.
    """
    from pathlib import Path

    if str(given).endswith(".toml"):
        file = Path(given)
    elif str(given) in template_names():
        file = Path(str(files("nlcl_bench.data") / "templates" / f"{given}.toml"))
    else:
        raise UnknownNameError(
            "no template of this name", where=str(given), fix=f"there are: {', '.join(template_names())}"
        )
    try:
        template = Template.model_validate(tomllib.loads(file.read_text(encoding="utf-8")))
    except OSError as error:
        raise InputError(f"cannot be read: {error.strerror}", where=file, fix="check the spelling") from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise ManifestError(f"is no TOML: {error}", where=file, fix="correct the file") from error
    except ValidationError as error:
        raise ManifestError(first_problem(error), where=file, fix="correct the file") from error
    _check_patterns(template, file)
    return template


def _check_patterns(template: Template, file: Path) -> None:
    for images in template.images:
        known = Pattern(images.rainy).words
        for text in (images.clean, images.scene):
            if text is not None and (missing := Pattern(text).words - known):
                raise ManifestError(
                    f"{text!r} has a placeholder that {images.rainy!r} lacks: {', '.join(sorted(missing))}",
                    where=file,
                    fix="use * where the value does not matter",
                )
