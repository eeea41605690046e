"""``rain_probability``: a small network of our own that tells pictures with rain; README.md is its card."""
