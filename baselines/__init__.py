"""Wing: methods of deraining, from controls to NLCL."""
