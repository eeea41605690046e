import pytest
import torch

from baselines.analysis.bootstrap import Mean
from baselines.analysis.dimension import DimensionRow, Grouping, groups, measure_dimension, premise, sentence
from baselines.analysis.intrinsic import ESTIMATORS
from baselines.analysis.layers import Layers, Scope, Source, rendered, separated
from baselines.nlcl.patches import search
from nlcl_bench.core.errors import InputError

SMALL = Grouping(patch=8, window=24, count=32)


@pytest.mark.parametrize("query", [(4, 4), (4, 60), (30, 33), (59, 66), (60, 4)])
@pytest.mark.parametrize(("stride", "separation"), [(1, 1), (1, 3)])
def test_a_group_is_what_a_search_of_the_whole_picture_finds(query, stride, separation):
    how = Grouping(patch=8, window=24, count=16, stride=stride, separation=separation)
    image = torch.rand(1, 3, 64, 71, generator=torch.Generator().manual_seed(0))
    found = groups(image, torch.tensor(query), how.search, how.region)
    places = search(image, torch.tensor([[query]]), how.search)[0, 0]
    whole = torch.stack([image[0, :, row - 4 : row + 4, column - 4 : column + 4].flatten() for row, column in places])
    assert torch.equal(found, whole)
    assert torch.equal(found[0], image[0, :, query[0] - 4 : query[0] + 4, query[1] - 4 : query[1] + 4].flatten())


def _known(first, second):
    """A source whose layers are what two functions of a photograph's size give."""

    def split(photograph, chance):
        return Layers(photograph, first(photograph.shape, chance), second(photograph.shape, chance))

    return split


def _texture(shape, chance):
    return torch.from_numpy(chance.uniform(-1, 1, shape)).float()


def _ramp(shape, _):
    rows = torch.linspace(-1, 1, shape[2])[:, None] + torch.linspace(0, 3, shape[3]) ** 2
    return rows.expand(shape)


def test_texture_has_more_dimensions_than_a_smooth_surface_under_every_estimator(photographs):
    source = Source("rendered", photographs("clean"), _known(_texture, _ramp))
    report = measure_dimension([source], SMALL, Scope(places=4), weights={})
    assert [row.estimator for row in report.rows] == list(ESTIMATORS)
    for row in report.rows:
        assert row.higher.mean == 1
        assert premise(row) == "holds"
    swapped = Source("rendered", source.folder, _known(_ramp, _texture))
    for row in measure_dimension([swapped], SMALL, Scope(places=4), weights={}).rows:
        assert premise(row) == "is reversed"
        assert "is reversed" in sentence(row)


def test_faint_noise_has_a_high_dimension_without_and_none_with_a_threshold(photographs):
    """The sign of the comparison depends on the estimator, which is what the report is to show."""
    source = Source(
        "rendered",
        photographs("clean"),
        _known(lambda shape, _: 9 * _ramp(shape, _), lambda *one: _texture(*one) / 1e4),
    )
    rows = measure_dimension([source], SMALL, Scope(places=4), weights={}).rows
    assert {premise(row) for row in rows if row.kind == "scale-free"} == {"is reversed"}
    assert {premise(row) for row in rows if row.kind == "thresholded"} == {"holds"}


def test_one_photograph_decides_nothing(photographs):
    source = Source("rendered", photographs("one", [(96, 96)]), _known(_texture, _ramp))
    for row in measure_dimension([source], SMALL, Scope(places=2), weights={}).rows:
        assert row.difference.low is None
        assert premise(row) == "is undecided"


def test_a_window_without_room_for_a_group_and_small_photographs_are_one_clear_line(photographs):
    folder = photographs("clean")
    with pytest.raises(InputError, match="a window of 40 pixels has room for 8 patches of a group, not 128"):
        measure_dimension([rendered(folder)], Grouping(separation=8), Scope(), weights={})
    with pytest.raises(InputError, match="leaves less than 139 pixels a side"):
        measure_dimension([rendered(folder)], Grouping(patch=40, window=100), Scope(), weights={})


def test_equal_calls_give_equal_reports(photographs, weights):
    rainy = photographs("rainy")

    def once(seed):
        source = separated(rainy, weights)
        return measure_dimension([source], SMALL, Scope(places=2, seed=seed), weights={}).model_dump_json()

    assert once(0) == once(0)
    assert once(0) != once(1)


def test_a_difference_across_zero_is_undecided():
    same = Mean(mean=5, low=4, high=6)
    row = DimensionRow(
        source="separated",
        estimator="TwoNN",
        kind="scale-free",
        background=same,
        rain=same,
        difference=Mean(mean=0, low=-1, high=1),
        higher=Mean(mean=0.5, low=0.4, high=0.6),
    )
    assert sentence(row) == (
        "separated, TwoNN (scale-free): the premise that image patches have the higher dimension is undecided: "
        "5.0 against 5.0, higher at 50% of the places"
    )


@pytest.mark.realdata
@pytest.mark.slow
def test_on_the_official_layers_the_sign_depends_on_the_estimator(real_data, tmp_path):
    """Rain has the higher dimension to Levina-Bickel and by energy, image patches by singular values."""
    official = real_data / "weights" / "deraining" / "NLCL"
    for path in (real_data / "nlcl_official").glob("*_input.jpg"):
        (tmp_path / path.name).write_bytes(path.read_bytes())
    files = (official / f"checkpoints__RealRain__latest_net_{name}.pth" for name in ("Back", "Rain"))
    report = measure_dimension([separated(tmp_path, *files)], Grouping(), Scope(places=12), weights={})
    found = {row.estimator: row for row in report.rows}
    for name in ("Levina-Bickel, 20 neighbours", "components for 90 % of the variance"):
        assert found[name].background.mean < found[name].rain.mean / 1.5
    for threshold in (1, 2):
        row = found[f"singular values above {threshold}"]
        assert row.background.mean > row.rain.mean
        assert row.higher.mean > 0.6
