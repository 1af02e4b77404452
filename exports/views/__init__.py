"""The pages of exports and runs, one file for each page or family of commands."""
