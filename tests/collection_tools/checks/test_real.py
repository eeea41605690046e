"""The packaged recipe on real photographs: night, heavy veil and drops on glass stay, real faults go."""

import pytest

from nlcl_bench.core.images import decode_file

NIGHT = ("sirr/sirr_128.jpg", "sirr/sirr_080.jpg", "sirr/sirr_104.jpg", "mwd/mwd_rain104.jpg")
VEIL = ("heavyrain/web_Image0.jpg", "heavyrain/web_Image4.png", "heavyrain/nus_im_0035.png", "mwd/mwd_rain55.jpg")
GLASS = ("mwd/mwd_rain201.jpg", "mwd/mwd_rain202.jpg", "mwd/mwd_rain196.jpg")
CLEAN = ("kodak24/kodim19.png", "kodak24/kodim04.png", "bsds500/181021.jpg", "metadata-extractor/Kyocera_FC-S3.jpg")


@pytest.mark.realdata
@pytest.mark.parametrize("name", [*(f"rain/{name}" for name in NIGHT + VEIL + GLASS), *(f"clean/{n}" for n in CLEAN)])
def test_real_photographs_stay_and_their_blurred_copies_go(check, real_photographs, seen, recipe, blurred, name):
    image = decode_file(real_photographs / name)
    image = image.crop((0, 0, min(1024, image.width), min(1024, image.height)))
    assert check(seen(image), recipe).reason == ""
    assert check(seen(blurred(image, 2)), recipe).reason == "is blurred"


@pytest.mark.realdata
@pytest.mark.parametrize(
    ("name", "reason"),
    [
        ("sirr/sirr_013.jpg", "has no colour"),
        ("sirr/sirr_140.jpg", "has no colour"),
        ("mwd/mwd_rain112.jpg", "is enlarged from a smaller picture"),
        ("mwd/mwd_rain207.jpg", "is enlarged from a smaller picture"),
    ],
)
def test_real_faults_are_told(check, real_photographs, seen, recipe, name, reason):
    assert check(seen(decode_file(real_photographs / "rain" / name)), recipe).reason == reason
