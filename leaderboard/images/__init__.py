"""The pages of photographs: what every method made of one, in pictures and in scores."""
