"""Floor 0: what knows nothing of rain — errors, digests, files, registries, artifacts, images."""
