"""A release is published whole or not at all, once, and again only where something changed."""

import hashlib
import subprocess
import sys
import tomllib
from urllib.error import HTTPError

import pytest


def lines(done) -> str:
    return " ".join((done.stdout + done.stderr).split())


def test_a_release_is_published_tagged_and_pinned_and_again_nothing_happens(there, folder, tmp_path):
    tried = there.publish(folder, "--dry-run")
    assert tried.returncode == 0, lines(tried)
    assert "rainy/test-00000-of-00001.parquet" in tried.stdout or "rainy/train-00000-of-00001.parquet" in tried.stdout
    assert {one["method"] for one in there.server.trace()} == {"GET"}
    done = there.publish(folder)
    assert done.returncode == 0, lines(done)
    state = there.state()
    assert state["tags"] == {"v1.0.0": state["head"]}
    assert state["open"] == []
    pinned = tomllib.loads((tmp_path / "rain-v1.0.0.toml").read_text())
    assert (pinned["source"], pinned["revision"]) == ("hf://ada/rain", state["head"])
    assert state["head"] in lines(done)
    here = sorted(path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file())
    assert there.files("v1.0.0") == sorted([".gitattributes", *here])
    assert there.publish(folder).returncode == 0
    assert there.state() == state
    assert there.token not in done.stdout + done.stderr


def test_what_was_published_loads_by_name_and_tag(published, tmp_path):
    environment = {**published.server.environment(tmp_path / "fresh", published.token), "HF_DATASETS_OFFLINE": "0"}
    load = "datasets.load_dataset('ada/rain', 'rainy', revision='v1.0.0')"
    code = f"import datasets; print(sum(len(split) for split in {load}.values()))"
    loaded = subprocess.run([sys.executable, "-c", code], env=environment, capture_output=True, text=True, check=True)
    assert loaded.stdout.split()[-1] == "6"


def test_a_new_version_changes_only_what_changed_and_the_old_tag_stays(published, again):
    first = published.state()
    refused = published.publish(again("Other Rain", "v1.0.0"))
    assert refused.returncode == 1
    assert "v1.0.0 is published with other files" in lines(refused)
    published.server.forget_trace()
    assert published.publish(again("Other Rain")).returncode == 0
    assert not [one for one in published.server.trace() if "/lfs/" in one["path"] and one["method"] == "PUT"]
    second = published.state()
    assert second["tags"]["v1.0.0"] == first["head"]
    assert second["tags"]["v1.1.0"] == second["head"] != first["head"]


def test_words_that_somebody_wrote_into_the_card_stay_and_facts_are_renewed(published, again):
    card = published.text("README.md")
    published.push("README.md", card.replace("# Rain\n", "# Rain, told by hand\n").replace("size_categories", "sizes"))
    other = again("Other Rain")
    done = published.publish(other)
    assert done.returncode == 0, lines(done)
    assert "stay" in lines(done)
    now = published.text("README.md", "v1.1.0")
    assert "# Rain, told by hand" in now
    assert "size_categories:" in now
    listed = dict(reversed(line.split("  ")) for line in published.text("SHA256SUMS", "v1.1.0").splitlines())
    assert listed["README.md"] == hashlib.sha256(now.encode()).hexdigest()
    state = published.state()
    assert published.publish(other).returncode == 0
    assert published.state() == state


def test_files_that_somebody_put_there_stay_and_those_of_the_last_release_go(published, again):
    published.push("notes/thanks.txt", "Thanks")
    other = again("Other Rain")
    stale = next(other.rglob("*.parquet"))
    stale.unlink()
    sums = other / "SHA256SUMS"
    sums.write_text("".join(line for line in sums.read_text().splitlines(keepends=True) if stale.name not in line))
    done = published.publish(other)
    assert done.returncode == 0, lines(done)
    assert "notes/thanks.txt" in published.files("v1.1.0")
    assert stale.relative_to(other).as_posix() in set(published.files("v1.0.0")) - set(published.files("v1.1.0"))


def test_a_card_that_sends_readers_elsewhere_is_refused(there, folder):
    done = there.publish(folder, repo="ada/other")
    assert done.returncode == 1
    assert "--repo ada/other" in lines(done)
    assert there.server.trace() == []


def test_the_clients_own_way_of_uploading_gives_the_same(there, folder):
    with there.publishing(folder, xet=True) as process:
        process.communicate()
    assert process.returncode == 0
    assert any("xet-write-token" in one["path"] for one in there.server.trace())
    here = sorted(path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file())
    assert there.files("v1.0.0") == sorted([".gitattributes", *here])
    state = there.state()
    assert there.publish(folder).returncode == 0
    assert there.state() == state


@pytest.mark.parametrize("asked", [("--private",), ("--gated", "manual")])
def test_private_and_gated_repositories_are_so_before_anything_lies_in_them(there, folder, asked):
    done = there.publish(folder, *asked)
    assert done.returncode == 0, lines(done)
    with pytest.raises(HTTPError, match=r"40[134]"):
        there.get("/datasets/ada/rain/resolve/main/README.md", token=there.server.account("eve"))
    paths = [one["path"] for one in there.server.trace() if one["method"] in {"PUT", "POST"}]
    if asked[0] == "--gated":
        assert paths.index(next(one for one in paths if one.endswith("/settings"))) < paths.index(
            next(one for one in paths if "/commit/" in one)
        )
