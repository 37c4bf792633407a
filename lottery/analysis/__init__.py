"""A look into trained networks: what they compute, what is left of them, and what they have in common."""
