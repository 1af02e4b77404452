from __future__ import annotations

import pytest

from config.checks.templates import problems_in


@pytest.mark.parametrize(
    ("template", "problem"),
    [
        ("<script>go()</script>", "inline <script>"),
        ("<style>p { color: red }</style>", "inline <style>"),
        ('<p style="color: red"></p>', "inline style="),
        ('<button onclick="go()"></button>', "inline onclick="),
        ("{{ name|safe }}", "switches escaping off"),
        ("{% autoescape off %}{% endautoescape %}", "switches escaping off"),
        ("<p>Save</p>", "untranslated text: 'Save'"),
        ("{% if a %}<p>Save{% endif %}", "untranslated text: 'Save'"),
        ('<input placeholder="Search">', "untranslated placeholder: 'Search'"),
        ("{% if a %}", "does not compile"),
    ],
)
def test_a_fault_in_a_template_is_found(template: str, problem: str) -> None:
    ((_, found),) = problems_in(template)

    assert found.startswith(problem)


def test_a_fault_is_reported_with_its_line() -> None:
    template = "{% load i18n %}\n{% comment %}\nNot shown\n{% endcomment %}\n<p>Save</p>"

    assert list(problems_in(template)) == [(5, "untranslated text: 'Save'")]


@pytest.mark.parametrize(
    "template",
    [
        '<script src="/static/htmx.js" defer></script>',
        '{% load i18n %}<p title="{% translate "Save" %}">{% translate "Save" %}</p>',
        "{% load i18n %}{% blocktranslate %}Save <b>it</b>{% endblocktranslate %}",
        "<p>{{ name }} – 12 % ({{ count }}) &nbsp; ActiveCampaign</p>",
        "<code>make demo</code>",
        "{# Not translated: there is no language yet. #}<p>Save</p>",
    ],
)
def test_a_sound_template_passes(template: str) -> None:
    assert list(problems_in(template)) == []
