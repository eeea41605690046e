"""The commands of this wing, in the order in which they are used: collecting, curating, publishing."""
