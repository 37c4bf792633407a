"""How fast this package trains and simulates, beside named peers: the rows that `gol-lottery bench` prints."""
