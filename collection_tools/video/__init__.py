"""Videos: their frames, upright and in sRGB; which to take; whether the camera stands still; the scene without rain."""
