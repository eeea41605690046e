"""What the doctor examines passes on a sound set-up, and is found out on one that is not."""

from __future__ import annotations

import dataclasses
import math

import pytest
import torch

from nlcl_bench.core.images import encode_png, write_png
from nlcl_bench.evaluation import soundness
from nlcl_bench.evaluation.soundness import against_published, round_trip, same_luma, state_of
from nlcl_bench.evaluation.steadiness import steadiness
from nlcl_bench.metrics.no_reference import ENTROPY, NIQE, PIQE
from nlcl_bench.metrics.reference import PSNR, PSNR_Y, SSIM


def test_the_round_trip_is_sound_and_meets_many_values_half_way_between_two_levels():
    verdict = round_trip()
    assert verdict.passed
    assert int(verdict.found.split()[2]) > 100


def test_a_writer_that_truncates_is_found_out(monkeypatch):
    from PIL import Image

    def truncating(derained, path):
        write_png(Image.fromarray((derained.clamp(0, 1) * 255).byte().permute(1, 2, 0).numpy()), path)

    monkeypatch.setattr(soundness, "write_output", truncating)
    verdict = round_trip()
    assert verdict.passed is False
    assert "values differ, by up to 1 grey levels" in verdict.found


def test_a_writer_that_rounds_halves_up_is_found_out(monkeypatch):
    from PIL import Image

    def upwards(derained, path):
        levels = (derained.clamp(0, 1) * 255 + 0.5).floor().byte()
        path.write_bytes(encode_png(Image.fromarray(levels.permute(1, 2, 0).numpy())))

    monkeypatch.setattr(soundness, "write_output", upwards)
    assert round_trip().passed is False


def test_psnr_on_luma_is_taken_on_the_protocols_luma_and_psnr_on_colours_is_not():
    assert same_luma(PSNR_Y).passed
    assert same_luma(dataclasses.replace(PSNR, name="psnr_y")).passed is False


def test_published_values_are_reached_or_the_farthest_is_told():
    assert against_published(PIQE, full=False).state == "matches"
    piqe = PIQE.load(None)
    doubled = dataclasses.replace(PIQE, load=lambda _: lambda image, _: 1.1 * piqe(image, None))
    verdict = against_published(doubled, full=False)
    assert (verdict.passed, verdict.state) == (False, "WRONG")
    assert verdict.found == "110.0000 for 100.0000 on I03"


def test_a_wrong_file_is_a_finding_and_a_missing_one_is_none(tmp_path, monkeypatch):
    monkeypatch.setenv("NLCL_BENCH_CACHE", str(tmp_path))
    assert state_of("niqe", NIQE.files) == soundness.Verdict("niqe", None, "file missing")
    (tmp_path / "metrics").mkdir()
    NIQE.weights.path.write_bytes(b"tampered")
    assert against_published(NIQE, full=False).passed is False


def altered(spec, how):
    """Return a metric of the same name: in another process, where it is found by its name, it is what it was."""
    real = spec.load(None)
    return dataclasses.replace(spec, load=lambda _: lambda image, reference: how(real, image, reference))


def fail(real, image, reference):
    raise ValueError("not today")


def test_what_depends_on_process_threads_or_batch_is_told_by_how_much():
    found = steadiness(
        [
            ENTROPY,
            altered(PIQE, lambda real, image, _: real(image, None) + 0.25),
            altered(PSNR, lambda real, image, other: real(image, other) + 0.5 * (torch.get_num_threads() - 1)),
            altered(PSNR_Y, lambda real, image, other: real(image, other) + (3 - len(image)) * 0.125),
            altered(SSIM, fail),
        ]
    )
    entropy, piqe, psnr, psnr_y, ssim = found
    assert [one.passed for one in found] == [True, False, False, False, False]
    assert max(entropy.again, entropy.threads, entropy.alone) <= entropy.tolerance
    assert (piqe.again, piqe.threads) == (pytest.approx(0.25, abs=0.01), pytest.approx(0, abs=0.01))
    assert (psnr.again, psnr.threads, psnr.alone) == pytest.approx((0, 0.5, 0), abs=1e-3)
    assert (psnr_y.again, psnr_y.threads, psnr_y.alone) == pytest.approx((0, 0, 0.25), abs=1e-3)
    assert "ssim/bt601@1: raised ValueError: not today" in (ssim.problem or "")
    assert math.isnan(ssim.again)
