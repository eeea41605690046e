"""No-reference metrics: what the field reports on real rain, where there is no truth to compare with.

None of them is known to follow human opinion on derained photographs; read them beside the control rows.
"""

from __future__ import annotations

from functools import partial

from nlcl_bench.core.artifacts import Artifact
from nlcl_bench.metrics.iqa import IMPLEMENTATION, LICENCE, load
from nlcl_bench.metrics.spec import MetricSpec

__all__ = ["BRISQUE", "ENTROPY", "ILNIQE", "NIQE", "PIQE"]

_HUB = "hf://chaofengc/IQA-PyTorch-Weights@main"

PIQE = MetricSpec(
    name="piqe",
    version="pyiqa@1",
    title="PIQE",
    better="lower",
    reference="none",
    role="ranked",
    bounds=(0, 100),
    tolerance=0.01,
    minimum_side=16,  # one block
    load=lambda _: load("piqe"),
    implementation=IMPLEMENTATION,
    licence=LICENCE,
    source="Venkatanath et al., Blind image quality evaluation using perception based features, NCC 2015",
)

ENTROPY = MetricSpec(
    name="entropy",
    version="grey@1",
    title="Entropy",
    better="higher",
    reference="none",
    role="shown",
    bounds=(0, 8),
    tolerance=0.001,
    load=lambda _: load("entropy"),
    implementation=IMPLEMENTATION,
    licence=LICENCE,
    source="Shannon entropy of the grey-level histogram, in bits",
)

NIQE = MetricSpec(
    name="niqe",
    version="live2012@1",
    title="NIQE",
    better="lower",
    reference="none",
    role="ranked",
    bounds=(0, 1000),
    tolerance=0.01,
    minimum_side=192,  # 96-pixel blocks; fewer than two a side give no covariance
    load=partial(load, "niqe"),
    weights=Artifact(
        name="metrics/niqe_modelparameters.mat",
        source=f"{_HUB}/niqe_modelparameters.mat",
        sha256="fa2aa4d12dd9595c3fb6bf8b4e1a15c79d5d1469238d0901c88dead195be578d",
        size=8347,
        licence="academic research only",
    ),
    implementation=IMPLEMENTATION,
    licence=LICENCE,
    source="Mittal et al., Making a completely blind image quality analyzer, IEEE SPL 2013",
)

BRISQUE = MetricSpec(
    name="brisque",
    version="live2012@1",
    title="BRISQUE",
    better="lower",
    reference="none",
    role="ranked",
    bounds=(-100, 250),
    tolerance=0.01,
    minimum_side=32,  # smaller ones give NaN or values without meaning at the second scale
    load=partial(load, "brisque"),
    weights=Artifact(
        name="metrics/brisque_svm_weights.pth",
        source=f"{_HUB}/brisque_svm_weights.pth",
        sha256="0e976ea2dcf746a966888565bc754484ec28f7318f60b5ac8080259033f27a37",
        size=116421,
        licence="no licence stated (LIVE notice)",
    ),
    implementation=IMPLEMENTATION,
    licence=LICENCE,
    source="Mittal et al., No-reference image quality assessment in the spatial domain, IEEE TIP 2012",
)

ILNIQE = MetricSpec(
    name="ilniqe",
    version="polyu2015@1",
    title="ILNIQE",
    better="lower",
    reference="none",
    role="ranked",
    bounds=(0, 1000),
    tolerance=0.05,
    minimum_side=64,  # everything is resized to 524 pixels; much less is not a photograph any more
    load=partial(load, "ilniqe"),
    weights=Artifact(
        name="metrics/ILNIQE_templateModel.mat",
        source=f"{_HUB}/ILNIQE_templateModel.mat",
        sha256="14f4919a630498d732bbf11837d894d45a57f89c9ed84bea98851147290ce93c",
        size=2764281,
        licence="Apache-2.0",
    ),
    implementation=IMPLEMENTATION,
    licence=LICENCE,
    source="Zhang et al., A feature-enriched completely blind image quality evaluator, IEEE TIP 2015",
)
