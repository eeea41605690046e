"""Videos on their way into a store and a dataset."""

from __future__ import annotations

import numpy as np
import pytest

from collection_tools.collect.collect import collect, collect_shard
from collection_tools.collect.filmed import VideoOptions
from collection_tools.collect.sharded import merge
from collection_tools.collect.sources import Stated
from collection_tools.collect.store import open_store, read_rejected
from collection_tools.curate.curate import curate
from collection_tools.curate.curated import read_records
from collection_tools.curate.recipe import read_recipe
from collection_tools.withdraw import withdraw
from nlcl_bench.core.digest import sha256_file
from nlcl_bench.core.errors import InputError
from nlcl_bench.core.shards import Shard
from nlcl_bench.data import manifest

GIVEN = {"domain": "rainy", "given": Stated(licence="CC-BY-4.0", author="Ada")}
PAIRS = VideoOptions(static=True)


@pytest.fixture(scope="module")
def films(scene, rainy, encode, tmp_path_factory):
    """A folder with a still and a moving video, a damaged one, and a photograph's neighbour that is none."""
    folder = tmp_path_factory.mktemp("given") / "films"
    folder.mkdir()
    encode(folder / "hand.mp4", rainy(scene(3, (272, 288)), 40, shake=1.5))
    encode(folder / "yard.mp4", rainy(scene(4, (272, 288)), 60), gop_size=25)
    (folder / "broken.mp4").write_bytes((folder / "yard.mp4").read_bytes()[:3000])
    (folder / "list.mov").write_text("#EXTM3U\n/etc/passwd\n")
    return folder


def test_frames_are_collected_with_their_place_and_the_video_is_kept_untouched(films, tmp_path):
    done = collect([films], tmp_path / "store", **GIVEN)
    assert done.videos == {"films/hand.mp4": "moving", "films/yard.mp4": "still"}
    rows = list(open_store(tmp_path / "store").rows())
    video = sha256_file(films / "yard.mp4")
    assert sorted(row.frame.seconds for row in rows if row.frame.video == video) == [0, 1, 2]
    assert sha256_file(tmp_path / "store" / "objects" / video[:2] / f"{video}.mp4") == video
    assert set(read_rejected(tmp_path / "store")) == {"films/broken.mp4", "films/list.mov"}
    again = collect([films], tmp_path / "store", **GIVEN)
    assert (again.added, again.known) == (0, len(rows))


def test_a_video_is_one_scene_and_its_stills_are_no_copies_of_each_other(films, tmp_path):
    collect([films / "yard.mp4"], tmp_path / "store", **GIVEN)
    curate(tmp_path / "store", tmp_path / "curated", recipe=read_recipe(), faces=False)
    records = read_records(tmp_path / "curated")
    assert len(records) == 3
    assert len({record.scene_id for record in records}) == 1
    assert {record.frame.number for record in records} == {0, 25, 50}


def test_a_still_video_gives_pairs_and_a_moving_one_a_reason(films, tmp_path):
    done = collect([films], tmp_path / "store", video=PAIRS, **GIVEN)
    assert done.unpaired == 0
    assert read_rejected(tmp_path / "store")["films/hand.mp4"].reason.startswith("the camera moves")
    curate(tmp_path / "store", tmp_path / "curated", recipe=read_recipe(), faces=False)
    records = {record.image_id: record for record in read_records(tmp_path / "curated")}
    rainy = [record for record in records.values() if record.domain == "rainy"]
    assert len(rainy) == 3
    for record in rainy:
        clean = records[record.clean_id]
        assert clean.estimate.startswith("temporal median of ")
        assert record.estimate is None
        assert np.isclose(record.frame.seconds, record.frame.number / 25)


def test_shards_share_videos_and_collect_what_one_process_does(films, tmp_path):
    collect([films], tmp_path / "one", video=PAIRS, **GIVEN)
    for number in (3, 1, 2):
        collect_shard([films], tmp_path / "three", shard=Shard(number, 3), video=PAIRS, **GIVEN)
    merge(tmp_path / "three")
    whole, divided = (manifest.digest(open_store(tmp_path / name).rows()) for name in ("one", "three"))
    assert whole == divided


def test_a_still_that_is_withdrawn_takes_its_video_with_it_and_stays_away(films, tmp_path):
    store = tmp_path / "store"
    collect([films / "yard.mp4"], store, **GIVEN)
    row = next(row for row in open_store(store).rows() if row.frame.number == 25)
    kept = store / "objects" / row.frame.video[:2] / f"{row.frame.video}.mp4"
    assert kept.exists()
    withdraw(store, [row.sha256], "a person asked for it")
    assert not kept.exists()
    done = collect([films / "yard.mp4"], store, **GIVEN)
    assert done.reasons == {"was withdrawn": 1}
    assert not kept.exists()


def test_options_that_make_no_sense_are_refused(films, tmp_path):
    with pytest.raises(InputError, match="pairs need rainy videos"):
        collect([films], tmp_path / "store", video=PAIRS, **{**GIVEN, "domain": "clean"})
    for seconds in (0.0, -1.0, float("nan")):
        with pytest.raises(InputError, match="more than 0"):
            collect([films], tmp_path / "store", video=VideoOptions(every_seconds=seconds), **GIVEN)
