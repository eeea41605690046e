"""Curating: which collected photographs are published, which belong to one scene, and which scene to which split."""
