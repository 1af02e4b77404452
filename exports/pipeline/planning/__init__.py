"""How a plan is made: whose rows are read, what their values are, what is decided about each."""
