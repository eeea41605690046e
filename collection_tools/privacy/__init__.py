"""Privacy: faces found in a photograph, and made unrecognisable in the published copy.

::

    model.py    CenterFace, the network that finds faces; the only door to onnxruntime
    faces.py    the faces of one photograph
    choose.py   what is blurred by itself, what a person is asked about, what a person said
    blur.py     the blurred picture, and the PNG that is published

Number plates are not searched for: people mark them in review. The only finder at hand, OpenCV's cascade for Russian
plates, was taken out of OpenCV 5, and in OpenCV 4 told one plate and 17 other things of 180 photographs and missed the
rest. The same holds for whatever else is private: names on doors, screens, faces that are half covered by an umbrella.
"""

from __future__ import annotations

from collection_tools.privacy.blur import blurred, blurred_png, with_margins
from collection_tools.privacy.choose import Choice, Limits, choose
from collection_tools.privacy.faces import find_faces
from collection_tools.privacy.model import is_installed

__all__ = ["Choice", "Limits", "blurred", "blurred_png", "choose", "find_faces", "is_installed", "with_margins"]
