"""One style sheet for all pages, put together from its parts."""

from pathlib import Path

import pytest
from django.conf import settings
from django.contrib.staticfiles import finders
from django.contrib.staticfiles.storage import staticfiles_storage
from django.test import Client

from config.style_sheet import NAME, PARTS

FOLDER = Path(settings.BASE_DIR, "static", "css")


def test_every_part_is_in_the_style_sheet_and_in_its_order() -> None:
    found = finders.find(NAME)

    assert isinstance(found, str)
    assert Path(found).read_text() == "".join(
        (FOLDER / f"{part}.css").read_text() for part in PARTS
    )
    assert sorted(PARTS) == sorted(path.stem for path in FOLDER.glob("*.css"))


def test_the_other_finders_still_find_what_is_theirs() -> None:
    assert str(finders.find("css/tokens.css")).endswith("tokens.css")
    assert finders.find("no-such.css") is None


def test_collectstatic_takes_it_along() -> None:
    assert staticfiles_storage.exists(NAME)


@pytest.mark.django_db
def test_a_page_asks_for_one_style_sheet_by_its_hash(client: Client) -> None:
    page = client.get("/accounts/login/").content.decode()

    assert page.count('rel="stylesheet"') == 1
    assert 'href="/static/facteur.' in page
