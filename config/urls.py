"""Every address of Facteur."""

from django.conf import settings
from django.urls import include, path

from config.appearance import choose_columns, choose_language, choose_theme

urlpatterns = [
    path("", include("exports.views.home")),
    path("", include("exports.urls")),
    path("", include("segments.urls")),
    path("", include("connections.urls")),
    path("", include("accounts.urls")),
    path("accounts/", include("accounts.allauth_urls")),
    path("appearance/language/", choose_language, name="choose_language"),
    path("appearance/theme/", choose_theme, name="choose_theme"),
    path("appearance/columns/", choose_columns, name="choose_columns"),
]

if settings.DEBUG:
    from config.styleguide import styleguide

    urlpatterns.append(path("styleguide/", styleguide))
