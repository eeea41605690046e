"""The parameter files of pyiqa's metrics: where each comes from, which bytes it must be, on which terms.

The files keep the names by which pyiqa asks for them; eight digits at the end of a name begin its digest. Most come
from one collection of pyiqa's authors, whose pages state the SHA-256 of nearly all; a file for which we found none has
no digest here, and is pinned by the user's first use. The collection as a whole is under CC-BY-NC-SA-4.0; where the
weights are somebody else's, their terms are named first.
"""

from __future__ import annotations

from nlcl_bench.core.artifacts import Artifact

__all__ = [
    "ALEXNET",
    "ARNIQA",
    "ARNIQA_KONIQ",
    "BRISQUE",
    "CLIPIQA_PLUS",
    "CLIP_RN50",
    "DBCNN",
    "DISTS",
    "HYPERIQA",
    "ILNIQE",
    "LIQE",
    "LPIPS",
    "MANIQA",
    "MUSIQ",
    "NIMA",
    "NIQE",
    "NRQM",
    "QUALICLIP",
    "TOPIQ",
    "VGG16",
]

_HUB = "hf://chaofengc/IQA-PyTorch-Weights@main"
_COLLECTION = "CC-BY-NC-SA-4.0"
_COLLECTED = f"{_COLLECTION} as collected; its authors' terms first"


def _file(name: str, licence: str, sha256: str | None, size: int | None = None, source: str | None = None) -> Artifact:
    return Artifact(
        name=f"metrics/{name}", source=source or f"{_HUB}/{name}", sha256=sha256, size=size, licence=licence
    )


NIQE = _file(
    "niqe_modelparameters.mat",
    "academic research only",
    "fa2aa4d12dd9595c3fb6bf8b4e1a15c79d5d1469238d0901c88dead195be578d",
    8347,
)
BRISQUE = _file(
    "brisque_svm_weights.pth",
    "no licence stated (LIVE notice)",
    "0e976ea2dcf746a966888565bc754484ec28f7318f60b5ac8080259033f27a37",
    116421,
)
ILNIQE = _file(
    "ILNIQE_templateModel.mat",
    "Apache-2.0",
    "14f4919a630498d732bbf11837d894d45a57f89c9ed84bea98851147290ce93c",
    2764281,
)
NRQM = _file("NRQM_model.mat", _COLLECTED, None)
MUSIQ = _file(
    "musiq_koniq_ckpt-e95806b9.pth",
    "Apache-2.0",
    "e95806b9eae5f3814c410f574ba8e552362bd5bc63d758ed5b97860f5d6185aa",
    108610983,
)
CLIPIQA_PLUS = _file(
    "CLIP-IQA+_learned_prompts-603f3273.pth",
    _COLLECTED,
    "603f3273b6e8a75b309297c85781170c067c6b474f66818c2f253a46a6534447",
    17144,
)
MANIQA = _file("ckpt_koniq10k.pt", _COLLECTED, None)
TOPIQ = _file(
    "cfanet_nr_koniq_res50-9a73138b.pth",
    _COLLECTION,
    "9a73138beb3748dd6a83365610ac88fa1cd53225342c77fc9ed44a3be461354c",
)
HYPERIQA = _file(
    "HyperIQA-resnet50-koniq10k-c96c41b1.pth",
    _COLLECTION,
    "c96c41b1094c8c1ed86cbd661941717f95e24e09e791b2c512d4ffbbde7253ed",
    109834491,
)
DBCNN = _file(
    "DBCNN_KonIQ10k-2de81c0a.pth",
    _COLLECTION,
    "2de81c0af94ac46fb191fe713c4d72e93e0acb02e6aa29c601f4251e93b9ebe6",
)
LIQE = _file("liqe_koniq.pt", _COLLECTED, None)
NIMA = _file(
    "NIMA_InceptionV2_ava-b0c77c00.pth",
    _COLLECTION,
    "b0c77c00c789565be8e6af96c1641bbad716c1592bff1cdc749c6006b95bd34e",
)
ARNIQA = _file(
    "ARNIQA.pth",
    _COLLECTED,
    "ad2022e59b1040d5bab24f9325c10d0215956a2061248a36c15edaec3e60fcd1",
    112155914,
)
ARNIQA_KONIQ = _file(  # TorchScript, which is opened by its digest alone; from the authors' own release
    "regressor_koniq10k.pth",
    "Apache-2.0 (code)",
    "af8f127aca38a8e1082e066b5ee93e533bf5f33aaf9c76b3c31526ef901919e1",
    19560,
    "https://github.com/miccunifi/ARNIQA/releases/download/weights/regressor_koniq10k.pth",
)
QUALICLIP = _file(
    "QualiCLIP.pth",
    _COLLECTION,
    "5818e085ac4b3d297cdd183fd2b1d8a4ddb2242e5bb7fd24b2cd66d7d132bc7e",
    408494502,
)
LPIPS = _file(
    "LPIPS_v0.1_alex-df73285e.pth",
    "BSD-2-Clause",
    "df73285e35b22355a2df87cdb6b70b343713b667eddbda73e1977e0c860835c0",
    6009,
)
DISTS = _file(
    "DISTS_weights-f5e65c96.pth",
    "MIT",
    "f5e65c96230b7f6ca995691647d482237e4cab8a50c5c4a5784f219ef0748218",
    12288,
)

# Backbones: what a metric's own file does not hold.
ALEXNET = _file(
    "alexnet-owt-7be5be79.pth",
    "BSD-3-Clause; trained on ImageNet",
    "7be5be791159472b1fbf3c69796f7cb30dca7ad8466c2df70058c37116cdee02",
    244408911,
    "https://download.pytorch.org/models/alexnet-owt-7be5be79.pth",
)
VGG16 = _file(
    "vgg16-397923af.pth",
    "BSD-3-Clause; trained on ImageNet",
    "397923af8e79cdbb6a7127f12361acd7a2f83e06b05044ddf496e83de57a5bf0",
    553433881,
    "https://download.pytorch.org/models/vgg16-397923af.pth",
)
_RN50_SHA256 = "afeb0e10f9e5a86da6080e35cf09123aca3b358a0c3e3b6c78a7b63bc04b6762"  # a part of its address
CLIP_RN50 = _file(
    "RN50.pt",
    "MIT",
    _RN50_SHA256,
    source=f"https://openaipublic.azureedge.net/clip/models/{_RN50_SHA256}/RN50.pt",
)
