"""What people fill in about sources, segments and the schedule."""
