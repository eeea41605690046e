"""What the engine and an adapter add to calling a network directly: ``python benchmarks/adapters.py [FILE.onnx]``.

Without a file a small network of eight dilated blocks is made and written as TorchScript. Both ways run in turns on the
same image of 512 x 512 pixels, on one thread; the medians of processor time are compared, and less than 5 % is wanted.
"""

from __future__ import annotations

import statistics
import sys
import tempfile
import time
import warnings
from pathlib import Path
from typing import TYPE_CHECKING

import torch

from baselines.adapters.onnx_file import onnx
from baselines.adapters.torchscript_file import torchscript
from nlcl_bench.core.digest import sha256_file
from nlcl_bench.evaluation.apply import apply, load_method
from nlcl_bench.evaluation.cost import photograph

if TYPE_CHECKING:
    from collections.abc import Callable

    from torch import Tensor

    from nlcl_bench.methods.spec import MethodSpec

TURNS, SIDE, WIDTH = 15, 512, 32


def small_network(path: Path) -> None:
    """Write a network of 150 k parameters or so, with random weights, as TorchScript."""
    torch.manual_seed(0)
    layers: list[torch.nn.Module] = [torch.nn.Conv2d(3, WIDTH, 3, padding=1)]
    for block in range(8):
        reach = 2 ** (block % 4)
        layers += [torch.nn.ReLU(), torch.nn.Conv2d(WIDTH, WIDTH, 3, padding=reach, dilation=reach)]
    network = torch.nn.Sequential(*layers, torch.nn.Conv2d(WIDTH, 3, 3, padding=1)).eval()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        torch.jit.save(torch.jit.script(network), str(path))


def ways(spec: MethodSpec, path: Path) -> tuple[Callable[[Tensor], object], Callable[[Tensor], object]]:
    """Return the network called directly, and by the engine through its adapter."""
    derainer = load_method(spec, torch.device("cpu"), path)
    if path.suffix == ".onnx":
        from baselines.adapters.onnx_file import _session

        session = _session(path, "cpu")
        name = session.get_inputs()[0].name
        return (lambda image: session.run(None, {name: image[None].numpy()})), (lambda i: apply(derainer, spec, i))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        network = torch.jit.load(str(path)).eval()

    def directly(image: Tensor) -> Tensor:
        with torch.inference_mode():
            return network(image[None])

    return directly, lambda image: apply(derainer, spec, image)


def main() -> None:
    """Print the medians."""
    torch.set_num_threads(1)
    with tempfile.TemporaryDirectory() as place:
        path = Path(sys.argv[1]) if len(sys.argv) > 1 else Path(place, "small.pt")
        if len(sys.argv) == 1:
            small_network(path)
        adapter = onnx if path.suffix == ".onnx" else torchscript
        both = ways(adapter(str(path), {"sha256": sha256_file(path)}), path)
        image, seconds = photograph(SIDE, SIDE), ([], [])
        for _ in range(TURNS):
            for way, taken in zip(both, seconds, strict=True):
                begin = time.process_time()
                way(image)
                taken.append(time.process_time() - begin)
    directly, engine = (statistics.median(taken[2:]) for taken in seconds)
    print(f"{path.name}: directly {directly * 1e3:.1f} ms, by the engine {engine * 1e3:.1f} ms: ", end="")
    print(f"{100 * (engine / directly - 1):+.1f} %")


if __name__ == "__main__":
    main()
