"""When something is due: recurrences, local times, and what starts then."""
