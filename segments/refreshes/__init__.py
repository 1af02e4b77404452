"""Refreshes: sources first, then the segments built on them."""
