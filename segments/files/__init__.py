"""Reading files of profiles: what they hold, and their way into a profile table."""
