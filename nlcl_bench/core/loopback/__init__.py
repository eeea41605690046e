"""Pages that this machine serves to one browser: who may come in, and how the server begins and ends."""
