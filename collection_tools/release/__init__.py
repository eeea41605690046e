"""Releasing: a curated folder becomes exactly the files of a dataset repository on the Hub."""
