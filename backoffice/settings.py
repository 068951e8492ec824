"""
One settings file; the environment is the only other input.

With nothing set the product runs on SQLite, an in-process broker and mail in files.
``DATABASE_URL``, ``REDIS_URL`` and ``EMAIL_URL`` turn the same program into production;
``backoffice/docs/operations.md`` lists every variable.
"""

from pathlib import Path
from typing import Any

import environ
from django.core.exceptions import ImproperlyConfigured
from django.core.management.utils import get_random_secret_key

from backoffice import edition, providers

env = environ.Env()
BASE_DIR = Path(__file__).resolve().parent.parent
environ.Env.read_env(BASE_DIR / ".env")
DATA_DIR = Path(env.str("DATA_DIR", default=str(BASE_DIR / "var")))


def _own_secret_key() -> str:
    """Give the embedded default a key of its own that survives a restart."""
    path = DATA_DIR / "secret_key"
    if not path.exists():
        DATA_DIR.mkdir(parents=True, exist_ok=True)
        path.write_text(get_random_secret_key())
        path.chmod(0o600)
    return path.read_text().strip()


EMBEDDED = "DATABASE_URL" not in env.ENVIRON
DEBUG = env.bool("DEBUG", default=False)
SECRET_KEY = env.str("SECRET_KEY", default="") or _own_secret_key()
ALLOWED_HOSTS = env.list("ALLOWED_HOSTS", default=["localhost", "127.0.0.1", "[::1]"])
CSRF_TRUSTED_ORIGINS = env.list("CSRF_TRUSTED_ORIGINS", default=[])

INSTALLED_APPS = [
    "backoffice.apps.BackofficeAdminConfig",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django.contrib.humanize",
    "django_filters",
    "anymail",
    "inventory",
    "orders",
    "suppliers",
    "backoffice.apps.BackofficeConfig",
]

MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "backoffice.middleware.ContentSecurityPolicy",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "backoffice.middleware.AnsweredInWords",
]

ROOT_URLCONF = "backoffice.urls"
WSGI_APPLICATION = "backoffice.wsgi.application"
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

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
                "inventory.admin.once.field",
            ],
        },
    }
]

# --- Database -------------------------------------------------------------------------

if EMBEDDED:
    DATA_DIR.mkdir(parents=True, exist_ok=True)
    DATABASES = {"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": DATA_DIR / "backoffice.sqlite3"}}
else:
    DATABASES = {"default": env.db("DATABASE_URL")}
if DATABASES["default"]["ENGINE"] == "django.db.backends.sqlite3":
    DATABASES["default"]["OPTIONS"] = {
        "transaction_mode": "IMMEDIATE",
        "timeout": 20,
        # 32 MB of pages: with SQLite's own 2 MB a big receipt writes each page of its indexes many times
        "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL; PRAGMA cache_size=-32768;",
    }
    # an index there leaves out the columns that only spare PostgreSQL a look at the table: no news to who starts it
    SILENCED_SYSTEM_CHECKS = ["models.W040"]
else:
    DATABASES["default"]["CONN_MAX_AGE"] = env.int("CONN_MAX_AGE", default=60)
    DATABASES["default"]["CONN_HEALTH_CHECKS"] = True

REQUEST_LOCK_SECONDS = env.int("REQUEST_LOCK_SECONDS", default=10)
REQUEST_STATEMENT_SECONDS = env.int("REQUEST_STATEMENT_SECONDS", default=60)
REQUEST_LONG_SECONDS = env.int("REQUEST_LONG_SECONDS", default=300)

# --- Clock and broker -----------------------------------------------------------------

REDIS_URL = env.str("REDIS_URL", default="")
CELERY_BROKER_URL = env.str("CELERY_BROKER_URL", default=REDIS_URL or "memory://")
REDIS_CACHE = {
    "BACKEND": "backoffice.caching.MissingCache",
    "LOCATION": REDIS_URL,
    "KEY_PREFIX": edition.of(BASE_DIR),
}
LOCAL_CACHE = {"BACKEND": "django.core.cache.backends.locmem.LocMemCache"}
CACHES = {"default": REDIS_CACHE if REDIS_URL else LOCAL_CACHE}

# --- Mail -----------------------------------------------------------------------------

MAIL_DIR = DATA_DIR / "mail"
ANYMAIL: dict[str, Any] = {}
if "EMAIL_URL" in env.ENVIRON:
    vars().update(providers.configured(env.str("EMAIL_URL")) or env.email("EMAIL_URL"))
else:
    EMAIL_BACKEND = "django.core.mail.backends.filebased.EmailBackend"
    EMAIL_FILE_PATH = MAIL_DIR
EMAIL_TIMEOUT = env.int("EMAIL_TIMEOUT", default=20)
# "shadow": each mail to a customer is composed and kept where people can read it, and none is sent
MAIL = env.str("MAIL", default="live").lower()
if MAIL not in ("live", "shadow"):
    raise ImproperlyConfigured(f"MAIL is live or shadow, not “{MAIL}”.")
ANYMAIL |= {"REQUESTS_TIMEOUT": EMAIL_TIMEOUT, "WEBHOOK_SECRET": env.str("ANYMAIL_WEBHOOK_SECRET", default="")}
DEFAULT_FROM_EMAIL = env.str("DEFAULT_FROM_EMAIL", default="Backoffice <orders@shop.example>")
REPLY_TO_EMAIL = env.str("REPLY_TO_EMAIL", default=DEFAULT_FROM_EMAIL)
SHOP_NAME = env.str("SHOP_NAME", default="Harbor & Pine")
SITE_URL = env.str("SITE_URL", default="http://127.0.0.1:8000")

# --- The business's own settings (defaults of the rules) ------------------------------

PRIORITY_LIFT_DAYS = env.int("PRIORITY_LIFT_DAYS", default=7)
MATERIAL_DELAY_DAYS = env.int("MATERIAL_DELAY_DAYS", default=2)
ORDERING_DAYS = env.int("ORDERING_DAYS", default=2)
TOGETHER_DAYS = env.int("TOGETHER_DAYS", default=3)
FINISH_ORDERS_FIRST = env.bool("FINISH_ORDERS_FIRST", default=False)
NOTICE_COOLDOWN_HOURS = env.int("NOTICE_COOLDOWN_HOURS", default=24)
PROMISE_QUANTILE = env.float("PROMISE_QUANTILE", default=0.9)
SERVICE_TARGET = env.float("SERVICE_TARGET", default=0.95)
SERVICE_MEASURE = env.str("SERVICE_MEASURE", default="fill")
CLASS_VALUE = env.str("CLASS_VALUE", default="margin")
COVER_WEEKS = env.int("COVER_WEEKS", default=4)
LONGEST_REVIEW_WEEKS = env.int("LONGEST_REVIEW_WEEKS", default=4)
NIGHTLY_HELPERS = env.int("NIGHTLY_HELPERS", default=0)
OVER_RECEIPT_PERCENT = env.int("OVER_RECEIPT_PERCENT", default=5)
# What amounts in files are in (ISO 4217, such as EUR): one with another sign is refused. Empty: nobody has told, and
# a column may have one sign only.
SHOP_CURRENCY = env.str("SHOP_CURRENCY", default="").upper()
NOT_PRODUCTS = env.list(
    "NOT_PRODUCTS",
    default=[
        *("POST", "POSTAGE", "SHIPPING", "FREIGHT", "DOT", "C2", "C3", "D", "DISCOUNT", "M", "MANUAL", "S", "SAMPLES"),
        *("B", "ADJUST*", "TEST*", "BANK CHARGES", "AMAZONFEE", "AMAZON FEE", "CRUK", "PADS", "GIFT_0001_*"),
    ],
)
UPLOAD_LIMIT_MB = env.int("UPLOAD_LIMIT_MB", default=50)
UPLOAD_AT_ONCE_KB = env.int("UPLOAD_AT_ONCE_KB", default=64)
"""Files up to so big are looked at and loaded while their page waits; bigger ones by a worker."""

# --- Words, zone and files ------------------------------------------------------------

LANGUAGE_CODE = env.str("LANGUAGE_CODE", default="en-us")
LANGUAGES = [("en-us", "English"), ("de", "Deutsch")]
LOCALE_PATHS = [BASE_DIR / "backoffice" / "locale"]
TIME_ZONE = env.str("TIME_ZONE", default="UTC")
USE_TZ = True
USE_THOUSAND_SEPARATOR = True
FORMAT_MODULE_PATH = "backoffice.formats"

STATIC_URL = "static/"
STATIC_ROOT = DATA_DIR / "static"
STATIC_ROOT.mkdir(parents=True, exist_ok=True)  # whitenoise warns at every start where there is none
STATICFILES_DIRS = [BASE_DIR / "backoffice" / "static"]
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"},
}
WHITENOISE_USE_FINDERS = True
MEDIA_ROOT = DATA_DIR / "uploads"
DATA_UPLOAD_MAX_NUMBER_FIELDS = 20_000

# --- Safety ---------------------------------------------------------------------------

LOGIN_URL = "admin:login"
X_FRAME_OPTIONS = "DENY"
SECURE_REFERRER_POLICY = "same-origin"
HTTPS = env.bool("HTTPS", default=False)
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = HTTPS
SECURE_SSL_REDIRECT = HTTPS and env.bool("SSL_REDIRECT", default=True)
if HTTPS:
    SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
    SECURE_HSTS_SECONDS = env.int("HSTS_SECONDS", default=31_536_000)
    SECURE_HSTS_INCLUDE_SUBDOMAINS = SECURE_HSTS_PRELOAD = True
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": f"django.contrib.auth.password_validation.{name}"}
    for name in ("UserAttributeSimilarityValidator", "MinimumLengthValidator", "CommonPasswordValidator")
]

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"line": {"format": "{asctime} {levelname} {name}: {message}", "style": "{"}},
    "handlers": {"console": {"class": "logging.StreamHandler", "formatter": "line"}},
    "root": {"handlers": ["console"], "level": env.str("LOG_LEVEL", default="INFO")},
}
