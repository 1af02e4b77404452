"""Settings, all of them from the environment; docs/deploy.md describes each.

Without DATABASE_URL the installation is *embedded*: everything lives under DATA_DIR, and
secrets make themselves. With it, secrets have no default.
"""

from pathlib import Path
from urllib.parse import urlsplit

import environ
from csp.constants import NONE, SELF
from django.core.exceptions import ImproperlyConfigured
from django.utils.translation import gettext_lazy as _

from config.secrets import make_secret_key, read_encryption_keys, read_secret
from config.storages.choosing import in_folders, in_s3, read_s3

env = environ.Env()
BASE_DIR = Path(__file__).resolve().parent.parent
DATA_DIR = Path(env.str("DATA_DIR", default=str(BASE_DIR / "var"))).resolve()
EMBEDDED = not env.str("DATABASE_URL", default="")
_own_secrets = DATA_DIR / "secrets" if EMBEDDED else None

DEBUG = env.bool("DEBUG", default=False)
SECRET_KEY = read_secret("SECRET_KEY", make=make_secret_key, folder=_own_secrets)
# The first key encrypts, all of them decrypt: `manage.py rotate_encryption_keys`.
FIELD_ENCRYPTION_KEYS = read_encryption_keys(folder=_own_secrets)

# --- Where Facteur is reached -------------------------------------------------------------

SITE_URL = env.str("SITE_URL", default="http://localhost:8000").rstrip("/")
_site = urlsplit(SITE_URL)
if _site.scheme not in ("http", "https") or not _site.hostname:
    raise ImproperlyConfigured(
        f"SITE_URL is {SITE_URL!r}. Write it as people type it: https://facteur.example.com"
    )
_https = _site.scheme == "https"
ALLOWED_HOSTS = env.list("ALLOWED_HOSTS", default=[_site.hostname, "localhost", "127.0.0.1"])
CSRF_TRUSTED_ORIGINS = [SITE_URL]
SECURE_SSL_REDIRECT = env.bool("SECURE_SSL_REDIRECT", default=_https)
_behind_proxy = env.bool("TRUST_PROXY", default=False)
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if _behind_proxy else None
ALLAUTH_TRUSTED_PROXY_COUNT = 1 if _behind_proxy else 0
SECURE_HSTS_SECONDS = env.int("SECURE_HSTS_SECONDS", default=31_536_000 if _https else 0)
SECURE_HSTS_INCLUDE_SUBDOMAINS = _https
SECURE_HSTS_PRELOAD = _https
SESSION_COOKIE_SECURE = _https
CSRF_COOKIE_SECURE = _https
CSRF_COOKIE_HTTPONLY = False
LANGUAGE_COOKIE_SECURE = _https
LANGUAGE_COOKIE_HTTPONLY = True
LANGUAGE_COOKIE_SAMESITE = "Lax"
SESSION_COOKIE_AGE = env.int("SESSION_HOURS", default=12) * 3600
X_FRAME_OPTIONS = "DENY"
SECURE_REFERRER_POLICY = "same-origin"
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [NONE],
        "script-src": [SELF],
        "style-src": [SELF],
        "img-src": [SELF, "data:"],
        "font-src": [SELF],
        "connect-src": [SELF],
        "manifest-src": [SELF],
        "form-action": [SELF],
        "base-uri": [NONE],
        "frame-ancestors": [NONE],
    }
}

# --- The application ----------------------------------------------------------------------

ROOT_URLCONF = "config.urls"
WSGI_APPLICATION = "config.wsgi.application"
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
INSTALLED_APPS = [
    "accounts",
    "connections",
    "segments",
    "exports",
    "config",
    "demo",
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "auditlog",
    "csp",
    "django_htmx",
    "whitenoise.runserver_nostatic",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.humanize",
    "django.contrib.messages",
    "django.contrib.sessions",
    "django.contrib.staticfiles",
    "django.forms",  # its templates, so that ours can override them
]
MIDDLEWARE = [
    "config.health.HealthMiddleware",
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    # Pages too: it pads each by random bytes, and tokens are masked anew in every answer, so
    # that the length of what is compressed tells nothing about what is in it (BREACH).
    "django.middleware.gzip.GZipMiddleware",
    "csp.middleware.CSPMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.auth.middleware.LoginRequiredMiddleware",
    "accounts.middleware.PreferencesMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "accounts.middleware.AuditMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "config.fragments.FragmentsMiddleware",
    "config.storages.middleware.StorageMiddleware",
]
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
            ],
        },
    }
]
FORM_RENDERER = "django.forms.renderers.TemplatesSetting"

# --- Accounts -----------------------------------------------------------------------------

AUTH_USER_MODEL = "accounts.User"
AUTHENTICATION_BACKENDS = ["allauth.account.auth_backends.AuthenticationBackend"]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": f"django.contrib.auth.password_validation.{name}"}
    for name in (
        "UserAttributeSimilarityValidator",
        "MinimumLengthValidator",
        "CommonPasswordValidator",
        "NumericPasswordValidator",
    )
]
LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = "home"
ACCOUNT_ADAPTER = "accounts.adapter.AccountAdapter"
ACCOUNT_USER_MODEL_USERNAME_FIELD = None
ACCOUNT_LOGIN_METHODS = {"email"}
ACCOUNT_SIGNUP_FIELDS = ["email*", "password1*", "password2*"]
ACCOUNT_EMAIL_VERIFICATION = "none"  # addresses are given by administrators, not by strangers
ACCOUNT_LOGOUT_ON_PASSWORD_CHANGE = True
ACCOUNT_REAUTHENTICATION_TIMEOUT = 300
ACCOUNT_EMAIL_SUBJECT_PREFIX = "Facteur: "
ACCOUNT_EMAIL_NOTIFICATIONS = True  # somebody's password or second factor changed
ACCOUNT_LOGIN_ON_PASSWORD_RESET = True  # and MFA is asked for all the same
MFA_SUPPORTED_TYPES = ["totp", "recovery_codes"]
MFA_ADAPTER = "accounts.adapter.SecondFactorAdapter"
MFA_TOTP_ISSUER = "Facteur"
MFA_ALLOW_UNVERIFIED_EMAIL = True  # an administrator vouches for the address
MFA_TOTP_TOLERANCE = 1  # clocks differ by up to half a minute
AUDITLOG_CID_HEADER = None  # what clients send there would be stored as it is

# --- Database, broker, files --------------------------------------------------------------

DATABASES = {"default": env.db("DATABASE_URL", default=f"sqlite:///{DATA_DIR / 'facteur.sqlite'}")}
if DATABASES["default"]["ENGINE"].endswith("sqlite3"):
    # Web and workers write at once: readers never wait, writers queue instead of failing.
    DATABASES["default"]["OPTIONS"] = {
        "transaction_mode": "IMMEDIATE",
        "timeout": 30,
        "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL;",
    }
    # A file, as in an installation: in memory, two threads would lock each other out.
    DATABASES["default"]["TEST"] = {"NAME": str(DATA_DIR / "test.sqlite")}
else:
    DATABASES["default"]["CONN_MAX_AGE"] = 60
    DATABASES["default"]["CONN_HEALTH_CHECKS"] = True
    DATABASES["default"].setdefault("OPTIONS", {}).setdefault("connect_timeout", 5)

# SQLite has no covering indexes: Django makes an ordinary one there, which is as it should be.
SILENCED_SYSTEM_CHECKS = ["models.W040"]

REDIS_URL = env.str("REDIS_URL", default="redis://127.0.0.1:6379/0")
CACHES = {
    "default": {"BACKEND": "django.core.cache.backends.redis.RedisCache", "LOCATION": REDIS_URL}
}
CELERY_BROKER_URL = REDIS_URL

# What others put there for Facteur to read: files, or SQLite databases.
INCOMING_DIR = Path(env.str("INCOMING_DIR", default=str(DATA_DIR / "incoming"))).resolve()
# A file in that folder is read once nobody has written to it for so long.
INCOMING_QUIET_SECONDS = env.float("INCOMING_QUIET_SECONDS", default=5.0)
# SQLAlchemy's names of further databases that sources may be on: mssql+pymssql
DATABASE_DRIVERS = env.list("DATABASE_DRIVERS", default=[])
_s3 = read_s3(env)
S3_CACHE_BYTES = int(env.float("S3_CACHE_GB", default=5.0) * 1024**3)
STORAGES = {
    **(in_s3(_s3) if _s3 else in_folders(DATA_DIR, INCOMING_DIR)),
    "staticfiles": {"BACKEND": "whitenoise.storage.CompressedManifestStaticFilesStorage"},
}
# What is kept of people's data: see docs/deploy.md.
KEEP_SNAPSHOTS = env.int("KEEP_SNAPSHOTS", default=10)
KEEP_SNAPSHOTS_DAYS = env.int("KEEP_SNAPSHOTS_DAYS", default=30)
KEEP_PLANS_DAYS = env.int("KEEP_PLANS_DAYS", default=90)
KEEP_HISTORY_DAYS = env.int("KEEP_HISTORY_DAYS", default=730)
if KEEP_SNAPSHOTS < 2:
    raise ImproperlyConfigured(
        "KEEP_SNAPSHOTS is at least 2: the current one, and the one that a run may be reading."
    )
STATIC_URL = "/static/"
STATIC_ROOT = env.str("STATIC_ROOT", default=str(DATA_DIR / "static"))
STATICFILES_DIRS = [BASE_DIR / "static"]
STATICFILES_FINDERS = [
    "django.contrib.staticfiles.finders.FileSystemFinder",
    "django.contrib.staticfiles.finders.AppDirectoriesFinder",
    "config.style_sheet.StyleSheetFinder",
]
MAX_UPLOAD_BYTES = env.int("MAX_UPLOAD_MB", default=2048) * 1024 * 1024
FILE_UPLOAD_HANDLERS = ["config.uploads.BoundedUploadHandler"]
DUCKDB_MEMORY_LIMIT = env.str("DUCKDB_MEMORY_LIMIT", default="256MB")
DUCKDB_THREADS = env.int("DUCKDB_THREADS", default=2)

# --- ActiveCampaign -----------------------------------------------------------------------

ACTIVECAMPAIGN_HOST_SUFFIXES = tuple(
    env.list(
        "ACTIVECAMPAIGN_HOST_SUFFIXES", default=["api-us1.com", "api-eu1.com", "activehosted.com"]
    )
)
# host:port pairs that are reached over plain http and may be on this machine.
ACTIVECAMPAIGN_SANDBOX_HOSTS = frozenset(env.list("ACTIVECAMPAIGN_SANDBOX_HOSTS", default=[]))
ACTIVECAMPAIGN_BULK_PER_MINUTE = env.int("ACTIVECAMPAIGN_BULK_PER_MINUTE", default=100)
ACTIVECAMPAIGN_SINGLE_PER_MINUTE = env.int("ACTIVECAMPAIGN_SINGLE_PER_MINUTE", default=20)
ACTIVECAMPAIGN_REQUESTS_PER_SECOND = env.int("ACTIVECAMPAIGN_REQUESTS_PER_SECOND", default=5)
# What a person waits for a page that asks ActiveCampaign: all steps of Connect together.
ACTIVECAMPAIGN_CONNECT_SECONDS = env.float("ACTIVECAMPAIGN_CONNECT_SECONDS", default=15.0)
PRIVACY_STATEMENT_URL = env.str("PRIVACY_STATEMENT_URL", default="")
# Of so many contacts of each run the list itself is asked whether they are on it.
READ_BACK_SAMPLE = env.int("READ_BACK_SAMPLE", default=25)
MAX_MEMBERS = env.int("MAX_MEMBERS", default=1_000_000)
# Addresses of one suppression list.
MAX_SUPPRESSED = env.int("MAX_SUPPRESSED", default=1_000_000)

# --- Language and time --------------------------------------------------------------------

LANGUAGES = [("en", _("English")), ("fr", _("French"))]
LANGUAGE_CODE = env.str("LANGUAGE_CODE", default="en")
LOCALE_PATHS = [BASE_DIR / "locale"]
TIME_ZONE = env.str("TIME_ZONE", default="UTC")
USE_TZ = True
USE_THOUSAND_SEPARATOR = True
FORMAT_MODULE_PATH = ["config.formats"]

# --- E-mail, logs, metrics -------------------------------------------------------------

# Without EMAIL_URL no e-mail is sent, and pages that would send some say what to do instead.
EMAIL_CONFIG = env.email_url("EMAIL_URL", default="dummymail://")
vars().update(EMAIL_CONFIG)
EMAIL_TIMEOUT = 15
DEFAULT_FROM_EMAIL = env.str("DEFAULT_FROM_EMAIL", default="Facteur <facteur@localhost>")
SERVER_EMAIL = DEFAULT_FROM_EMAIL
METRICS_TOKEN = env.str("METRICS_TOKEN", default="")
LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {
        "line": {
            "()": "config.discretion.WithoutAddresses",
            "format": "{asctime} {levelname} {name} {message}",
            "style": "{",
        }
    },
    "handlers": {"console": {"class": "logging.StreamHandler", "formatter": "line"}},
    "root": {"handlers": ["console"], "level": env.str("LOG_LEVEL", default="INFO")},
    # While DEBUG is on, Django would write its own lines a second time, as they are.
    "loggers": {"django": {"handlers": [], "level": "INFO"}},
}
DEFAULT_EXCEPTION_REPORTER = "config.discretion.DiscreetReporter"
DEFAULT_EXCEPTION_REPORTER_FILTER = "config.discretion.WithoutValues"
