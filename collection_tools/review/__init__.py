"""Review: a local page where a person looks at what curation kept and rejected, and decides."""
