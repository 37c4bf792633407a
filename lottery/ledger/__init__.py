"""What results cost: what a run used while it computed, what can be derived from its outcomes, and one account."""
