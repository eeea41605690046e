"""What was found out about one photograph of the store, once, and why a photograph is not published."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from nlcl_bench.data.record import Box, Digest, ImageId, RainMeasures, Row, Text

__all__ = ["Checked", "Dropped", "Finding", "Uncertain"]


class Checked(Row):
    """What one check says of a photograph.

    Attributes:
        check: The check.
        reason: Why it rejects; None if it does not.
        measure: The number that it compares with the recipe, if there is one.
    """

    check: Text
    reason: Text | None
    measure: float | None


class Finding(Row):
    """What is to be known of a photograph to decide about it without opening it again: about a kilobyte.

    Attributes:
        sha256: Its file in the store.
        damage: Why it can never be published; all that follows is empty then.
        checks: What each check says, in their order.
        published: Digest of the file as it would be published, nothing blurred.
        suffix: Ending of that file.
        converted: See :class:`nlcl_bench.data.record.Record`.
        pixels: Digest of its picture.
        hash: Perceptual hash, 64 bits in hexadecimal digits.
        thumbnail: float16 ``(256,)`` in base 64; see :class:`collection_tools.curate.looks.Appearance`.
        detail: How much detail it shows; see :func:`collection_tools.curate.looks.detail`.
        moment: When it was taken, in seconds of the camera's clock; never published.
        rain: Its rain, measured if it is said to be rainy.
        kinds: Kinds of rain that were seen.
        night: Whether it was taken at night; None where the brightness does not tell.
        private: Faces and the like that were detected; None where nobody looked for them.
    """

    sha256: Digest
    damage: Text | None = None
    checks: tuple[Checked, ...] = ()
    published: Digest | None = None
    suffix: Text = ""
    converted: Text | None = None
    pixels: Digest | None = None
    hash: Text = ""
    thumbnail: Text = ""
    detail: float = 0.0
    moment: float | None = None
    rain: RainMeasures | None = None
    kinds: tuple[Text, ...] = ()
    night: bool | None = None
    private: tuple[Box, ...] | None = None

    @property
    def objection(self) -> Checked | None:
        """What the first check that rejects says; None if all of them keep it."""
        return next((one for one in self.checks if one.reason is not None), None)


class Dropped(Row):
    """One collected photograph that is not published, and why.

    Attributes:
        image_id: Its name, were it published.
        sha256: Digest of the collected bytes.
        file: The name it was collected under.
        reason: Why.
        measure: The number that was compared with the recipe, if there is one.
    """

    image_id: ImageId
    sha256: Digest
    file: Annotated[str, Field(max_length=4096)]
    reason: Text
    measure: float | None = None


class Uncertain(Row):
    """One published image of which a person has to say what is private in it.

    Attributes:
        image_id: Its name.
        boxes: What a detector took for a face, without being sure.
    """

    image_id: ImageId
    boxes: tuple[Box, ...]
