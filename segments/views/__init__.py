"""Pages of sources, segments, the schedule and the status of the system."""
