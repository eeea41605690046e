"""Training of the network behind the metric ``rain_probability``: a judge, which no method here may learn from."""
