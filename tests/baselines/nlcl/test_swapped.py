import numpy as np
import pytest
from PIL import Image

from baselines.nlcl import train as training
from baselines.nlcl.crops import decode_all, from_folder
from baselines.nlcl.swapped import look_swapped, uprightness


@pytest.fixture
def folders(photograph, tmp_path):
    """Write photographs, some of them with thin bright upright lines."""
    for name, rains in (("rain", True), ("sun", False)):
        (tmp_path / name).mkdir()
        for seed in range(6):
            picture = np.asarray(photograph(seed + 10 * rains, 96, 80)).copy()
            if rains:
                for row, column in np.random.default_rng(seed).integers(0, (60, 96), (60, 2)):
                    picture[row : row + 20, column] = 255
            Image.fromarray(picture).save(tmp_path / name / f"{seed}.png")
    return tmp_path


def _decoded(folder, name):
    return decode_all(from_folder(folder / name), folder / "decoded", crop=48, domain=name)


def test_domains_the_wrong_way_round_are_seen_and_the_right_way_round_are_not(folders):
    rainy, clean = _decoded(folders, "rain"), _decoded(folders, "sun")
    assert look_swapped(clean, rainy)
    assert not look_swapped(rainy, clean)
    assert not look_swapped(rainy, rainy)


def test_few_photographs_are_no_ground_for_a_doubt(folders):
    for name in ("rain", "sun"):
        for seed in (1, 2):
            (folders / name / f"{seed}.png").unlink()
    assert not look_swapped(_decoded(folders, "sun"), _decoded(folders, "rain"))


@pytest.mark.parametrize(("change", "sign"), [(np.copy, 1), (np.transpose, -1), (np.negative, -1)])
def test_level_lines_and_dark_ones_are_not_like_rain(tmp_path, change, sign):
    lines = np.full((96, 96), 100, np.int16)
    lines[20:60, 10::20] = 180
    changed = change(lines - 100) + 100
    np.save(tmp_path / "picture.npy", np.repeat(changed[..., None], 3, 2).clip(0, 255).astype(np.uint8))
    assert uprightness(tmp_path / "picture.npy") * sign > 1


def test_a_training_says_so_at_once_and_in_its_report(folders, recipe, tmp_path):
    import torch

    said = []
    photographs = {"rainy": from_folder(folders / "sun"), "clean": from_folder(folders / "rain")}
    config = recipe(steps=1, batch=1, warm_up=1.0)
    training.train(config, photographs, tmp_path / "run", device=torch.device("cpu"), warn=said.append)
    assert said == [
        "the clean photographs look more like rain than the rainy ones (have rainy and clean been swapped?)"
    ]
    assert said[0] in (tmp_path / "run" / "report.html").read_text()


@pytest.mark.realdata
def test_real_rain_and_real_clean_photographs_are_told_apart(real_data, tmp_path):
    rainy, clean = (
        decode_all(from_folder(real_data / folder), tmp_path / "decoded", crop=64, domain=domain)
        for folder, domain in (("rain/mwd", "rainy"), ("clean/bsds500", "clean"))
    )
    assert look_swapped(clean, rainy)
    assert not look_swapped(rainy, clean)
