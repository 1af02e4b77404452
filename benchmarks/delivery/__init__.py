"""How fast a run delivers, and what it takes: one table, see `__main__`."""
