"""The record of one published image: who took it, how, under which rights, and where it belongs."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

__all__ = [
    "Box",
    "Capture",
    "Digest",
    "Domain",
    "Frame",
    "ImageId",
    "Measure",
    "Name",
    "Protocol",
    "RainMeasures",
    "Record",
    "Rights",
    "Row",
    "Split",
    "Text",
    "first_problem",
]

Domain = Literal["rainy", "clean"]
Split = Literal["train", "validation", "test"]
Digest = Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]
ImageId = Annotated[str, Field(pattern=r"^[0-9a-f]{16}$")]

# Words that become folder names and table rows.
Name = Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9._-]{0,63}$")]
Protocol = Annotated[str, Field(pattern=r"^P\d{1,3}$")]

# Free text from strangers is bounded, so that no manifest row can be a bomb.
Text = Annotated[str, Field(max_length=2000)]


class Row(BaseModel):
    """A value that crosses a file boundary: fixed, and without fields nobody knows."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class Capture(Row):
    """How the photograph was taken: the whole allow-list. Never a place, a serial number or a person.

    Attributes:
        camera_make: Maker as the camera writes it.
        camera_model: Model as the camera writes it.
        lens_model: Lens as the camera writes it.
        exposure_seconds: Exposure time in seconds.
        f_number: Aperture as focal length over diameter.
        iso: Sensitivity as ISO speed.
        focal_length_mm: Focal length in millimetres, as on the lens.
        taken_at: Local date and hour, ``YYYY-MM-DDTHH``; minutes are not kept.
    """

    camera_make: Text | None = None
    camera_model: Text | None = None
    lens_model: Text | None = None
    exposure_seconds: float | None = None
    f_number: float | None = None
    iso: int | None = None
    focal_length_mm: float | None = None
    taken_at: Annotated[str, Field(pattern=r"^\d{4}-\d{2}-\d{2}T\d{2}$")] | None = None

    @property
    def camera(self) -> str:
        """Maker and model, the maker once, for many models begin with it; empty if neither is known.

        >>> Capture(camera_make="Canon", camera_model="Canon EOS 50D").camera, Capture(camera_make="Acme").camera
        ('Canon EOS 50D', 'Acme')
        """
        make, model = self.camera_make or "", self.camera_model or ""
        return model if make and model.startswith(make) else f"{make} {model}".strip()


class Rights(Row):
    """Who may do what with the photograph.

    Attributes:
        licence: SPDX expression, or ``NOASSERTION`` where it is not known; a release refuses that.
        author: Whom to name.
        source: Where the photograph was published before, if it was.
        consent: How people in it, or its author, agreed; free text.
    """

    licence: Text
    author: Text
    source: Text | None = None
    consent: Text | None = None


class Frame(Row):
    """The place of a still picture in the video it was taken from.

    Attributes:
        video: SHA-256 of the video's bytes.
        number: Which frame of the video, the first being 0.
        seconds: Its time code, from the start of the video.
    """

    video: Digest
    number: Annotated[int, Field(ge=0)]
    seconds: Annotated[float, Field(ge=0)]


class Box(Row):
    """A rectangle of the upright picture, in pixels, that shows something private.

    Attributes:
        left: Columns left of it.
        top: Rows above it.
        width: Its columns.
        height: Its rows.
        kind: What it shows.
        confidence: The detector's, in [0, 1]; None where a person drew it.
    """

    left: Annotated[int, Field(ge=0)]
    top: Annotated[int, Field(ge=0)]
    width: Annotated[int, Field(gt=0)]
    height: Annotated[int, Field(gt=0)]
    kind: Literal["face", "plate", "other"]
    confidence: Annotated[float, Field(ge=0, le=1)] | None = None


class Measure(Row):
    """A measured value in [0, 1], unless its field says otherwise, and how far it can be trusted, in [0, 1]."""

    value: float
    confidence: Annotated[float, Field(ge=0, le=1)]


class RainMeasures(Row):
    """The rain of one picture, as measured; what each means is told where it is measured.

    Attributes:
        presence: Probability of rain if half of all photographs were rainy.
        streak_density: Share of the picture with streaks.
        streak_angle: Direction of the streaks in degrees from upright, clockwise.
        veil: How much rain and mist hide what is far.
        drops: Drops on the lens or window.
        night: 1 for night, 0 for day.
    """

    presence: Measure
    streak_density: Measure
    streak_angle: Measure
    veil: Measure
    drops: Measure
    night: Measure


class Record(Row):
    """One published image.

    Attributes:
        image_id: First 16 hexadecimal digits of the SHA-256 of the collected bytes.
        sha256: Digest of the published bytes, which carry no metadata but orientation and colour profile.
        file_name: ``<image_id>`` with ``.jpg``, ``.png`` or ``.webp``; the name it was collected under is not
            published.
        width: Columns of the upright image, in pixels.
        height: Rows of the upright image, in pixels.
        domain: Whether it rains in the picture.
        split: Part of the benchmark; all images of a scene are in one.
        scene_id: The image_id that the scene is named after.
        clean_id: The image_id of the same scene without rain, if there is a pair.
        clean_sha256: Digest of that image's published bytes.
        rain_kinds: Kinds of rain, e.g. ``streak``, ``drop``, ``veil``, ``splash``.
        rain: The rain as measured; of rain-free images nothing is recorded.
        time_of_day: Day or night, where the brightness tells.
        frame: Where in which video, if it is a still of one.
        estimate: How it was computed from other pictures, for a rain-free image that no camera took.
        converted: From which format and how, where the published file is not the collected one less its metadata.
        blurred: What was made unrecognisable in the published picture; metrics can leave it out.
        reviewed: Whether a person has looked at it.
        capture: How it was taken.
        rights: Who may do what with it.
    """

    image_id: ImageId
    sha256: Digest
    file_name: Annotated[str, Field(pattern=r"^[0-9a-f]{16}\.(jpg|png|webp)$")]
    width: Annotated[int, Field(gt=0)]
    height: Annotated[int, Field(gt=0)]
    domain: Domain
    split: Split
    scene_id: ImageId
    clean_id: ImageId | None = None
    clean_sha256: Digest | None = None
    rain_kinds: tuple[Text, ...] = ()
    rain: RainMeasures | None = None
    time_of_day: Literal["day", "night"] | None = None
    frame: Frame | None = None
    estimate: Text | None = None
    converted: Text | None = None
    blurred: tuple[Box, ...] = ()
    reviewed: bool = False
    capture: Capture = Capture()
    rights: Rights


def first_problem(error: ValidationError) -> str:
    """Return the first finding of a validation as ``field: message``, without the offending value."""
    first = error.errors(include_url=False, include_input=False)[0]
    where = ".".join(str(step) for step in first["loc"])
    return f"{where}: {first['msg']}" if where else first["msg"]
