"""``nlcl-bench derain``: the first thing a newcomer wants."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from nlcl_bench.cli.console import say, track, warn
from nlcl_bench.core.errors import InputError

__all__ = ["derain"]


def derain(
    inputs: Annotated[list[Path], typer.Argument(help="Photographs, videos, or folders of them.")],
    *,
    into: Annotated[Path, typer.Option(help="Folder of the derained PNGs and MP4s.")],
    method: Annotated[str, typer.Option(help="A name, or KIND:ARGUMENT; see `nlcl-bench methods`.")] = "nlcl",
    declare: Annotated[
        list[str] | None, typer.Option(help="KEY=VALUE, for KIND:ARGUMENT: what its file cannot tell; repeatable.")
    ] = None,
    weights: Annotated[Path | None, typer.Option(help="Weight file to use instead of the method's own.")] = None,
    tile: Annotated[int, typer.Option(min=0, help="Work in tiles of so many pixels; 0: whole images.")] = 0,
    device: Annotated[str, typer.Option(help="cpu, cuda, cuda:1; auto takes a GPU if there is one.")] = "auto",
    overwrite: Annotated[bool, typer.Option("--overwrite", help="Make anew what is there already.")] = False,
) -> None:
    """Remove the rain from photographs and videos; names and the folders' structure are kept.

    A photograph gives a PNG, upright, with all of its EXIF except the small picture in it; sixteen bits stay sixteen. A
    video gives an MP4: H.264 of high quality (crf 16, eight bits), upright, each frame at its time, the sound copied. A
    file that cannot be read is named, the others go on, and the exit code is 1. The same command again makes only what
    is missing; a video that was not finished starts anew.

    \b
    Examples:
      nlcl-bench derain street.jpg --into derained --method guided
      nlcl-bench derain photos/ walk.mp4 --into derained --method nlcl --weights background.safetensors
      nlcl-bench derain photos/ --into derained --method onnx:prenet.onnx --declare output=rain
    """
    import torch

    from nlcl_bench.evaluation.derain import derain as run
    from nlcl_bench.evaluation.derain import find_inputs
    from nlcl_bench.evaluation.inputs import method_weights
    from nlcl_bench.evaluation.provenance import device_name
    from nlcl_bench.methods.catalogue import find_method

    spec = find_method(method, declare or ())
    found = find_inputs(inputs)
    chosen = torch.device(device_name(device))
    if tile and spec.tiling == "changes_result":
        warn(f"{spec.name} gives other results in tiles than on whole images")
    if tile and spec.tiling == "own":
        warn(f"{spec.name} keeps its memory within bounds by itself: --tile changes nothing")
    made, kept, bad = 0, 0, 0
    results = run(
        found,
        into,
        spec,
        weights=method_weights(spec, weights),
        device=chosen,
        tile=tile,
        overwrite=overwrite,
        track=track,
    )
    for one in results:
        made += one.seconds is not None
        kept += one.seconds is None and one.problem is None
        bad += one.problem is not None
        if one.problem is not None:
            warn(f"{one.source}: {one.problem}")
        if one.loss is not None:
            warn(f"{one.source}: {one.loss}")
    say(f"{made} derained into {into}" + (f", {kept} were there already (--overwrite makes them anew)" if kept else ""))
    if bad:
        raise InputError(f"{bad} of {len(found)} files could not be derained", fix="see the warnings above")
