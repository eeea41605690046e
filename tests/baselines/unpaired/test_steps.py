"""One step of each method: who learns, and from what."""

import pytest
import torch

from baselines.nlcl.config import LOSSES, UNPAIRED
from baselines.nlcl.step import OTHERS, TERMS, step
from baselines.unpaired import cut
from baselines.unpaired.asking import Asked
from baselines.unpaired.lessons import LESSONS, lesson_of

OFF = dict.fromkeys(TERMS[1:-1], 0.0)
OWN = [(method, term) for method in UNPAIRED for term in sorted(LOSSES[method])]
DIFFERENT = [
    ("cyclegan", "adversarial"),
    ("cyclegan", "cycle"),
    ("cyclegan", "identity"),
    ("cut", "patch_contrast"),
    ("cut", "identity_contrast"),
    ("dcd", "patch_contrast"),
    ("deraincyclegan", "self_consistency"),
    ("deraincyclegan", "attention"),
]


def _step(learners, batch, config, **options):
    return step(learners, batch, config, ask=lesson_of(config).ask, **options)


def _parameters(learners):
    return {
        f"{owner}.{name}": value.detach().clone()
        for owner, network in learners.networks().items()
        for name, value in network.named_parameters()
    }


def _unchanged(learners, work):
    before = _parameters(learners)
    work()
    after = _parameters(learners)
    assert all(value.isfinite().all() for value in after.values())
    return {name for name, value in before.items() if torch.equal(value, after[name])}


def test_every_method_has_a_lesson_and_every_loss_a_method():
    assert set(LESSONS) == {"nlcl", *UNPAIRED}
    assert set(OTHERS) <= set().union(*(LOSSES[method] for method in UNPAIRED))


@pytest.mark.parametrize(("method", "bf16"), [*((method, True) for method in UNPAIRED), ("cyclegan", False)])
def test_every_tensor_that_is_to_learn_changes_in_one_step(begun, batch_of, method, bf16):
    config, learners = begun(method, bf16=bf16)
    # a bias before an instance normalisation has no effect, so its gradient is what rounding leaves, or nothing
    silent = {f"judge-{name}.model.{layer}.bias" for name in learners.judges for layer in (3, 7, 11)}
    assert _unchanged(learners, lambda: _step(learners, batch_of(config), config)) <= silent


@pytest.mark.parametrize("method", UNPAIRED)
def test_a_warm_up_teaches_what_is_handed_out_and_nothing_else(begun, batch_of, method):
    config, learners = begun(method, warm_up=0.5, rendered=1.0)
    measured = {}
    same = _unchanged(learners, lambda: measured.update(_step(learners, batch_of(config), config, warm=True)))
    assert set(measured) == {"total", "rendered"}
    taught = {name for name in _parameters(learners) if name.startswith(("separating.background.", "average."))}
    assert _parameters(learners).keys() - same == taught


@pytest.mark.parametrize(("method", "term"), OWN)
def test_each_term_alone_is_computed_alone_and_reaches_the_generator(begun, batch_of, method, term):
    config, learners = begun(method, **{**OFF, term: 1.0})
    measured = _step(learners, batch_of(config), config)
    assert set(measured) == {"total", term, *(["discriminator"] if term == "adversarial" else [])}
    assert measured["total"] == pytest.approx(measured[term], rel=1e-6)
    gradients = [one.grad for one in learners.background.parameters() if one.grad is not None]
    assert max(float(gradient.abs().max()) for gradient in gradients) > 0


@pytest.mark.parametrize(("method", "term"), DIFFERENT)
def test_overfitting_two_crops_lowers_each_loss(begun, batch_of, method, term):
    config, learners = begun(method, **{**OFF, term: 1.0}, bf16=False, mirrored=False, average=0.0)
    learners.judging.param_groups[0]["lr"] = 0.0  # whoever is judged learns from a judge who stays
    batch = batch_of(config)
    values = [_step(learners, batch, config)[term] for _ in range(5)]
    assert values[-1] < values[0]


@pytest.mark.parametrize("method", ["cut", "cyclegan"])
def test_judges_learn_to_tell_what_is_made(begun, batch_of, method):
    config, learners = begun(method, bf16=False, average=0.0)
    learners.restoring.param_groups[0]["lr"] = 0.0
    batch = batch_of(config)
    values = [_step(learners, batch, config)["discriminator"] for _ in range(6)]
    assert values[-1] < values[0]


def test_what_went_through_mirrored_is_compared_mirrored_back(begun, batch_of):
    config, learners = begun("fastcut", bf16=False)
    background, batch = learners.background, batch_of(config)
    with torch.no_grad():  # pixels by themselves, in cells that are alike: mirroring moves them and changes nothing
        for weight in background.parameters():
            if weight.shape[2:] == (3, 3):
                weight.mul_(torch.tensor([[0, 0, 0], [0, 1, 0], [0, 0, 0]]))
        background.decoder[-2].weight.zero_()
        rainy = batch.rainy[..., ::4].repeat_interleave(4, -1)
        made = []
        for mirrored in (False, True):
            chance = next(seed for seed in range(99) if torch.rand((), generator=_chance(seed)) < 0.5)
            asked = Asked(config.model_copy(update={"mirrored": mirrored}), {"patch_contrast": 1.0}, _chance(chance))
            made.append(cut._translate(learners.separating, rainy, batch.clean, asked))
    plain, back = made
    assert torch.equal(back.fakes["clean"], plain.fakes["clean"].flip(-1))
    assert not torch.equal(back.fakes["clean"], plain.fakes["clean"])
    for maps in ("seen_maps", "made_maps"):
        for one, other in zip(getattr(plain, maps), getattr(back, maps), strict=True):
            torch.testing.assert_close(one, other, atol=1e-5, rtol=1e-4)


def _chance(seed):
    return torch.Generator().manual_seed(seed)


def test_a_step_depends_on_its_samples_seeds_alone(begun, batch_of):
    (config, one), (_, other) = begun("cut"), begun("cut")
    torch.manual_seed(1)
    first = _step(one, batch_of(config), config)
    torch.manual_seed(2)
    assert _step(other, batch_of(config), config) == first


def test_the_generators_begin_alike_whatever_the_losses(begun, recipe):
    _, learners = begun("cyclegan")
    nlcl = LESSONS["nlcl"].begin(recipe("nlcl"), torch.device("cpu"))
    for method in ("cut", "dcd"):
        _, others = begun(method)
        for name, value in others.background.state_dict().items():
            assert torch.equal(value, learners.background.state_dict()[name])
            assert torch.equal(value, nlcl.background.state_dict()[name])


def test_the_detector_is_shown_to_both_generators(begun, batch_of):
    config, learners = begun("deraincyclegan", bf16=False)
    seen = []
    for generator in (learners.background.generator, learners.separating.rainmaker):
        generator.register_forward_hook(lambda _, given, __: seen.append(given[0].shape[1]))
    _step(learners, batch_of(config), config)
    assert seen == [4, 4, 4, 4]
