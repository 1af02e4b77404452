"""Rejects as a file that people correct in a spreadsheet, and that file coming back."""
