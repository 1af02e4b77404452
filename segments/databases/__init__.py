"""Reading profiles from databases: the query runs where the data is, and its rows stream here.

An address is a SQLAlchemy URL without a password. PostgreSQL, MySQL and MariaDB, and SQLite have
a file each; `others` takes what an operator has installed and named in DATABASE_DRIVERS.
"""
