"""Strangers' videos: which are opened, by which decoders, and how a frame becomes an upright sRGB picture."""
