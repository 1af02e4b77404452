"""Lists: what can be searched, filtered, sorted and chosen of each, and one page of them.

All that somebody asks for is in the address, so that every state of a list can be bookmarked and
passed on. Which columns a person sees is a preference of theirs, kept with the account.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from functools import cached_property
from typing import Any

from django.core.paginator import Page, Paginator
from django.db.models import F, OrderBy, QuerySet
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import render
from django.utils.cache import patch_vary_headers
from django.utils.dateparse import parse_date
from django.utils.functional import Promise

from config.keys import is_key
from config.searching import search_words
from config.sorting import Heading, headings

PAGE_SIZE = 25
Words = str | Promise
Rows = QuerySet[Any]
Choices = Sequence[tuple[str, Words]]


@dataclass(frozen=True)
class Column:
    """A column of a list; `sort` is what it is ordered by, None when that makes no sense."""

    name: str
    label: Words
    sort: Any = None
    # What else stands in it and can be sorted by: {"updated_by": (_("Updated by"), Lower(…))}.
    also: Mapping[str, tuple[Words, Any]] = field(default_factory=dict)
    is_number: bool = False
    # Every row has it: an index of it and the key gives the order, and has no place for NULLS LAST.
    is_always_there: bool = False
    # Unless somebody chose their columns; fixed ones are always there.
    is_shown: bool = True
    is_fixed: bool = False

    @property
    def sorts(self) -> dict[str, tuple[Words, Any]]:
        """What the heading leads to, by the names that stand in addresses."""
        own = {} if self.sort is None else {self.name: (self.label, self.sort)}
        return {**own, **self.also}


@dataclass(frozen=True)
class Choice:
    """A filter that is one of several values, or everything."""

    name: str
    label: Words
    every: Words
    choices: Choices | Callable[[], Choices]
    narrow: Callable[[Rows, Any], Rows]
    kind = "choice"

    def options(self) -> Choices:
        """Return the values with their words, as they are now."""
        return self.choices() if callable(self.choices) else self.choices

    def read(self, text: str) -> str | None:
        """Return the value that is asked for; None for everything, and for what it can't be."""
        return text if text and text in {str(value) for value, _label in self.options()} else None


@dataclass(frozen=True)
class Day:
    """A filter that is a day, as browsers send it."""

    name: str
    label: Words
    narrow: Callable[[Rows, Any], Rows]
    kind = "day"

    def read(self, text: str) -> date | None:
        """Return the day that is asked for; None for any, and for what is none."""
        try:
            return parse_date(text)
        except ValueError:
            return None


Filter = Choice | Day


@dataclass(frozen=True)
class Bulk:
    """What can be done to the rows that are ticked; `name` is that of the tick boxes."""

    address: str
    name: str
    actions: Choices
    # A template with more fields, for actions that need to know more.
    fields: str = ""


@dataclass(frozen=True)
class Listing:
    """What a list is: its columns and filters, and the template that draws a row.

    `name` is the id of its table, and what the choice of columns is kept under.
    """

    name: str
    label: Words
    row: str
    columns: Sequence[Column]
    # What is said when nothing fits.
    nothing: Words
    sort: str
    filters: Sequence[Filter] = ()
    search: Callable[[Rows, str], Rows] | None = None
    placeholder: Words = ""
    page_size: int = PAGE_SIZE
    # Searched for addresses of people, which belong in no address of a page: by POST.
    is_private: bool = False

    @property
    def is_searched(self) -> bool:
        """Whether there is a field to search in; templates would call `search` itself."""
        return self.search is not None

    def of(self, rows: Rows, request: HttpRequest) -> Listed:
        """Return the page that the address asks for; what it can't mean is ignored."""
        is_sent = self.is_private and request.method == "POST"
        asked = request.POST if is_sent else request.GET
        found = self.narrowed(rows, asked)
        sort = self._sort(asked)
        page = Paginator(self._ordered(found, sort), self.page_size).get_page(asked.get("page"))
        return Listed(
            listing=self,
            page=page,
            search=search_words(asked) if self.search else "",
            sort=sort,
            filters=[(each, _shown_value(each, asked)) for each in self.filters],
            columns=self._shown(getattr(request.user, "columns", {})),
            query=request.GET.urlencode(),
            any=bool(page) or rows.exists(),
        )

    def narrowed(self, rows: Rows, asked: QueryDict) -> Rows:
        """Return the rows that fit the search and the filters of a query string."""
        if self.search and (words := search_words(asked)):
            rows = self.search(rows, words)
        for each in self.filters:
            value = each.read(asked.get(each.name, ""))
            if value is not None:
                rows = each.narrow(rows, value)
        return rows

    @cached_property
    def sorts(self) -> dict[str, Any]:
        """What it can be ordered by, by the names that stand in addresses."""
        return {
            name: expression
            for column in self.columns
            for name, (_label, expression) in column.sorts.items()
        }

    def _sort(self, asked: QueryDict) -> str:
        sort = asked.get("sort", "")
        return sort if sort.removeprefix("-") in self.sorts else self.sort

    def _ordered(self, rows: Rows, sort: str) -> Rows:
        name, is_descending = sort.removeprefix("-"), sort[0] == "-"
        expression = self.sorts[name]
        expression = F(expression) if isinstance(expression, str) else expression
        if any(each.name == name and each.is_always_there for each in self.columns):
            order = OrderBy(expression, descending=is_descending)
            return rows.order_by(order, "-pk" if is_descending else "pk")
        return rows.order_by(OrderBy(expression, descending=is_descending, nulls_last=True), "pk")

    def _shown(self, preferences: Mapping[str, Collection[str]]) -> list[Column]:
        chosen = preferences.get(self.name)
        if chosen is None:
            return [each for each in self.columns if each.is_shown or each.is_fixed]
        return [each for each in self.columns if each.is_fixed or each.name in chosen]


@dataclass(frozen=True)
class Listed:
    """One page of a list, and what was asked for."""

    listing: Listing
    page: Page[Any]
    search: str
    sort: str
    # Each filter with its value as the form shows it.
    filters: list[tuple[Filter, str]]
    columns: list[Column]
    # The query string, for forms that lead back here.
    query: str
    # False when there is no row at all, whatever was asked for.
    any: bool

    @property
    def is_narrowed(self) -> bool:
        """Whether less than everything was asked for."""
        return bool(self.search) or any(value for _filter, value in self.filters)

    @cached_property
    def shown(self) -> set[str]:
        """The names of the columns that are shown: rows ask for their cells by them."""
        return {column.name for column in self.columns}

    @property
    def heads(self) -> list[tuple[Column, list[Heading]]]:
        """The columns that are shown, each with the links that sort by it."""
        labels = [
            {name: label for name, (label, _sort) in column.sorts.items()}
            for column in self.columns
        ]
        return list(zip(self.columns, headings(labels, self.sort), strict=True))


def render_list(
    request: HttpRequest, template: str, listed: Listed, context: Mapping[str, Any] | None = None
) -> HttpResponse:
    """Return the page of a list, or the table alone when htmx asks for that."""
    is_part = getattr(request, "htmx", None) and request.htmx.target == listed.listing.name  # type: ignore[attr-defined]
    response = render(
        request,
        "components/list/part.html" if is_part else template,
        {**(context or {}), "listed": listed, "page": listed.page},
    )
    patch_vary_headers(response, ["HX-Request"])
    return response


def chosen_rows(listing: Listing, rows: Rows, sent: QueryDict, name: str) -> Rows:
    """Return the rows that a form names: ticked one by one, as `keys`, or everything found.

    Everything is what the list showed on all of its pages, as `asked` says.
    """
    if sent.get("everything") and "keys" not in sent:
        return listing.narrowed(rows, QueryDict(sent.get("asked", "")))
    keys = sent.get("keys", "").split(",") + sent.getlist(name)
    return rows.filter(pk__in=[int(key) for key in keys if is_key(key)])


def _shown_value(each: Filter, asked: QueryDict) -> str:
    value = each.read(asked.get(each.name, ""))
    return "" if value is None else str(value)
