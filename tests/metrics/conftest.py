"""What the tests of metrics share."""

from __future__ import annotations

import pytest
import torch


@pytest.fixture
def one_thread():
    """Protocol P1: each worker computes with one thread. pyiqa's own sums change in the last bit with more."""
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)
