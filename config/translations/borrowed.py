"""Texts of Django and django-allauth whose French is ours: a catalogue of ours wins over theirs.

They are named here for the collection alone. Ours call things as our pages do: adresse e-mail,
authentification multifacteur, application d’authentification, Mo.
"""

from django.utils.translation import gettext_noop, pgettext_lazy

BORROWED = (
    pgettext_lazy("abbrev. month", "Jan."),
    pgettext_lazy("abbrev. month", "Feb."),
    gettext_noop("%s KB"),
    gettext_noop("%s MB"),
    gettext_noop("%s GB"),
    gettext_noop("Enter a valid email address."),
    gettext_noop("Please type your current password."),
    gettext_noop("The password reset token was invalid."),
    gettext_noop("The new value must be different from the current one."),
    gettext_noop("Be patient, you are sending too many requests."),
    gettext_noop("Too many failed login attempts. Try again later."),
    gettext_noop("You have signed out."),
    gettext_noop("Use authenticator app or code"),
    gettext_noop("Use your password"),
    gettext_noop("Authenticator code"),
    gettext_noop("TOTP Authenticator"),
    gettext_noop("Forgot your password?"),
    gettext_noop("Forgot Password?"),
    gettext_noop("Password Set"),
    gettext_noop("Authenticator App Activated"),
    gettext_noop("Authenticator app activated."),
    gettext_noop("Authenticator App Deactivated"),
    gettext_noop("Authenticator app deactivated."),
    gettext_noop("New Recovery Codes Generated"),
    gettext_noop("A new set of recovery codes has been generated."),
    gettext_noop("A new set of Two-Factor Authentication recovery codes has been generated."),
    gettext_noop("You cannot deactivate two-factor authentication."),
    gettext_noop(
        "You cannot generate recovery codes without having two-factor authentication enabled."
    ),
    gettext_noop(
        "You cannot activate two-factor authentication until you have verified your email address."
    ),
)
