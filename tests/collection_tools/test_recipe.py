import pytest

from collection_tools.curate.recipe import read_recipe
from nlcl_bench.core.errors import InputError


def test_an_own_recipe_changes_only_its_lines(tmp_path):
    own = tmp_path / "own.toml"
    own.write_text("[resolution]\nshorter_side = 64\n")
    packaged, changed = read_recipe(), read_recipe(own)
    assert changed.resolution.shorter_side == 64
    assert changed.model_copy(update={"resolution": packaged.resolution}) == packaged


@pytest.mark.parametrize(
    ("text", "finding"),
    [
        ("[resolution]\nshorter_sid = 64", r"resolution\.shorter_sid"),
        ("[resolutions]\nshorter_side = 64", "resolutions"),
        ("resolution = 64", "resolution"),
        ("[splits]\ntrain = 0.9", "add up to 1"),
        ("[aspect]\nratio = 'wide'", r"aspect\.ratio"),
        ("[aspect", "no TOML"),
        ("[sharpness]\nfin = -28", r"sharpness\.fin"),
        ("[jpeg]\nquality = 101", r"jpeg\.quality"),
        ("[clipping]\nblack = 1.5", r"clipping\.black"),
        ("[blur]\nfine = -28", "blur"),
        ("[upscaling]\nfall = 'steep'", r"upscaling\.fall"),
    ],
)
def test_a_mistake_in_a_recipe_names_its_key_and_the_right_ones(tmp_path, text, finding):
    own = tmp_path / "own.toml"
    own.write_text(text)
    with pytest.raises(InputError, match=finding):
        read_recipe(own)


def test_a_missing_recipe_is_a_clear_error(tmp_path):
    with pytest.raises(InputError, match="cannot be read"):
        read_recipe(tmp_path / "none.toml")
