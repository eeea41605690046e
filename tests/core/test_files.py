"""Files are whole or absent, stay in their folder, and have one writer."""

from __future__ import annotations

import pickle
import resource
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from nlcl_bench.core.errors import InputError, StorageError
from nlcl_bench.core.files import existing_folder, locked, make_folder, writing


def test_a_block_that_ends_well_leaves_the_file_and_nothing_else(tmp_path):
    with writing(tmp_path / "a.txt") as part:
        part.write_text("rain")
    assert [(path.name, path.read_text()) for path in tmp_path.iterdir()] == [("a.txt", "rain")]


def test_a_block_that_fails_leaves_the_old_file(tmp_path):
    (tmp_path / "a.txt").write_text("old")

    def fail_in_the_middle() -> None:
        with writing(tmp_path / "a.txt") as part:
            part.write_text("half")
            raise RuntimeError

    with pytest.raises(RuntimeError):
        fail_in_the_middle()
    assert (tmp_path / "a.txt").read_text() == "old"


def test_a_full_disk_is_one_clear_line(tmp_path):
    """The size limit of a process stands in for a disk without room: the same write fails in the same way."""
    script = (
        "import sys; from pathlib import Path; from nlcl_bench.core.files import writing\n"
        "from nlcl_bench.core.errors import StorageError\n"
        "try:\n"
        "    with writing(Path(sys.argv[1])) as part: part.write_bytes(bytes(100000))\n"
        "except StorageError as error: print(error)\n"
    )

    def limit() -> None:
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        resource.setrlimit(resource.RLIMIT_FSIZE, (1000, 1000))

    done = subprocess.run(
        [sys.executable, "-c", script, tmp_path / "big"], capture_output=True, text=True, preexec_fn=limit, check=True
    )
    assert "cannot be written: File too large" in done.stdout
    assert not (tmp_path / "big").exists()


def test_a_read_only_place_is_one_clear_line():
    with pytest.raises(StorageError, match="folder cannot be made"):
        make_folder(Path("/proc/nlcl-bench"))


def test_a_second_writer_is_turned_away(tmp_path):
    with locked(tmp_path), pytest.raises(StorageError, match="another nlcl-bench"), locked(tmp_path):
        pass


def test_a_missing_folder_and_a_file_are_told_apart(tmp_path):
    (tmp_path / "file").touch()
    with pytest.raises(InputError, match="no such folder"):
        existing_folder(tmp_path / "gone")
    with pytest.raises(InputError, match="is a file"):
        existing_folder(tmp_path / "file")


def test_errors_survive_the_way_back_from_a_worker():
    error = StorageError("is full", where="disk", fix="make room")
    again = pickle.loads(pickle.dumps(error))  # noqa: S301 (our own bytes)
    assert (type(again), str(again)) == (StorageError, "disk: is full (make room)")
