"""French: 23 nov. 2026 à 13:35, and without the à in tables."""

DATE_FORMAT = "j N Y"
DATETIME_FORMAT = "j N Y à H:i"
SHORT_DATE_FORMAT = "j N Y"
SHORT_DATETIME_FORMAT = "j N Y, H:i"
TIME_FORMAT = "H:i"
FIRST_DAY_OF_WEEK = 1
