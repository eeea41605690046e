"""Floor 1: measures of derained photographs, each with its version, direction and limits."""
