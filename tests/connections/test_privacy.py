"""The privacy text: a changed text must get a new version, or nobody is asked again."""

from __future__ import annotations

from hashlib import sha256

from django.utils import translation

from connections.privacy import PRIVACY_TEXT, PRIVACY_VERSION
from tests.connections.browsing import visit

# Add a line when the text changes; never change one, since people agreed to it.
VERSIONS = {"2026-11": "8e8ba69d4fc1ed00"}


def test_the_text_of_a_version_never_changes():
    with translation.override("en"):
        text = "\n".join(str(paragraph) for paragraph in PRIVACY_TEXT)

    assert sha256(text.encode()).hexdigest()[:16] == VERSIONS[PRIVACY_VERSION]


def test_the_page_shows_the_whole_text_with_its_version(ada):
    page = visit(ada)

    for paragraph in PRIVACY_TEXT:
        assert str(paragraph) in page.words
    assert f"Version {PRIVACY_VERSION}." in page.words
    assert "Removing the connection stops further transfers." in page.words


def test_the_privacy_statement_is_linked_only_when_there_is_one(ada, settings):
    without = visit(ada)
    settings.PRIVACY_STATEMENT_URL = "https://facteur.example/privacy"
    with_it = visit(ada)

    assert "To learn more" not in without.words
    assert "To learn more, read the privacy statement ." in with_it.words
    assert 'href="https://facteur.example/privacy"' in with_it.html
