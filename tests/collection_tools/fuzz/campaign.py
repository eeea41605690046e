"""Sends damaged and hostile files through collect and curate, as a user would, and says in JSON what became of them.

It runs in a process of its own, so that whatever the decoders do shows in its exit status: it ends with an error if
one file takes longer than ten seconds. By hand, for instance::

    python tests/collection_tools/fuzz/campaign.py /tmp/campaign --mutants 20000 --seed 7 --kinds heif,tiff
"""

from __future__ import annotations

import argparse
import faulthandler
import json
import os
import re
import resource
import sys
import tempfile
import time
from importlib.resources import files
from pathlib import Path

from mutants import mutants
from seeds import seeds

from collection_tools.collect.collect import collect
from collection_tools.collect.sources import Stated
from collection_tools.collect.store import open_store, read_rejected
from collection_tools.collect.walk import walk
from collection_tools.curate.curate import curate
from collection_tools.curate.curated import read_dropped, read_records
from collection_tools.curate.recipe import read_recipe
from collection_tools.metadata.strip import strip_metadata
from collection_tools.published import published, stored
from nlcl_bench.core.digest import sha256_bytes
from nlcl_bench.core.images import decode, pixel_digest

LONGEST = 10.0
ADDRESSES = 6 << 30
PACKAGED = files("collection_tools.curate") / "recipe.toml"


class Watch:
    """Shows no progress but measures it: the longest time that one file took."""

    def __init__(self):
        self.slowest = 0.0

    def __call__(self, items, *, what, total):  # noqa: ARG002 (what every track takes)
        for item in items:
            faulthandler.dump_traceback_later(LONGEST, exit=True)
            started = time.monotonic()
            yield item
            self.slowest = max(self.slowest, time.monotonic() - started)
        faulthandler.cancel_dump_traceback_later()


def main():
    given = _arguments()
    resource.setrlimit(resource.RLIMIT_AS, (ADDRESSES, ADDRESSES))
    folder = given.folder
    for name in ("mutants", "elsewhere"):
        (folder / name).mkdir(parents=True)
    os.chdir(folder / "elsewhere")
    tempfile.tempdir = str(folder / "elsewhere")
    os.environ.update(HOME=str(folder / "elsewhere"), TMPDIR=str(folder / "elsewhere"))
    files = _files(given)
    for name, data in mutants(files, given.mutants, given.seed) if given.mutants else files.items():
        (folder / "mutants" / name).write_bytes(data)
    sys.stdout.write(json.dumps(_campaign(folder, given.collect_only)) + "\n")


def _arguments():
    parser = argparse.ArgumentParser()
    parser.add_argument("folder", type=Path)
    parser.add_argument("--mutants", type=int, default=500, help="0: the files as they are")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--kinds", default="")
    parser.add_argument("--real", type=Path, help="a folder of files to damage instead of the small ones")
    parser.add_argument("--collect-only", action="store_true")
    given = parser.parse_args()
    given.folder = given.folder.resolve()
    return given


def _files(given):
    if given.real is not None:
        return {path.name: path.read_bytes() for path in sorted(given.real.rglob("*")) if path.is_file()}
    kinds = given.kinds.split(",") if given.kinds else None
    return {name: data for name, data in seeds().items() if kinds is None or name.split(".")[0] in kinds}


def _campaign(folder, collect_only):
    before = _digests(folder / "mutants")
    watch = Watch()
    store = folder / "store"
    given = Stated(licence="CC0-1.0", author="tests")
    done = collect([folder / "mutants"], store, domain="rainy", given=given, track=watch)
    met = [found.file for found in walk((folder / "mutants").resolve(), store=store)]
    refused = {row.file: row.reason for row in read_rejected(store).values()}
    curated = {} if collect_only else _curated(folder, watch)
    return {
        "files": len(before),
        "met": len(met),
        "passed over": sorted({name.split("/")[1] for name in met} ^ before.keys()),
        "usable": done.usable,
        "refused": sum(done.reasons.values()),
        "reasons": refused,
        "without reason": sorted(file for file, reason in refused.items() if not reason.strip()),
        "stored": len(open_store(store)),
        **curated,
        "changed": _digests(folder / "mutants") != before,
        "elsewhere": sorted(path.name for path in (folder / "elsewhere").iterdir()),
        "beside": sorted(path.name for path in folder.iterdir()),
        "slowest": round(watch.slowest, 2),
        "peak": _peak(),
    }


def _curated(folder, watch):
    """Curate by a recipe that leaves nothing out, so that all that can be published is; return what became of it."""
    lenient = re.sub(r"= \S+( +#.*\((\S+)\)\n)", r"= \2\1", PACKAGED.read_text(encoding="utf-8"))
    (folder / "recipe.toml").write_text(lenient, encoding="utf-8")
    store, curated = folder / "store", folder / "curated"
    curate(store, curated, recipe=read_recipe(folder / "recipe.toml"), faces=False, track=watch)
    records, dropped = read_records(curated), list(read_dropped(curated))
    rows = {sha256[:16]: row for sha256, row in zip(open_store(store), open_store(store).rows(), strict=True)}
    unclean = [rows[one.image_id].file for one in records if not _is_clean(one, rows[one.image_id], store)]
    return {
        "kept": len(records),
        "dropped": len(dropped),
        "dropped without reason": sorted(one.file for one in dropped if not one.reason.strip()),
        "unclean": unclean,
    }


def _is_clean(record, row, store):
    """Tell whether what is published is what was promised, shows the collected picture, and has nothing to remove."""
    data = stored(store, row)
    file = published(data, record.blurred, where=row.file).data
    same = pixel_digest(decode(file, where=row.file)) == pixel_digest(decode(data, where=row.file))
    return same and sha256_bytes(file) == record.sha256 and strip_metadata(file, where=row.file) == file


def _peak():
    """Return the most memory that this process held, in bytes; what getrusage tells starts with its parent's."""
    status = Path("/proc/self/status").read_text(encoding="ascii")
    return int(re.search(r"VmHWM:\s+(\d+) kB", status)[1]) * 1024


def _digests(folder):
    return {path.name: sha256_bytes(path.read_bytes()) for path in sorted(folder.iterdir())}


if __name__ == "__main__":
    main()
