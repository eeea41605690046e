"""What cannot be scored is told with its image and metric, and the run that holds it never passes for a whole one."""

from __future__ import annotations

import http.server
import io
import threading
from typing import TYPE_CHECKING

import numpy as np
import pytest
from evaluation.test_evaluate import content, request
from PIL import Image

from nlcl_bench.cli.evaluate import _report
from nlcl_bench.core.deep import encode_deep
from nlcl_bench.core.errors import ArtifactError, InputError, RunError
from nlcl_bench.core.images import encode_png
from nlcl_bench.evaluation.evaluate import evaluate
from nlcl_bench.evaluation.run import read_scores
from nlcl_bench.metrics.rain_and_content import CONTENT_KEPT, RESIDUAL_RAIN

if TYPE_CHECKING:
    from pathlib import Path


def reasons(result) -> set[tuple[str, str | None, str]]:
    return {(one.stage, one.metric, one.reason) for one in result.failures}


def test_a_photograph_too_small_for_a_metric_has_no_score_from_it(release_of, photograph, tmp_path):
    files = [encode_png(photograph(0, 12, 40)), encode_png(photograph(1, 40, 40))]
    result, place = evaluate(request(release_of(files), tmp_path, metrics="piqe"))
    assert not result.complete
    assert reasons(result) == {("score", "piqe/pyiqa@1", "image is 12x40; the metric needs 16 pixels a side")}
    values = [row.value for row in read_scores(place) if row.metric == "piqe/pyiqa@1"]
    assert sorted(value is None for value in values) == [False, True]


def test_a_flat_photograph_has_no_score_from_a_metric_that_gives_nan(release_of, tmp_path):
    release = release_of([encode_png(Image.new("RGB", (64, 64), "grey"))])
    result, _ = evaluate(request(release, tmp_path, metrics="residual_rain,content_kept"))
    why = "gave no finite score; the image may be flat"
    assert reasons(result) == {("score", RESIDUAL_RAIN.id, why), ("score", CONTENT_KEPT.id, why)}


def grey_alpha_and_sixteen_bits(photograph) -> dict[str, tuple[bytes, np.ndarray]]:
    """Files of unusual kinds, each with the 8-bit RGB pixels that it stands for."""
    plain = np.asarray(photograph(2, 40, 32))
    streams = {name: io.BytesIO() for name in ("L", "RGBA", "I;16")}
    grey = Image.fromarray(plain[..., 0])
    grey.save(streams["L"], "PNG")
    alpha = np.dstack([plain, np.where(np.arange(40) < 20, 255, 0)[None].repeat(32, 0)]).astype(np.uint8)
    Image.fromarray(alpha).save(streams["RGBA"], "PNG")
    Image.fromarray(plain[..., 1].astype(np.uint16) * 257).save(streams["I;16"], "PNG")
    deep = encode_deep(plain.astype(np.uint16) * 257)
    return {
        "grey": (streams["L"].getvalue(), plain[..., :1].repeat(3, 2)),
        "alpha": (streams["RGBA"].getvalue(), np.where(alpha[..., 3:] > 0, plain, 255)),
        "grey of 16 bits": (streams["I;16"].getvalue(), plain[..., 1:2].repeat(3, 2)),
        "16 bits": (deep, plain),
    }


@pytest.mark.parametrize("kind", ["grey", "alpha", "grey of 16 bits", "16 bits"])
def test_photographs_in_grey_with_alpha_or_of_16_bits_are_scored_as_the_8_bits_they_stand_for(
    kind, release_of, photograph, tmp_path
):
    data, pixels = grey_alpha_and_sixteen_bits(photograph)[kind]
    result, place = evaluate(request(release_of([data]), tmp_path, metrics="entropy"))
    assert result.complete
    assert all(row.value == 0 for row in read_scores(place) if row.metric.startswith("change/"))
    (output,) = (place / "restored").iterdir()
    assert np.array_equal(np.asarray(Image.open(output)), pixels)


def sixteen() -> bytes:
    return encode_deep(np.zeros((208, 224, 3), dtype=np.uint16))


BAD = {
    "has 16 bits per channel; protocol P1 takes 8": sixteen(),
    "is 20x10, its input is 224x208": encode_png(Image.new("RGB", (20, 10))),
    "is no PNG": b"GIF89a",
    "is grey; protocol P1 takes RGB": encode_png(Image.new("L", (224, 208))),
    "is RGB with alpha; protocol P1 takes RGB": encode_png(Image.new("RGBA", (224, 208))),
    "is damaged": encode_png(Image.effect_noise((224, 208), 90).convert("RGB"))[:9000],
}


@pytest.fixture
def replaced(release, tmp_path):
    """Return a maker of a run whose first output was replaced, and which is scored again with another metric."""

    def make(data: bytes):
        _, place = evaluate(request(release, tmp_path, metrics="change"))
        output = min((place / "restored").iterdir())
        output.write_bytes(data)
        return *evaluate(request(release, tmp_path, metrics="entropy")), output

    return make


@pytest.mark.parametrize("says", BAD)
def test_an_output_that_is_not_the_protocols_has_no_score_until_it_is_taken_away(replaced, release, tmp_path, says):
    result, place, output = replaced(BAD[says])
    assert not result.complete
    ((stage, metric, reason),) = reasons(result)
    assert (stage, metric, result.failures[0].image_id) == ("score", None, output.stem)
    assert f"output {output.name}: {says}" in reason
    assert str(tmp_path) not in (place / "run.json").read_text()
    assert output.stem not in {row.image_id for row in read_scores(place)}
    output.unlink()
    mended, _ = evaluate(request(release, tmp_path, metrics="entropy"))
    assert mended.complete


def test_no_mean_is_printed_over_some_of_the_images(replaced, capsys):
    result, place, output = replaced(sixteen())
    with pytest.raises(RunError, match="is incomplete: 1 of its results are missing"):
        _report([(result, place)])
    said = capsys.readouterr()
    line = next(line for line in said.out.splitlines() if line.startswith("Entropy"))
    assert line.split()[1:6] == ["not", "over", "all", "2/3", "higher"]
    assert f"{output.stem} (every metric): output {output.name}: has 16 bits" in said.err.replace("\n", "")


def test_the_mean_of_a_limited_run_says_of_how_many_images_it_is(release, tmp_path, capsys):
    result, place = evaluate(request(release, tmp_path, limit=2))
    _report([(result, place)])
    assert "identity on small, the first 2 of 3 images" in capsys.readouterr().out
    whole, _ = evaluate(request(release, tmp_path))
    assert (result.benchmark.first_of, whole.benchmark.first_of) == (3, None)


def test_when_no_output_can_be_scored_it_is_an_error_and_can_be_mended(release, tmp_path):
    _, place = evaluate(request(release, tmp_path))
    outputs = sorted((place / "restored").iterdir())
    for output in outputs:
        output.write_bytes(sixteen())
    with pytest.raises(RunError, match=r"no image could be scored; the first failed so: output .* has 16 bits"):
        evaluate(request(release, tmp_path, metrics="entropy"))
    for output in outputs:
        output.unlink()
    mended, _ = evaluate(request(release, tmp_path, metrics="entropy"))
    assert mended.complete


def test_a_missing_output_of_a_complete_run_is_made_again(release, tmp_path):
    _, place = evaluate(request(release, tmp_path))
    before = content(place)
    min((place / "restored").iterdir()).unlink()
    assert evaluate(request(release, tmp_path))[0].complete
    assert content(place) == before


@pytest.mark.parametrize("name", ["photo_1.png", "0123456789abcdef.png", "notes.txt"])
def test_an_output_that_belongs_to_no_photograph_is_named_and_kept(release, tmp_path, name):
    _, place = evaluate(request(release, tmp_path))
    (place / "restored" / name).write_bytes(b"somebody's")
    for metrics in ("piqe", "entropy"):
        with pytest.raises(RunError, match=f"{name} is no output for a photograph of this benchmark"):
            evaluate(request(release, tmp_path, metrics=metrics))
    assert (place / "restored" / name).read_bytes() == b"somebody's"


def test_outputs_of_a_larger_run_of_the_same_benchmark_are_no_strangers(release, tmp_path):
    evaluate(request(release, tmp_path))
    limited, place = evaluate(request(release, tmp_path, limit=1))
    assert limited.complete
    assert len(list((place / "restored").iterdir())) == 1


def test_a_benchmark_of_another_protocol_is_refused(release_of, photograph, tmp_path):
    release = release_of([encode_png(photograph(0, 40, 40))])
    toml = release / "benchmark.toml"
    toml.write_text('protocol = "P2"\n' + toml.read_text())
    with pytest.raises(InputError, match="P2: is no protocol of this version, which knows P1"):
        evaluate(request(release, tmp_path))


@pytest.mark.parametrize("metrics", ["niqe", "classic"])
def test_a_tampered_parameter_file_is_told_with_its_metric(release, tmp_path, monkeypatch, metrics):
    monkeypatch.setenv("NLCL_BENCH_CACHE", str(tmp_path / "cache"))
    (tmp_path / "cache" / "metrics").mkdir(parents=True)
    (tmp_path / "cache" / "metrics" / "niqe_modelparameters.mat").write_bytes(b"tampered")
    with pytest.raises(ArtifactError, match=r"metric niqe: .*niqe_modelparameters\.mat: is not the pinned file"):
        evaluate(request(release, tmp_path, metrics=metrics))


@pytest.fixture
def breaking_off(monkeypatch, tmp_path) -> Path:
    """Let the Hub's address be a server that ends every answer half-way, and return an empty cache."""

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self):
            self.send_response(200)
            self.send_header("Content-Length", "8347")
            self.end_headers()
            self.wfile.write(b"half")

        def log_message(self, *_):
            pass

    monkeypatch.setenv("NLCL_BENCH_CACHE", str(tmp_path / "cache"))
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler) as httpd:
        threading.Thread(target=httpd.serve_forever, daemon=True).start()
        monkeypatch.setenv("HF_ENDPOINT", f"http://127.0.0.1:{httpd.server_address[1]}")
        yield tmp_path / "cache"
        httpd.shutdown()


def test_an_interrupted_download_is_told_with_its_metric_and_leaves_nothing(breaking_off, release, tmp_path):
    with pytest.raises(ArtifactError, match=r"metric niqe: .*niqe_modelparameters\.mat: could not be fetched"):
        evaluate(request(release, tmp_path, metrics="niqe"))
    assert [path for path in breaking_off.rglob("*") if path.is_file()] == []
    result, _ = evaluate(request(release, tmp_path, metrics="classic"))
    assert "niqe" in {one.name for one in result.missing_metrics}
