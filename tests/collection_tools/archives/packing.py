"""Writes archives for tests, and tells what collect makes of them."""

import io
import tarfile
import warnings
import zipfile

from collection_tools.collect.store import open_store, read_rejected
from collection_tools.collect.walk import walk
from nlcl_bench.core.errors import InputError

TARS = {"x.tar": "w", "x.tar.gz": "w:gz", "x.tgz": "w:gz", "x.tar.bz2": "w:bz2", "x.TAR.XZ": "w:xz"}
KINDS = ["x.zip", *TARS]


def pack(path, members):
    """Write an archive of (name, bytes) pairs, in that order; the kind is told by the name."""
    if path.name.lower().endswith(".zip"):
        with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive, warnings.catch_warnings():
            warnings.simplefilter("ignore")  # it warns of duplicate names
            for name, content in members:
                archive.writestr(zipfile.ZipInfo(name), content, zipfile.ZIP_DEFLATED)
    else:
        with tarfile.open(path, TARS.get(path.name, "w")) as archive:
            for name, content in members:
                archive.addfile(tarinfo(name, size=len(content)), io.BytesIO(content))
    return path


def tarinfo(name, **attributes):
    info = tarfile.TarInfo(name)
    for attribute, value in attributes.items():
        setattr(info, attribute, value)
    return info


def rejected(store):
    return {row.file: row.reason for row in read_rejected(store).values()}


def files(store):
    return sorted(row.file for row in open_store(store).values())


def entries(path):
    """What collect meets in an archive: name, and content or refusal."""
    met = []
    for one in walk(path, store=path.parent / "store"):
        try:
            met.append((one.file, one.read()))
        except InputError as error:
            met.append((one.file, error.what))
    return met
