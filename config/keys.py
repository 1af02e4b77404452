"""Primary keys as requests name them."""


def is_key(text: str) -> bool:
    """Return whether a text may be a primary key: a number that databases take."""
    return text.isascii() and text.isdecimal() and len(text) < 19
