"""Floor 1: what a photograph of the benchmark is, where it lies and how it is read."""

from nlcl_bench.data.loading import Sample, Samples, load_split

__all__ = ["Sample", "Samples", "load_split"]
