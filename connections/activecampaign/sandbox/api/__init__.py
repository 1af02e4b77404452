"""The endpoints of the API, one file for each kind of thing; `routes.py` says which is where."""
