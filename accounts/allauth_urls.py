"""The pages of django-allauth that Facteur uses.

Those where people change their addresses are left out: administrators give them.
"""

from allauth.account import views
from django.urls import include, path, re_path

from accounts.mail import mail_is_configured
from accounts.models import User


def nobody_yet() -> bool:
    """Return whether the first administrator is still to be made."""
    return not User.objects.exists()


urlpatterns = [
    path(
        "login/",
        views.LoginView.as_view(extra_context={"nobody_yet": nobody_yet}),
        name="account_login",
    ),
    path("logout/", views.logout, name="account_logout"),
    path("inactive/", views.account_inactive, name="account_inactive"),
    path("signup/", views.signup, name="account_signup"),
    path("reauthenticate/", views.reauthenticate, name="account_reauthenticate"),
    path("password/change/", views.password_change, name="account_change_password"),
    path("password/set/", views.password_set, name="account_set_password"),
    path(
        "password/reset/",
        views.PasswordResetView.as_view(extra_context={"mail_is_configured": mail_is_configured}),
        name="account_reset_password",
    ),
    path("password/reset/done/", views.password_reset_done, name="account_reset_password_done"),
    re_path(
        r"^password/reset/key/(?P<uidb36>[0-9A-Za-z]+)-(?P<key>.+)/$",
        views.password_reset_from_key,
        name="account_reset_password_from_key",
    ),
    path(
        "password/reset/key/done/",
        views.password_reset_from_key_done,
        name="account_reset_password_from_key_done",
    ),
    path("2fa/", include("allauth.mfa.urls")),
]
