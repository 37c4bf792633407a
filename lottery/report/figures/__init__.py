"""Figures, one file for each kind of them; what is drawn comes with a table of the very numbers."""
