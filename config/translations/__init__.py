"""The catalogues of translated texts: extracted, checked and compiled with Babel alone.

Neither xgettext nor msgfmt is needed. `python -m config.translations` says what it can do.
"""
