"""Sources that read files from the storage: their pages."""

from __future__ import annotations

import os
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.test import Client
from django.urls import reverse

from accounts.models import User
from segments.models import Source
from segments.refreshes.advancing import advance

pytestmark = pytest.mark.django_db
ADD = "/sources/add/files/"
LOOK = {"action": "look", "pattern": "shop/*.csv", "takes": "newest"}


@pytest.fixture
def page(client: Client, contributor: User) -> Client:
    client.force_login(contributor)
    return client


@pytest.fixture
def folder() -> Iterator[Path]:
    """Return the folder that other systems write to, with two files that are complete."""
    folder = Path(settings.INCOMING_DIR) / "shop"
    folder.mkdir(parents=True)
    put(folder, "monday.csv", "id,email\n1,ana@example.com\n", days_ago=2)
    put(folder, "tuesday.csv", "id,email\n2,bea@example.com\n", days_ago=1)
    yield folder
    for file in folder.iterdir():
        file.unlink()
    folder.rmdir()


def put(folder: Path, name: str, text: str, *, days_ago: float) -> None:
    (folder / name).write_text(text, encoding="utf-8")
    changed = time.time() - days_ago * 86400
    os.utime(folder / name, (changed, changed))


def text_of(response: Any) -> str:
    return str(response.content.decode())


def filled(response: Any, **fields: str) -> dict[str, Any]:
    """Return what the forms of a page would send, with some fields filled in."""
    forms = (response.context["where"], response.context["form"])
    data = {field.html_name: field.value() or "" for form in forms for field in form}
    return {**data, "action": "save", **fields}


def read(source: Source) -> Source:
    """Do what a worker does with a source that waits for it."""
    advance(source.refreshes.latest("pk"))
    source.refresh_from_db()
    return source


def test_a_look_lists_the_files_and_shows_the_newest(page: Client, folder: Path) -> None:
    response = page.post(ADD, LOOK)

    shown = text_of(response)
    assert "2 files match." in shown
    assert shown.index("shop/tuesday.csv") < shown.index("shop/monday.csv")
    assert "bea@example.com" in shown
    assert not Source.objects.exists()


def test_a_path_that_nothing_matches_says_so(page: Client, folder: Path) -> None:
    response = page.post(ADD, {**LOOK, "pattern": "shop/*.parquet"})

    assert "shop/*.parquet" in str(response.context["problem"])
    assert response.context["form"] is None


def test_a_path_out_of_the_storage_is_refused(page: Client) -> None:
    response = page.post(ADD, {**LOOK, "pattern": "../secrets/*"})

    assert response.context["problem"]


@pytest.mark.parametrize(("takes", "rows"), [("newest", 1), ("all", 2)])
def test_the_files_become_a_source(page: Client, folder: Path, takes: str, rows: int) -> None:
    looked = page.post(ADD, {**LOOK, "takes": takes})

    page.post(ADD, filled(looked, name="Shop"))

    source = read(Source.objects.get())
    assert source.table is not None
    assert source.table.rows == rows
    assert source.kind == Source.Kind.FILES


def test_a_changed_path_is_looked_at_and_read_anew(page: Client, folder: Path) -> None:
    page.post(ADD, filled(page.post(ADD, LOOK), name="Shop"))
    source = read(Source.objects.get())
    address = reverse("segments:edit_source", args=[source.pk])

    page.post(address, filled(page.get(address), pattern="shop/monday.csv"))

    shown = page.get(reverse("segments:source_detail", args=[read(source).pk]))
    assert "ana@example.com" in text_of(shown)
    assert "bea@example.com" not in text_of(shown)


def test_a_changed_path_may_not_take_the_key_away(page: Client, folder: Path) -> None:
    page.post(ADD, filled(page.post(ADD, LOOK), name="Shop"))
    source = read(Source.objects.get())
    put(folder, "other.csv", "number,email\n1,ana@example.com\n", days_ago=0.5)
    address = reverse("segments:edit_source", args=[source.pk])

    response = page.post(address, filled(page.get(address), pattern="shop/other.csv"))

    assert "key_column" in response.context["form"].errors
    source.refresh_from_db()
    assert source.pattern == "shop/*.csv"


def test_administrators_are_told_where_the_files_lie(
    client: Client, administrator: User, contributor: User
) -> None:
    shown = []
    for person in (administrator, contributor):
        client.force_login(person)
        shown.append(str(settings.INCOMING_DIR) in text_of(client.get(ADD)))

    assert shown == [True, False]
