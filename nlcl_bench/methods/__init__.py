"""Floor 1: what a method of deraining is to the benchmark."""
