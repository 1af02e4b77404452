"""Sources: saving them, reading them anew, and what that changes for those who use them."""
