import torch

from baselines.unpaired.places import draw_places
from baselines.unpaired.pool import Pool


def _image(value):
    return torch.full((1, 3, 2, 2), float(value))


def _chance(seed=0):
    return torch.Generator().manual_seed(seed)


def _shown(pool, values, chance):
    return [float(pool(_image(value), chance).mean()) for value in values]


def test_a_pool_fills_first_and_then_shows_past_images_about_half_the_time():
    pool, chance = Pool(4, 2), _chance()
    assert _shown(pool, range(4), chance) == [0, 1, 2, 3]
    later = _shown(pool, range(4, 404), chance)
    fresh = sum(shown == value for shown, value in enumerate(later, 4))
    assert 160 < fresh < 240
    assert len(set(later)) == len(later)  # what was shown again has left the pool
    assert all(shown <= value for value, shown in enumerate(later, 4))


def test_a_pool_goes_on_from_its_state_as_if_nothing_had_happened():
    one, chance = Pool(3, 2), _chance()
    _shown(one, range(5), chance)
    other = Pool(3, 2)
    other.load_state_dict(one.state_dict())
    assert _shown(one, range(5, 25), _chance(1)) == _shown(other, range(5, 25), _chance(1))


def test_places_are_all_different_and_depend_on_chance_alone():
    maps = [torch.zeros(2, 3, 4, 5), torch.zeros(2, 7, 2, 2)]
    places = draw_places(maps, 9, _chance())
    assert [len(one) for one in places] == [9, 4]
    assert all(len(set(one.tolist())) == len(one) for one in places)
    assert all(map(torch.equal, places, draw_places(maps, 9, _chance())))
    assert not torch.equal(places[0], draw_places(maps, 9, _chance(1))[0])
