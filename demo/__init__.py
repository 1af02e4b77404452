"""make demo: everything on one machine, with sample people, delivering to the sandbox."""
