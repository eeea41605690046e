"""The report: what a curation made of a store, on one page that a person can check."""
