"""Small supervised networks of the field, written from their papers, a file each; all take and give [0, 1]."""
