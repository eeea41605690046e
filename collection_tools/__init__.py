"""Wing: from photographs to a dataset — collect, curate, release."""
