"""Unpaired methods of the field on NLCL's trainer: only the losses differ."""
