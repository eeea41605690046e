"""The commands of this wing: training and analysing."""
