"""Floor 2: where data, methods and metrics meet — restore, score, and the run folder that holds both."""
