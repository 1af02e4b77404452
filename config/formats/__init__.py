"""How dates are written: short enough for a column, and read the same way everywhere."""
