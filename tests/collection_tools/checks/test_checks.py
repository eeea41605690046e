import re
import tomllib
from importlib.resources import files

import numpy as np
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image, ImageFilter, ImageOps

from collection_tools.curate import examine as examining
from collection_tools.curate.checks import CHECKS, Verdict
from collection_tools.curate.curate import curate
from collection_tools.curate.recipe import Recipe, read_recipe

PACKAGED = (files("collection_tools.curate") / "recipe.toml").read_text(encoding="utf-8")
SEED = 7
DECIDING = ("privacy", "copies", "bursts", "scenes", "splits")


def faulty(image: Image.Image) -> dict[str, Image.Image]:
    width, height = image.size
    third = np.quantile(np.asarray(image), 0.3)
    return {
        "is too dark": image.point(lambda level: level // 16),
        "is burnt out for the most part": image.point(lambda level: 255 if level > third else level),
        "has bars along its sides": ImageOps.expand(image.crop((0, 40, width, height - 40)), (0, 40), "black"),
        "has no colour": image.convert("L").convert("RGB"),
        "is blurred": image.filter(ImageFilter.GaussianBlur(2.5)),
        "is enlarged from a smaller picture": image.resize((width * 2, height * 2), Image.Resampling.BICUBIC),
    }


def test_every_packaged_photograph_passes_every_check(scenes, seen, recipe):
    for name, image in scenes.items():
        photo = seen(image)
        assert [(name, one.__name__) for one in CHECKS if not one(photo, recipe).keep] == []


def test_each_fault_is_told_and_named(check, scenes, seen, recipe):
    for reason, image in faulty(scenes["i08"]).items():
        assert check(seen(image), recipe).reason == reason


def test_turning_and_mirroring_change_no_verdict(check, scenes, seen, recipe):
    for name in ("coffee", "i19"):
        for image in (scenes[name], *faulty(scenes[name]).values()):
            expected = check(seen(image), recipe)
            for way in Image.Transpose:
                found = check(seen(image.transpose(way)), recipe)
                assert (found.keep, found.reason) == (expected.keep, expected.reason), (name, way)


def test_the_order_of_asking_changes_no_verdict(scenes, seen, recipe):
    for image in (scenes["chelsea"], *faulty(scenes["chelsea"]).values()):
        one_after_another, backwards = seen(image), seen(image)
        forth = {ask.__name__: ask(one_after_another, recipe) for ask in CHECKS}
        back = {ask.__name__: ask(backwards, recipe) for ask in reversed(CHECKS)}
        alone = {ask.__name__: ask(seen(image), recipe) for ask in CHECKS}
        assert forth == back == alone


def test_of_several_reasons_the_first_in_the_list_decides(check, scenes, seen, recipe):
    grey = scenes["i08"].convert("L").convert("RGB").filter(ImageFilter.GaussianBlur(3))
    rejecting = [verdict.reason for one in CHECKS if not (verdict := one(seen(grey), recipe)).keep]
    assert rejecting[:2] == ["has no colour", "is blurred"]
    assert check(seen(grey), recipe).reason == "has no colour"


@settings(max_examples=60, deadline=None)
@given(
    width=st.integers(1, 140), height=st.integers(1, 140), level=st.integers(0, 255), grain=st.sampled_from([0, 1, 90])
)
def test_tiny_and_flat_pictures_get_a_verdict(seen, recipe, width, height, level, grain):
    noise = np.random.default_rng(SEED).integers(0, grain + 1, (height, width, 3))
    photo = seen(Image.fromarray((level + noise).clip(0, 255).astype(np.uint8)))
    for one in CHECKS:
        verdict = one(photo, recipe)
        assert isinstance(verdict, Verdict)
        assert verdict.keep != bool(verdict.reason)
        assert verdict.measure is None or np.isfinite(verdict.measure)


@pytest.mark.parametrize("level", [0, 90, 128, 255])
def test_a_picture_of_one_colour_is_rejected(check, seen, recipe, level):
    assert not check(seen(Image.new("RGB", (300, 300), (level, level // 2, 200))), recipe).keep


def test_the_recipe_lists_the_checks_in_the_order_in_which_they_are_asked():
    tables = list(tomllib.loads(PACKAGED))
    assert [*tables] == [*(one.__name__ for one in CHECKS), "rain", *DECIDING]
    assert tables == list(Recipe.model_fields)


def test_a_check_is_switched_off_by_the_value_in_brackets(scenes, seen, tmp_path):
    off = re.sub(r"= \S+( +#.*\((\S+)\)\n)", r"= \2\1", PACKAGED)
    assert off.count("\n") == PACKAGED.count("\n")
    (tmp_path / "off.toml").write_text(off, encoding="utf-8")
    lenient = read_recipe(tmp_path / "off.toml")
    worst = [Image.new("RGB", (900, 3), "black"), Image.new("RGB", (300, 300), (128, 128, 128))]
    worst += [Image.new("RGB", (400, 400), "white"), *faulty(scenes["coffee"]).values()]
    assert [verdict for image in worst for one in CHECKS if not (verdict := one(seen(image), lenient)).keep] == []


def test_curating_says_why_each_photograph_is_left_out(tmp_path, gather, scenes, encoded, as_jpeg, recipe):
    image, folder = scenes["i08"], tmp_path / "album"
    folder.mkdir()
    (folder / "good.jpg").write_bytes(encoded(image))
    for number, fault in enumerate(faulty(image).values()):
        (folder / f"{number}.png").write_bytes(encoded(fault, "PNG"))
    (folder / "crushed.jpg").write_bytes(as_jpeg(image, quality=20))
    gather(folder)
    done = curate(tmp_path / "store", tmp_path / "curated", recipe=recipe, faces=False)
    rejected = pq.read_table(tmp_path / "curated" / "rejected.parquet").to_pylist()
    found = {row["file"].removeprefix("album/"): row["reason"] for row in rejected}
    assert done.kept == 1
    assert found.pop("crushed.jpg") == "JPEG quality under 50"
    assert [found[f"{number}.png"] for number in range(len(found))] == list(faulty(image))
    assert all(row["measure"] is not None for row in rejected)


def test_a_photograph_is_opened_once_however_often_it_is_curated(tmp_path, album, gather, recipe, monkeypatch):
    gather(album(2))
    opened, real = [], examining.decode
    monkeypatch.setattr(examining, "decode", lambda data, where: opened.append(where) or real(data, where=where))
    for splits in ({}, {"salt": "another"}):
        changed = recipe.model_copy(update={"splits": recipe.splits.model_copy(update=splits)})
        curate(tmp_path / "store", tmp_path / "curated", recipe=changed, faces=False)
    assert sorted(opened) == ["album/000.jpg", "album/001.jpg"]


def test_another_limit_of_a_check_examines_again_and_forgets_what_was_found_before(tmp_path, album, gather, recipe):
    gather(album(2))
    assert curate(tmp_path / "store", tmp_path / "curated", recipe=recipe, faces=False).kept == 2
    strict = recipe.model_copy(update={"resolution": recipe.resolution.model_copy(update={"shorter_side": 400})})
    assert curate(tmp_path / "store", tmp_path / "curated", recipe=strict, faces=False).kept == 0
    assert len(list((tmp_path / "curated" / "findings").iterdir())) == 1
