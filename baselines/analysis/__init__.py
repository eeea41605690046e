"""The analyses behind NLCL: which encoder tells rain from image, and how many dimensions patches of either have."""
