"""Publishing: a release folder becomes a tagged revision of a dataset repository on the Hub, whole or not at all."""
