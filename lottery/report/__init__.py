"""From measured points to what a reader sees: figures, one self-contained page, and a table in the terminal."""
