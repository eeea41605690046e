"""What methods cost on one machine, as a file: ``nlcl-bench methods --cost --into`` writes it, a board shows it.

Equal runs are equal wherever they were made, and seconds are not; so costs are in no run folder, but in a file of their
own that says on which machine they were measured.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Annotated, Literal

from pydantic import Field, ValidationError

from nlcl_bench.core.digest import sha256_file
from nlcl_bench.core.errors import InputError
from nlcl_bench.core.files import make_folder, writing
from nlcl_bench.data.record import Digest, Name, Row, Text, first_problem
from nlcl_bench.evaluation.run import Environment

if TYPE_CHECKING:
    from pathlib import Path

    from nlcl_bench.evaluation.run import MethodEntry
    from nlcl_bench.methods.spec import MethodSpec

__all__ = ["FILE", "CostEntry", "Costs", "cost_of", "read_costs", "write_costs"]

FILE = "costs.json"

Amount = Annotated[float, Field(ge=0, allow_inf_nan=False)]


class CostEntry(Row):
    """What one method costs.

    Attributes:
        method: Its name.
        weights_sha256: Digest of the weights it was measured with.
        source: How it is brought along, if it was not written for the benchmark.
        parameters: Numbers that were learnt, as counted, else as the method says.
        gmacs: Multiplications with additions for 3 x 256 x 256 pixels, in thousand millions, likewise.
        seconds: Seconds per megapixel.
        megabytes: Peak memory of the process; on a GPU, of the GPU.
    """

    method: Name
    weights_sha256: Digest | None
    source: Text | None
    parameters: Annotated[int, Field(ge=0)] | None
    gmacs: Amount | None
    seconds: Amount
    megabytes: Amount

    @property
    def identity(self) -> tuple[str, str | None, str | None]:
        """What tells one method from another."""
        return self.method, self.weights_sha256, self.source

    def is_of(self, method: MethodEntry) -> bool:
        """Tell whether this is the method of a run, with the same weights."""
        source = None if method.interface is None else method.interface.source
        return self.identity == (method.name, method.weights_sha256, source)


class Costs(Row):
    """The content of ``costs.json``.

    Attributes:
        schema_version: Version of this format.
        environment: On which machine and with which versions all of them were measured.
        threads: How many threads computed on the CPU; None on a GPU.
        megapixels: Size of the image.
        methods: One entry per method.
    """

    schema_version: Literal[1] = 1
    environment: Environment
    threads: Annotated[int, Field(ge=1)] | None
    megapixels: Annotated[float, Field(gt=0, allow_inf_nan=False)]
    methods: tuple[CostEntry, ...]


def cost_of(spec: MethodSpec, weights: Path | None, device: str, megapixels: float) -> CostEntry:
    """Measure a method in a process of its own.

    Args:
        spec: The method.
        weights: Its verified weight file.
        device: Torch's name of the device.
        megapixels: Size of the image.

    Raises:
        InputError: It is no method that runs here.
        ArtifactError: The weights do not fit.
        ContractError: The method broke its contract.
        RunError: The process was killed.
    """
    from nlcl_bench.evaluation.cost import measure

    found = measure(spec, weights, device, megapixels=megapixels)
    return CostEntry(
        method=spec.name,
        weights_sha256=None if weights is None else sha256_file(weights),
        source=None if spec.interface is None else spec.interface.source,
        parameters=found.counted.parameters or spec.parameters,
        gmacs=found.counted.gmacs or spec.gmacs,
        seconds=found.seconds,
        megabytes=found.megabytes,
    )


def write_costs(costs: Costs, into: Path) -> Path:
    """Write the file into a folder and return it; what one that is there says of other methods is kept.

    Raises:
        InputError: One is there that is not valid, or was measured elsewhere or otherwise.
        StorageError: It cannot be written.
    """
    path = make_folder(into) / FILE
    if path.exists():
        earlier = read_costs(path)
        if earlier.model_copy(update={"methods": costs.methods}) != costs:
            raise InputError(
                "was measured on another machine, with other versions or another size",
                where=path,
                fix="choose another --into, or delete it",
            )
        methods = {one.identity: one for one in (*earlier.methods, *costs.methods)}
        costs = costs.model_copy(update={"methods": tuple(methods.values())})
    with writing(path) as part:
        part.write_text(json.dumps(costs.model_dump(mode="json"), indent=2) + "\n", encoding="utf-8")
    return path


def read_costs(path: Path) -> Costs:
    """Read and validate the file.

    Raises:
        InputError: There is none, or it is not valid.
    """
    fix = "give FOLDER/costs.json, which `nlcl-bench methods --cost --into FOLDER` makes"
    try:
        return Costs.model_validate_json(path.read_bytes())
    except OSError as error:
        raise InputError(f"cannot be read: {error.strerror}", where=path, fix=fix) from error
    except ValidationError as error:
        raise InputError(f"is no file of costs: {first_problem(error)}", where=path, fix=fix) from error
