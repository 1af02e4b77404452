from __future__ import annotations

import gettext
from pathlib import Path

import pytest

from config.translations.__main__ import main

TEMPLATE = """\
{% load i18n %}
  <h1>{% translate "Segments" %}</h1>
<p title="{% translate 'Up to 100%' %}">
      {% blocktranslate trimmed count counter=members with name=segment.name %}
        {{ name }} has <b>one</b> member.
      {% plural %}
        {{ name }} has <b>{{ counter }}</b> members.
      {% endblocktranslate %}
</p>
{% translate "Run" context "verb" %} {{ _("Quoted")|lower }} {% if a %}{% endif %}
"""
CODE = """
from django.utils.translation import gettext_lazy as _, ngettext
from django.utils.translation import gettext as translate, pgettext as in_context

LABEL = _("Display name")
# Translators: the button, not the noun
BUTTON = _("Export")


def told(count: int, name: str) -> str:
    return ngettext("%(count)s file", "%(count)s files", count) % {"count": count} + _(
        "Loaded from {name}"
    ).format(name=name)


def asked() -> str:
    return translate("Choose a file") + in_context("noun", "Run")
"""
FRENCH = {
    "Segments": "Segments",
    "Up to 100%%": "Jusqu’à 100 %%",
    "Run": "Exécuter",
    "Quoted": "Cité",
    "Display name": "Nom d’affichage",
    "Export": "Exporter",
    "Loaded from {name}": "Chargé de {name}",
    "Choose a file": "Choisissez un fichier",
}
FRENCH_PLURALS = {
    "%(count)s file": ("%(count)s fichier", "%(count)s fichiers"),
    "%(name)s has <b>one</b> member.": (
        "%(name)s a <b>%(counter)s</b> membre.",
        "%(name)s a <b>%(counter)s</b> membres.",
    ),
}


@pytest.fixture
def house(tmp_path: Path) -> Path:
    """A small house with one template and one module, translated completely."""
    (tmp_path / "templates").mkdir()
    (tmp_path / "templates" / "page.html").write_text(TEMPLATE)
    (tmp_path / "exports").mkdir()
    (tmp_path / "exports" / "views.py").write_text(CODE)
    catalog = tmp_path / "locale" / "fr" / "LC_MESSAGES" / "django.po"
    catalog.parent.mkdir(parents=True)
    catalog.write_text('msgid ""\nmsgstr ""\n"Language: fr\\n"\n')
    main(["update"], tmp_path)
    catalog.write_text(translated(catalog.read_text()))
    main(["update"], tmp_path)
    return tmp_path


def translated(catalog: str) -> str:
    for english, french in FRENCH.items():
        catalog = catalog.replace(
            f'msgid "{english}"\nmsgstr ""', f'msgid "{english}"\nmsgstr "{french}"'
        )
    for english, (one, many) in FRENCH_PLURALS.items():
        head, _, rest = catalog.partition(f'msgid "{english}"')
        rest = rest.replace('msgstr[0] ""', f'msgstr[0] "{one}"', 1)
        rest = rest.replace('msgstr[1] ""', f'msgstr[1] "{many}"', 1)
        catalog = f'{head}msgid "{english}"{rest}'
    return catalog


def catalog_of(house: Path) -> Path:
    return house / "locale" / "fr" / "LC_MESSAGES" / "django.po"


def change(house: Path, old: str, new: str) -> None:
    text = catalog_of(house).read_text()
    assert old in text
    catalog_of(house).write_text(text.replace(old, new, 1))


def test_every_text_of_code_and_templates_is_collected(house: Path) -> None:
    catalog = catalog_of(house).read_text()

    for text in [*FRENCH, *FRENCH_PLURALS]:
        assert f'msgid "{text}"' in catalog
    assert 'msgid_plural "%(name)s has <b>%(counter)s</b> members."' in catalog
    assert 'msgctxt "verb"\nmsgid "Run"' in catalog
    assert 'msgctxt "noun"\nmsgid "Run"' in catalog
    assert "#. Translators: the button, not the noun" in catalog


def test_a_complete_catalogue_passes(house: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["check"], house) == 0
    assert capsys.readouterr().out == ""


def test_an_update_of_an_unchanged_house_changes_nothing(house: Path) -> None:
    before = catalog_of(house).read_bytes()

    main(["update"], house)

    assert catalog_of(house).read_bytes() == before


@pytest.mark.parametrize(
    ("old", "new", "complaint"),
    [
        ('msgstr "Exporter"', 'msgstr ""', "'Export': is not translated"),
        ('msgstr[1] "%(count)s fichiers"', 'msgstr[1] ""', "lacks a plural form"),
        ('msgid "Export"', '#, fuzzy\nmsgid "Export"', "'Export': is fuzzy"),
        ("%(count)s fichiers", "%(nombre)s fichiers", "['%(nombre)s']"),
        ("%(count)s fichiers", "%(count)d fichiers", "['%(count)d']"),
        ("%(count)s fichiers", "%(count)s fichiers à 100%", "['%', '%(count)s']"),
        ("Chargé de {name}", "Chargé de {nom}", "['{nom}']"),
        ("<b>%(counter)s</b> membres", "%(counter)s membres", "has other markup"),
        ('msgstr "Exporter"', 'msgstr "Exporter "', "other white space"),
        ('msgstr "Exporter"', 'msgstr "L\'export"', "another apostrophe or a non-breaking space"),
        ('msgstr "Exporter"', 'msgstr "Exporter ?"', "a non-breaking space at '?'"),
        ('msgstr "Exporter"', 'msgstr "« Exporter\u00a0»"', "a non-breaking space at '«'"),
    ],
)
def test_an_unsound_translation_is_reported(
    house: Path, capsys: pytest.CaptureFixture[str], old: str, new: str, complaint: str
) -> None:
    change(house, old, new)

    assert main(["check"], house) == 1
    assert complaint in capsys.readouterr().out


def test_a_new_text_makes_the_catalogue_out_of_date(
    house: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (house / "exports" / "forms.py").write_text('LABEL = _("List ID")\n')

    assert main(["check"], house) == 1
    assert "out of date; run `make messages`" in capsys.readouterr().out


def test_an_update_keeps_translations_and_drops_what_is_not_used(house: Path) -> None:
    (house / "exports" / "views.py").write_text('BUTTON = _("Export")\nNEW = _("Exports")\n')

    main(["update"], house)

    catalog = catalog_of(house).read_text()
    assert 'msgid "Export"\nmsgstr "Exporter"' in catalog
    assert 'msgid "Exports"\nmsgstr ""' in catalog  # no guess from a similar text
    assert "Display name" not in catalog


def test_the_compiled_catalogue_is_what_django_reads(house: Path) -> None:
    assert main(["compile"], house) == 0

    with catalog_of(house).with_suffix(".mo").open("rb") as file:
        french = gettext.GNUTranslations(file)
    assert french.gettext("Display name") == "Nom d’affichage"
    assert french.ngettext("%(count)s file", "%(count)s files", 0) == "%(count)s fichier"
    assert french.pgettext("verb", "Run") == "Exécuter"


def test_a_broken_catalogue_is_named(house: Path, capsys: pytest.CaptureFixture[str]) -> None:
    change(house, 'msgid "Export"', "nonsense")

    assert main(["check"], house) == 1
    assert "not well-formed" in capsys.readouterr().err
