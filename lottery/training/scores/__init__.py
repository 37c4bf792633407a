"""Training which weights are there instead of the weights."""
