"""How quick and how heavy every page is in a large installation: python -m benchmarks.pages."""
