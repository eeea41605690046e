"""On which machine and with which versions a run was made."""

from __future__ import annotations

import platform
import re
import shlex
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import TYPE_CHECKING

from nlcl_bench.core.errors import InputError
from nlcl_bench.evaluation.run import Environment

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ["command_line", "device_name", "environment"]

_BEFORE = re.compile(r"-*[a-z][a-z_-]*[:=](?!//)")
_PACKAGES = ("torch", "torchvision", "pyiqa", "pillow", "numpy", "scipy", "nlcl-bench")


def environment(device: str) -> Environment:
    """Describe this machine as far as results can depend on it; no host name, no user name."""
    return Environment(
        python=platform.python_version(),
        platform=f"{platform.system()} {platform.machine()}",
        processor=_processor(),
        device=_device_title(device),
        packages={name: found for name in _PACKAGES if (found := _version(name)) is not None},
    )


def command_line(arguments: Sequence[str]) -> str:
    """Return a command line with folders shortened to their last name: paths tell who ran it, not what ran.

    >>> command_line(["nlcl-bench", "evaluate", "--data", "/data/ann/rain", "--tile", "512"])
    'nlcl-bench evaluate --data rain --tile 512'
    >>> command_line(["--method", "onnx:/data/ann/net.onnx", "--declare", "inputs=/data/ann/rain"])
    '--method onnx:net.onnx --declare inputs=rain'
    """
    return shlex.join(_without_folders(word) for word in arguments)


def _without_folders(word: str) -> str:
    """Shorten every path in a word to its last name; what stands before a colon or equals sign stays.

    >>> _without_folders("cmd:python /data/ann/derain.py {input} {output}")
    'cmd:python derain.py {input} {output}'
    """
    found = _BEFORE.match(word)
    before = found[0] if found else ""
    words = word.removeprefix(before).split(" ")
    return before + " ".join(Path(one).name if "/" in one else one for one in words)


def device_name(word: str) -> str:
    """Return torch's name of a device; ``auto`` is a GPU if there is one, else the CPU.

    Raises:
        InputError: There is no such device.
    """
    import torch

    if word == "auto":
        return "cuda:0" if torch.cuda.is_available() else "cpu"
    try:
        device = torch.device(word)
    except RuntimeError as error:
        raise InputError("is no device", where=f"--device {word}", fix="use cpu, cuda, cuda:1 or auto") from error
    there = device.type == "cpu" or (device.type == "cuda" and (device.index or 0) < torch.cuda.device_count())
    if not there:
        raise InputError("is not on this machine", where=f"--device {word}", fix="use cpu or auto")
    return str(device)


def _version(name: str) -> str | None:
    try:
        return version(name)
    except PackageNotFoundError:
        return None


def _processor() -> str:
    information = Path("/proc/cpuinfo")
    if information.is_file():
        for line in information.read_text(encoding="utf-8", errors="replace").splitlines():
            if line.startswith("model name"):
                return line.partition(":")[2].strip()
    return platform.processor() or platform.machine()


def _device_title(device: str) -> str:
    import torch

    return torch.cuda.get_device_name(device) if device.startswith("cuda") else device
