"""What people search for on a page that lists things."""

from django.http import QueryDict


def search_words(asked: QueryDict) -> str:
    """Return what a query string asks for as `q`.

    PostgreSQL takes no NUL; what stands for it here is in no name.
    """
    return asked.get("q", "").strip().replace("\0", "\ufffd")
