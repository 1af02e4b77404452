"""The table of pages, with what each must keep to."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from benchmarks.pages.measuring import Measured

MEDIAN_MS = 60.0
P95_MS = 150.0
QUERIES = 12
FIRST_VIEW = 100_000
LATER_VIEW = 30_000
_ROW = "{:50} {:14} {:>9} {:>9} {:>8} {:>11} {:>11}  {}"


def print_table(pages: Sequence[Measured]) -> int:
    """Print all pages, and return 1 when one of them is too slow, too busy or too heavy."""
    print(_ROW.format("page", "as", "median ms", "p95 ms", "queries", "first view", "later", ""))
    limits = (f"< {MEDIAN_MS:.0f}", f"< {P95_MS:.0f}", f"<= {QUERIES}", "< 100 KB", "< 30 KB")
    print(_ROW.format("must be", "", *limits, ""))
    for page in pages:
        print(_row(page))
    missed = [page for page in pages if _excesses(page)]
    print(f"\n{len(pages)} pages, {len(missed)} of them too much. Bytes are as sent to a browser.")
    return 1 if missed else 0


def _row(page: Measured) -> str:
    figures = (f"{page.median:.0f}", f"{page.slow:.0f}", str(page.queries))
    sizes = (f"{page.first_view / 1000:.1f} KB", f"{page.html / 1000:.1f} KB")
    return _ROW.format(page.address, page.role, *figures, *sizes, " ".join(_excesses(page)))


def _excesses(page: Measured) -> list[str]:
    limits = {
        "MEDIAN": page.median >= MEDIAN_MS,
        "P95": page.slow >= P95_MS,
        "QUERIES": page.queries > QUERIES,
        "FIRST": page.first_view >= FIRST_VIEW,
        "LATER": page.html >= LATER_VIEW,
    }
    return [name for name, is_missed in limits.items() if is_missed]
