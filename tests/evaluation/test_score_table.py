"""``scores.parquet`` read column by column says what a loop over its rows says."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from nlcl_bench.core.errors import RunError
from nlcl_bench.data import manifest
from nlcl_bench.evaluation.run import Score
from nlcl_bench.evaluation.score_table import read_score_table
from tests.leaderboard.conftest import NIQE, PIQE, sha


def score(image, metric=NIQE, value=3.0, **changes) -> Score:
    facts = {
        "scene_id": sha(f"scene {image // 2}")[:16],
        "input_sha256": sha(f"in {image}"),
        "output_sha256": sha(f"out {image}"),
    }
    return Score(image_id=sha(f"image {image}")[:16], metric=metric.id, value=value, **(facts | changes))


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.dictionaries(
        st.tuples(st.integers(0, 9), st.sampled_from([NIQE, PIQE])), st.none() | st.floats(0, 100), min_size=1
    ),
    st.data(),
)
def test_whatever_the_order_of_the_rows_the_table_is_that_of_a_loop(tmp_path, values, data):
    rows = data.draw(st.permutations([score(image, metric, value) for (image, metric), value in values.items()]))
    manifest.write_part(rows, Score, tmp_path / "scores.parquet")
    table = read_score_table(tmp_path / "scores.parquet", (NIQE, PIQE), 20)
    images = sorted({row.image_id for row in rows})
    assert table.images == tuple(images)
    expected = np.full((len(images), 2), np.nan)
    for row in rows:
        if row.value is not None:
            expected[images.index(row.image_id), (NIQE.id, PIQE.id).index(row.metric)] = row.value
    np.testing.assert_array_equal(table.scores, expected)
    facts = {row.image_id: (row.scene_id, row.input_sha256, row.output_sha256) for row in rows}
    assert list(zip(table.scenes, table.inputs, table.outputs, strict=True)) == [facts[image] for image in images]


def columns(**changes):
    rows = [score(image).model_dump() for image in range(3)]
    return {name: [row[name] for row in rows] for name in rows[0]} | changes


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"value": ["x", "y", "z"]}, "column value of scores.parquet is of type string"),
        ({"image_id": [1, 2, 3]}, "column image_id of scores.parquet is of type int64"),
        (
            {"image_id": ["../../etc/passwd", "0" * 16, "1" * 16]},
            "column image_id of scores.parquet holds '../../etc/passwd'",
        ),
        ({"image_id": ["0" * 16 + "\n", "0" * 16, "1" * 16]}, "column image_id of scores.parquet holds"),
        ({"scene_id": [None, "0" * 16, "1" * 16]}, "column scene_id of scores.parquet has rows without a value"),
        (
            {"output_sha256": ["<script>", "0" * 64, "1" * 64]},
            "column output_sha256 of scores.parquet holds '<script>'",
        ),
        ({"value": [1.0, float("nan"), 2.0]}, "score nan of image"),
        ({"metric": ["", NIQE.id, NIQE.id]}, "column metric of scores.parquet holds ''"),
    ],
)
def test_a_column_that_cannot_be_right_is_named(tmp_path, changes, words):
    pq.write_table(pa.table(columns(**changes)), tmp_path / "scores.parquet")
    with pytest.raises(RunError, match=words.replace(".", r"\.")):
        read_score_table(tmp_path / "scores.parquet", (NIQE,), 3)


def test_a_small_file_of_many_equal_rows_is_left_at_the_first_row_too_many(tmp_path):
    path = tmp_path / "scores.parquet"
    table = {name: pa.repeat(values[0], 300_000) for name, values in columns().items()}
    pq.write_table(pa.table(table), path)
    assert path.stat().st_size < 100_000
    with pytest.raises(RunError, match=r"more than the 12 rows"):
        read_score_table(path, (NIQE,), 12)
