import csv
import json

import pytest
import torch
import typer
from PIL import Image, ImageFilter
from typer.testing import CliRunner

from baselines.analysis.comparison import METHODS, OF_A_LOSS, UNTOUCHED, compare_losses, recipes
from baselines.analysis.costs import Meter
from baselines.analysis.pictures import pairs_in, photographs_of
from baselines.cli.comparing import compare_losses as command
from baselines.nlcl.config import read_config
from baselines.nlcl.crops import from_folder
from nlcl_bench.core.errors import InputError, UnknownNameError
from nlcl_bench.core.progress import silent

CPU = torch.device("cpu")


@pytest.fixture
def pairs(photographs):
    """Return a folder of three pairs, of which one has no clean image of its size."""
    folder = photographs("pairs")
    for index, path in enumerate(sorted(folder.rglob("*.png"))):
        with Image.open(path) as photo:
            photo.filter(ImageFilter.BoxBlur(1)).save(folder / f"{index}_rain.png")
            (photo if index else photo.crop((0, 0, 64, 64))).save(folder / f"{index}_clean.png")
        path.unlink()
    return folder


@pytest.fixture
def small():
    """Return a recipe that is quick."""
    quick = {"crop": 48, "batch": 1, "rainy_every": 1, "rain_layers": 4, "steps": 2, "warm_up": 0.5, "patch_places": 8}
    config = read_config("nlcl").model_copy(update=quick)
    return type(config).model_validate(config.model_dump())


def test_methods_share_all_but_what_belongs_to_a_loss(small):
    found = recipes(small, METHODS)
    assert list(found) == list(METHODS)
    for name, one in found.items():
        differs = {key for key, value in one.model_dump().items() if value != getattr(small, key)}
        assert differs <= {*OF_A_LOSS, *(("warm_up",) if name == "rendered" else ())}
    assert found["rendered"].warm_steps == 2
    assert found["nlcl"] == small
    with pytest.raises(UnknownNameError, match=r"gan: cannot be compared .there is: nlcl, rendered, cyclegan"):
        recipes(small, ["gan"])
    with pytest.raises(InputError, match=r"nlcl: .*warm_up is for the separator"):
        recipes(small.model_copy(update={"layers": "generators"}), ["nlcl"])


def test_a_comparison_measures_the_same_pictures_and_is_not_done_twice(small, pairs, photographs, tmp_path):
    rainy, clean = photographs("rainy"), photographs("clean")
    trained = []

    def track(items, *, what, total=None, **_):
        if what.startswith("train "):
            trained.append(total)
        return items

    def run():
        return compare_losses(
            small,
            ["rendered", "cut"],
            lambda: {"rainy": from_folder(rainy), "clean": from_folder(clean)},
            {"pairs": pairs, "clean": clean, "rainy": rainy},
            tmp_path / "into",
            seeds=1,
            limit=2,
            device=CPU,
            track=track,
        )

    report = run()
    assert [row.name for row in report.rows] == [UNTOUCHED, "rendered", "cut"]
    untouched = report.rows[0]
    assert untouched.scores["change_clean"].mean == untouched.scores["change_rainy"].mean == 0
    assert 10 < untouched.scores["psnr_y"].mean < 60
    assert report.pictures["pairs"] == ("1_rain.png",)
    assert any("0_rain.png: is 104x96, its clean image 64x64" in line for line in report.skipped)
    for row in report.rows[1:]:
        assert row.scores["change_clean"].mean > 0
        assert row.costs[0].steps == 2
        assert row.costs[0].seconds > 0
    assert len(list((tmp_path / "into" / "restored" / "cut-0").rglob("*.png"))) == 5
    assert run() == report
    assert trained == [2, 2, 0, 0]


def test_the_command_writes_a_table_of_each_method(pairs, photographs, tmp_path):
    (tmp_path / "quick.toml").write_text('extends = "scratch"\nrain_layers = 4\npatch_places = 8\n')
    app = typer.Typer(rich_markup_mode=None)
    app.command()(command)
    folders = ("--rainy", photographs("rainy"), "--clean", photographs("clean"), "--pairs", pairs)
    options = ("--into", tmp_path / "out", "--methods", "nlcl, fastcut", "--config", tmp_path / "quick.toml")
    sizes = ("--steps", 2, "--crop", 48, "--batch", 1, "--limit", 3, "--device", "cpu")
    result = CliRunner().invoke(app, [str(word) for word in (*folders, *options, *sizes)])
    assert result.exit_code == 0, result.output
    assert "fastcut" in result.output
    rows = list(csv.DictReader((tmp_path / "out" / "losses.csv").read_text().splitlines()))
    assert [row["method"] for row in rows] == ["untouched", "nlcl", "fastcut"]
    assert float(rows[0]["psnr_y_low"]) <= float(rows[0]["psnr_y"]) <= float(rows[0]["psnr_y_high"])
    assert rows[0]["seconds_per_step"] == ""
    assert float(rows[2]["seconds_per_step"]) > 0
    said = json.loads((tmp_path / "out" / "losses.json").read_text())
    assert said["rows"][2]["scores"]["psnr_y"]["mean"] == float(rows[2]["psnr_y"])
    assert str(tmp_path) not in json.dumps(said)


def test_a_meter_times_the_steps_of_a_training_alone_and_remembers_them(tmp_path):
    meter = Meter(CPU, silent)
    assert list(meter(range(3), what="decode rainy photographs")) == [0, 1, 2]
    assert meter.cost(tmp_path) is None
    assert list(meter(range(4), what="train cut", total=4)) == [0, 1, 2, 3]
    cost = meter.cost(tmp_path)
    assert cost is not None
    assert cost.steps == 4
    assert meter.cost(tmp_path) == cost
    (tmp_path / "cost.json").write_text("[]")
    assert meter.cost(tmp_path) is None


def test_memory_of_one_training_is_not_counted_for_the_next(tmp_path):
    meter, peaks = Meter(CPU, silent), []
    for megabytes in (400, 1):
        for _ in meter(range(1), what="train cut"):
            torch.ones(megabytes * 2**18)
        peaks.append(meter.cost(tmp_path).megabytes)
    if None not in peaks:
        assert peaks[0] > peaks[1] + 200


def test_pictures_that_cannot_be_used_are_named(pairs, photographs, tmp_path):
    (pairs / "9_rain.png").write_bytes((pairs / "1_rain.png").read_bytes())
    (pairs / "8_rain.png").write_bytes(b"no picture")
    (pairs / "8_clean.png").write_bytes(b"no picture")
    found = pairs_in(pairs, 10)
    assert [one.name for one in found.usable] == ["1_rain.png", "2_rain.png"]
    assert any(line.startswith("9_rain.png: has no clean image") for line in found.skipped)
    assert any(line.startswith("8_rain.png: ") for line in found.skipped)
    with pytest.raises(InputError, match="holds no picture that can be used"):
        pairs_in(photographs("none", []), 3)
    assert [one.name for one in photographs_of(photographs("some"), 2).usable] == ["0.png", "more/1.png"]
    with pytest.raises(InputError, match="no such folder"):
        photographs_of(tmp_path / "nowhere", 3)
