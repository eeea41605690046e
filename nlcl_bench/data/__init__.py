"""Floor 1: what a photograph of the benchmark is, where it lies and how it is read."""
