"""Train, prune and certify small networks that predict the Game of Life."""
