"""Forgetting a person: out of every file and row that Facteur keeps.

Files never change, so one that was found without the person stays so; one that holds them is
rewritten under a new name, and deleted once the rows that named it name the new one. Whatever is
still written meanwhile is looked into again, until nothing new holds them.
"""

from exports.erasing.start import (
    AlreadyErasing,
    NotFailed,
    end_erasure,
    request_erasure,
    retry_erasure,
)

__all__ = [
    "AlreadyErasing",
    "NotFailed",
    "end_erasure",
    "request_erasure",
    "retry_erasure",
]
