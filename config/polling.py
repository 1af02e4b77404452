"""Parts of a page that ask for themselves again, and when they stop."""

# What htmx takes as: stop asking.
STOP_POLLING = 286
