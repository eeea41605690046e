"""A process more is started only where it gains time."""

import os

from nlcl_bench.evaluation.workers import paying_jobs


def test_few_pixels_are_done_in_this_process_and_many_by_a_process_a_core(monkeypatch):
    monkeypatch.setattr(os, "sched_getaffinity", lambda _: set(range(16)))
    assert [paying_jobs(megapixels * 1_000_000, "cpu") for megapixels in (0, 1, 2, 5, 1000)] == [1, 1, 2, 3, 8]
    monkeypatch.setattr(os, "sched_getaffinity", lambda _: {0, 1})
    assert paying_jobs(10**9, "cpu") == 2


def test_one_process_keeps_a_gpu_busy():
    assert paying_jobs(10**9, "cuda:0") == 1
