"""What `make check` checks: everything that must hold before a change is merged."""
