"""Methods that know rain from equations alone: nothing was trained on rain, and nothing has to be fetched."""
