"""What the first page shows: what needs somebody, what ran, and what comes next."""
