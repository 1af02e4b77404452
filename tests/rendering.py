"""What a test client notes of a page: its context, and not those of its hundred components."""

from __future__ import annotations

from django.template import Context, Template
from django.test.signals import template_rendered


def note_pages(template: Template, context: Context) -> str:
    """Render as Django's instrumented template does, but signal only whole pages and e-mails.

    A page includes some hundred templates, and the client would copy the context for each.
    """
    if context.template is template:
        template_rendered.send(sender=template, template=template, context=context)
    return template.nodelist.render(context)
