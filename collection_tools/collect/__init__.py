"""Collecting: photographs from folders into a store, with how they were taken and who may do what with them."""
