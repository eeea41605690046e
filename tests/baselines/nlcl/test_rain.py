import numpy as np

from baselines.nlcl.rain import draw_layers, rain_on, vary


def test_layers_come_from_the_seed_alone_and_are_streaks_on_nothing():
    layers = draw_layers(3, 5, side=96)
    assert (layers.shape, layers.dtype) == ((3, 96, 96), np.uint8)
    assert np.array_equal(layers, draw_layers(3, 5, side=96))
    assert not np.array_equal(layers, draw_layers(3, 6, side=96))
    assert all(layer.max() > 0 and (layer == 0).any() for layer in layers)


def test_rendered_rain_is_a_picture_and_leaves_what_it_does_not_cover():
    clean = np.random.default_rng(0).random((48, 48, 3)).astype(np.float32)
    layers, brighter = np.zeros((1, 64, 64), np.uint8), []
    for seed in range(16):
        for given in (layers, layers + np.uint8(200)):
            rainy, truth = rain_on(clean, given, np.random.default_rng(seed))
            assert rainy.dtype == truth.dtype == np.float32
            assert rainy.shape == truth.shape == clean.shape
            assert 0 <= rainy.min() <= rainy.max() <= 1
            if given is layers:
                assert np.array_equal(rainy, truth)  # both saved alike, or neither
        brighter.append(rainy.mean() > truth.mean())
    assert sum(brighter) > 8  # a share of the crops stays dry


def test_another_light_stays_within_black_and_white():
    rng = np.random.default_rng(0)
    clean = np.array([[[0, 128, 255]]], np.uint8)
    varied = np.stack([vary(clean, rng) for _ in range(200)])
    assert varied.dtype == np.float32
    assert 0 <= varied.min() <= varied.max() <= 1
    assert np.isclose(varied, clean / 255, atol=1e-6).all((1, 2, 3)).mean() > 0.2
