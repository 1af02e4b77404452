"""Every address of Facteur."""

from django.urls import include, path

urlpatterns = [
    path("", include("exports.urls")),
    path("", include("segments.urls")),
    path("", include("connections.urls")),
    path("", include("accounts.urls")),
    path("accounts/", include("allauth.urls")),
]
