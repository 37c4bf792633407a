"""What claims are made of."""
