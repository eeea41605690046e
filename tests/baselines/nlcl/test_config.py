import pytest

from baselines.nlcl.config import read_config
from nlcl_bench.core.errors import InputError


def test_the_preset_is_valid_and_single_choices_go_before_a_file(tmp_path):
    file = tmp_path / "own.toml"
    file.write_text("crop = 96\nseed = 5\nsparsity = 0.0\n")
    config = read_config(file, crop=64, steps=None)
    assert (config.crop, config.seed, config.sparsity, config.steps) == (64, 5, 0.0, read_config().steps)


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("corp = 64", r"corp: Extra inputs are not permitted .the keys are: steps, batch, crop"),
        ("crop = 40", "a crop of 40 pixels has room for 5 background patches of 8 pixels"),
        ("crop = 8", "crop: Input should be greater than or equal to 24"),
        ("sparsity = -1", "sparsity: "),
        ("sparsity = inf", "sparsity: "),
        ('crop = "large"', "crop: "),
        ("crop = ", "is no TOML"),
    ],
)
def test_a_bad_recipe_gives_one_clear_line(tmp_path, text, says):
    file = tmp_path / "own.toml"
    file.write_text(text)
    with pytest.raises(InputError, match=says) as caught:
        read_config(file)
    assert str(caught.value).startswith(f"{file}: ")
    assert "\n" not in str(caught.value)


def test_a_missing_recipe_is_named(tmp_path):
    with pytest.raises(InputError, match="cannot be read"):
        read_config(tmp_path / "none.toml")
