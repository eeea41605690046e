"""The arena: people look at blind pairs of outputs and say which is better."""
