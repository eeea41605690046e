"""No-reference metrics by hand-made features: what the field reports on real rain, where there is no truth.

NRQM and PI are computed by pyiqa, the others by modules of our own, which give pyiqa's values in less time and memory
and need nothing of it: importing pyiqa takes seconds of every process. None of them is known to follow human opinion on
derained photographs; read them beside the controls.
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from nlcl_bench.core.errors import ArtifactError
from nlcl_bench.metrics import parameters
from nlcl_bench.metrics.iqa import IMPLEMENTATION, LICENCE, load, load_network
from nlcl_bench.metrics.spec import MetricSpec

if TYPE_CHECKING:
    from pathlib import Path

    from nlcl_bench.metrics.spec import Metric

__all__ = ["BRISQUE", "ENTROPY", "ILNIQE", "NIQE", "NRQM", "PI", "PIQE"]


def _entropy(_: Path | None) -> Metric:
    from nlcl_bench.metrics.entropy import entropy

    return entropy


def _niqe(file: Path | None) -> Metric:
    from nlcl_bench.metrics.niqe import niqe

    return niqe(_needed(file, "niqe"))


def _ilniqe(file: Path | None) -> Metric:
    from nlcl_bench.metrics.ilniqe import ilniqe

    return ilniqe(_needed(file, "ilniqe"))


def _piqe(_: Path | None) -> Metric:
    from nlcl_bench.metrics.piqe import piqe

    return piqe


def _brisque(file: Path | None) -> Metric:
    from nlcl_bench.metrics.brisque import brisque

    return brisque(_needed(file, "brisque"))


def _needed(file: Path | None, name: str) -> Path:
    if file is None:
        raise ArtifactError("needs its parameter file", where=name, fix=f"nlcl-bench weights pull {name}")
    return file


PIQE = MetricSpec(
    name="piqe",
    version="pyiqa@1",
    title="PIQE",
    better="lower",
    reference="none",
    family="naturalness",
    role="ranked",
    bounds=(0, 100),
    tolerance=0.01,
    minimum_side=16,  # one block
    load=_piqe,
    implementation="nlcl-bench",  # within 1e-4 of pyiqa's, which has no more digits, so the id stays
    licence="Apache-2.0",
    source="Venkatanath et al., Blind image quality evaluation using perception based features, NCC 2015",
)

ENTROPY = MetricSpec(
    name="entropy",
    version="grey@1",
    title="Entropy",
    better="higher",
    reference="none",
    family="naturalness",
    role="shown",
    bounds=(0, 8),
    tolerance=0.001,
    load=_entropy,
    implementation="nlcl-bench",  # pyiqa's value, so the id stays
    licence="Apache-2.0",
    source="Shannon entropy of the grey-level histogram, in bits",
)

NIQE = MetricSpec(
    name="niqe",
    version="live2012@1",
    title="NIQE",
    better="lower",
    reference="none",
    family="naturalness",
    role="ranked",
    bounds=(0, 1000),
    tolerance=0.01,
    minimum_side=192,  # 96-pixel blocks; fewer than two a side give no covariance
    dtype="float64",
    load=_niqe,
    weights=parameters.NIQE,
    implementation="nlcl-bench",  # within 1e-6 of pyiqa's, so the id stays
    licence="Apache-2.0",
    source="Mittal et al., Making a completely blind image quality analyzer, IEEE SPL 2013",
)

BRISQUE = MetricSpec(
    name="brisque",
    version="live2012@1",
    title="BRISQUE",
    better="lower",
    reference="none",
    family="naturalness",
    role="ranked",
    bounds=(-100, 250),
    tolerance=0.01,
    minimum_side=32,  # smaller ones give NaN or values without meaning at the second scale
    load=_brisque,
    weights=parameters.BRISQUE,
    implementation="nlcl-bench",  # within 0.01 of pyiqa's, which has no more digits, so the id stays
    licence="Apache-2.0",
    source="Mittal et al., No-reference image quality assessment in the spatial domain, IEEE TIP 2012",
)

ILNIQE = MetricSpec(
    name="ilniqe",
    version="polyu2015@1",
    title="ILNIQE",
    better="lower",
    reference="none",
    family="naturalness",
    role="ranked",
    bounds=(0, 1000),
    tolerance=0.05,
    minimum_side=64,  # everything is resized to 524 pixels; much less is not a photograph any more
    dtype="float64",
    load=_ilniqe,
    weights=parameters.ILNIQE,
    implementation="nlcl-bench",  # within 1e-6 of pyiqa's, so the id stays
    licence="Apache-2.0",
    source="Zhang et al., A feature-enriched completely blind image quality evaluator, IEEE TIP 2015",
)

NRQM = MetricSpec(
    name="nrqm",
    version="cviu2017@1",
    title="NRQM",
    better="higher",
    reference="none",
    family="naturalness",
    role="shown",
    bounds=(-10, 20),  # made for 0 to 10, but nothing in it keeps the value there
    tolerance=0.01,
    minimum_side=128,  # the pyramid's second level loses 16 pixels at each border
    dtype="float64",
    load=partial(load, "nrqm"),
    weights=parameters.NRQM,
    implementation=IMPLEMENTATION,
    licence=LICENCE,
    source="Ma et al., Learning a no-reference quality metric for single-image super-resolution, CVIU 2017",
)

PI = MetricSpec(
    name="pi",
    version="pirm2018@1",
    title="PI",
    better="lower",
    reference="none",
    family="naturalness",
    role="shown",
    bounds=(-5, 510),  # by NRQM's and NIQE's
    tolerance=0.01,
    minimum_side=200,  # NIQE's, after four pixels are cut off at each border
    dtype="float64",
    load=partial(load_network, "pi", "nrqm_arch", (parameters.NIQE,)),
    weights=parameters.NRQM,
    backbones=(parameters.NIQE,),
    implementation=IMPLEMENTATION,
    licence=LICENCE,
    source="Blau et al., The 2018 PIRM challenge on perceptual image super-resolution: (10 - NRQM + NIQE) / 2",
)
