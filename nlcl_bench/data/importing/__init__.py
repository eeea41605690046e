"""Importing: somebody else's set of images becomes a folder in the layout of a release, by a template."""
