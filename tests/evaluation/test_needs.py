"""The files of metrics and methods are found by their own names and by those of who needs them."""

from __future__ import annotations

import pytest

from nlcl_bench.core.errors import InputError, UnknownNameError
from nlcl_bench.evaluation.needs import meant, needs, one_meant
from nlcl_bench.methods.catalogue import METHODS
from nlcl_bench.metrics import deep, no_reference, reference

EVERY = needs(
    [no_reference.NIQE, no_reference.NRQM, no_reference.PI, no_reference.PIQE, reference.LPIPS, deep.MUSIQ],
    [METHODS.get("nlcl-official"), METHODS.get("identity")],
)


def names(found) -> list[str]:
    return [need.name for need in found]


def test_each_file_is_listed_once_with_all_who_need_it():
    users = {need.name: need.users for need in EVERY}
    assert users["niqe_modelparameters.mat"] == ("niqe", "pi")
    assert users["NRQM_model.mat"] == ("nrqm", "pi")
    assert users["latest_net_Back.pth"] == ("nlcl-official",)
    assert len(users) == len(EVERY) == 6


def test_a_word_is_a_file_or_who_needs_files():
    assert names(meant("NRQM_model.mat", EVERY)) == ["NRQM_model.mat"]
    assert names(meant("metrics/NRQM_model.mat", EVERY)) == ["NRQM_model.mat"]
    assert names(meant("lpips", EVERY)) == ["LPIPS_v0.1_alex-df73285e.pth", "alexnet-owt-7be5be79.pth"]
    assert one_meant("musiq", EVERY).name == "musiq_koniq_ckpt-e95806b9.pth"


def test_a_word_that_means_several_files_is_not_guessed():
    with pytest.raises(InputError, match=r"needs several files.*NRQM_model\.mat or niqe_modelparameters\.mat"):
        one_meant("pi", EVERY)


def test_a_mistyped_word_is_answered_with_the_nearest():
    with pytest.raises(UnknownNameError, match="did you mean musiq"):
        meant("musik", EVERY)
