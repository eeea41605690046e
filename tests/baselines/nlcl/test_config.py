import pytest

from baselines.nlcl.config import PRESETS, read_config
from nlcl_bench.core.errors import InputError, UnknownNameError


def test_the_preset_is_valid_and_single_choices_go_before_a_file(tmp_path):
    file = tmp_path / "own.toml"
    file.write_text("crop = 96\nseed = 5\nsparsity = 0.0\n")
    config = read_config(file, crop=64, steps=None)
    assert (config.crop, config.seed, config.sparsity, config.steps) == (64, 5, 0.0, read_config().steps)


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("corp = 64", r"corp: Extra inputs are not permitted .the keys are: layers, losses, projection, steps"),
        ("crop = 40", "a crop of 40 pixels has room for 5 background patches of 8 pixels"),
        ("batch = 12", "batch is 12: no multiple of rainy_every, which is 8"),
        ("crop = 8", "crop: Input should be greater than or equal to 24"),
        ("sparsity = -1", "sparsity: "),
        ("sparsity = inf", "sparsity: "),
        ('crop = "large"', "crop: "),
        ("crop = ", "is no TOML"),
        ("crop = 50", "crop is 50: the separator needs a multiple of 4"),
        ("query_margin = 3", "query_margin is 3: at least half a patch"),
        ("rendered = 0.0", "rendered is 0: a warm_up has nothing else to learn from"),
        ('layers = "generators"', "warm_up is for the separator"),
        ('frozen_heads = ["background"]', "frozen_heads holds background, but heads are shared"),
        ("rain_heads_twice = true", "rain_heads_twice needs heads that are separate"),
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


@pytest.mark.parametrize("preset", PRESETS)
def test_every_preset_is_valid(preset):
    assert read_config(preset) == read_config(preset, steps=read_config(preset).steps)


def test_a_file_extends_the_preset_that_it_names(tmp_path):
    file = tmp_path / "own.toml"
    file.write_text('extends = "released"\ncrop = 128\n')
    assert read_config(file) == read_config("released").model_copy(update={"crop": 128})
    file.write_text('extends = "relaesed"\n')
    with pytest.raises(UnknownNameError, match=r"extends 'relaesed', which is no preset .there are: nlcl, "):
        read_config(file)
    with pytest.raises(UnknownNameError, match=r"nclc: is no recipe and no file"):
        read_config("nclc")


def test_the_presets_differ_in_what_they_say():
    nlcl, asymmetric, rendered = (read_config(name) for name in ("nlcl", "nlcl-asymmetric", "rendered"))
    assert asymmetric == nlcl.model_copy(update={"margin": asymmetric.margin})
    assert asymmetric.margin > nlcl.margin == 0
    assert rendered.warm_steps == rendered.steps
    assert read_config("released").warm_steps == 0
