"""The servers of an installation on one machine, run as child processes of ours.

Nothing here needs the settings, so that tests and the demonstration can start a broker and a
database first and then say in the environment where they are.
"""
