"""Removing metadata from photographs without touching a pixel: what a camera wrote about its owner stays private."""
