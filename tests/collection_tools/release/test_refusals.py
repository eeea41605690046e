import pytest

from collection_tools.curate.curated import read_records
from collection_tools.metadata.strip import strip_metadata
from collection_tools.release.release import release
from nlcl_bench.core.errors import InputError, ManifestError
from nlcl_bench.data.loading import load_samples


def test_images_that_wait_for_a_person_are_refused_with_their_number_and_what_to_do(own, unsure, tmp_path):
    names = [record.image_id for record in read_records(own / "curated")][:2]
    unsure(own / "curated", names)
    with pytest.raises(
        ManifestError, match=rf"2 images show .* the first is {names[0]} .*nlcl-bench review .*leave-out"
    ):
        release(own / "curated", tmp_path / "rel", without_face_check=True)
    assert not (tmp_path / "rel").exists()


def test_what_waits_for_a_person_can_be_left_out_and_the_card_says_how_many(own, unsure, tmp_path):
    records = read_records(own / "curated")
    clean = next(record.clean_id for record in records if record.clean_id)
    unsure(own / "curated", [clean, "0" * 16])
    done = release(own / "curated", tmp_path / "rel", without_face_check=True, leave_out_unreviewed=True)
    assert (done.left_out, done.images) == (1, len(records) - 1)
    left = {row.record.image_id: row.record for part in done.parts for row in part.rows}
    assert clean not in left
    assert not any(record.clean_id == clean or record.clean_id not in {None, *left} for record in left.values())
    assert clean not in (tmp_path / "rel" / "LICENSE.md").read_text()


def test_a_set_in_which_nobody_looked_for_faces_is_released_only_on_demand_and_the_card_says_so(made, tmp_path):
    with pytest.raises(ManifestError, match=r"faces were not looked for .*nlcl-bench\[privacy\].*--without-face-check"):
        release(made / "curated", tmp_path / "rel")
    release(made / "curated", tmp_path / "rel", without_face_check=True)
    assert "Faces and number plates were not searched for" in (tmp_path / "rel" / "README.md").read_text()
    assert not (tmp_path / "rel" / "samples.jpg").exists()  # nobody knows what would be seen on the front page


def test_every_published_file_is_without_metadata_also_the_hidden_and_the_converted(made, tmp_path):
    done = release(made / "curated", tmp_path / "rel", without_face_check=True)
    seen = set()
    for part in done.parts:
        for sample in load_samples(tmp_path / "rel", part.config, part.split):
            assert strip_metadata(sample.image, where="published") == sample.image
            seen.add((sample.record.file_name[17:], bool(sample.record.blurred), bool(sample.record.converted)))
    assert seen >= {("jpg", False, False), ("png", False, False), ("png", False, True), ("png", True, True)}


@pytest.mark.parametrize(
    "said", [{"repo": "x"}, {"repo": "../a"}, {"repo": "a/b/c"}, {"version": "1.0"}, {"version": "v1.0.0\n"}]
)
def test_names_that_the_hub_does_not_know_are_refused(made, tmp_path, said):
    with pytest.raises(InputError, match=r"--repo|--version"):
        release(made / "curated", tmp_path / "rel", without_face_check=True, **said)
    assert not (tmp_path / "rel").exists()
