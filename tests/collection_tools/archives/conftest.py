"""What the tests of archives share."""

import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))


@pytest.fixture(scope="session")
def photos(photograph, encoded):
    """Small photographs; a folder of one of them has the name that another starts with."""
    names = ["street/b.jpg", "street.jpg", "a.jpg", "street/deep/c.jpg", "street/a b.jpg"]
    return [(name, encoded(photograph(seed, size=(40, 30)))) for seed, name in enumerate(names)]
