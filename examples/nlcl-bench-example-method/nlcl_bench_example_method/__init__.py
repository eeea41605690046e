"""A method of deraining in a package of its own."""
