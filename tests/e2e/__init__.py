"""Journeys of people through a whole installation, in a real browser."""
