"""
One settings file; the environment is the only other input.

With nothing set the product runs on SQLite, an in-process broker and mail in files.
``DATABASE_URL``, ``REDIS_URL`` and ``EMAIL_URL`` turn the same program into production;
``backoffice/docs/operations.md`` lists every variable.
"""

from datetime import timedelta
from email.utils import getaddresses
from pathlib import Path
from typing import Any

import environ
from django.core.exceptions import ImproperlyConfigured
from django.core.management.utils import get_random_secret_key

from .books import private
from .web import edition, providers, reached

env = environ.Env()
BASE_DIR = Path(__file__).resolve().parent.parent
environ.Env.read_env(BASE_DIR / ".env")
DATA_DIR = Path(env.str("DATA_DIR", default=str(BASE_DIR / "var")))


def _own_secret_key() -> str:
    """Give the embedded default a key of its own that survives a restart."""
    path = DATA_DIR / "secret_key"
    if not path.exists():
        DATA_DIR.mkdir(parents=True, exist_ok=True)
        private.made(path)
        path.write_text(get_random_secret_key())
    return path.read_text().strip()


EMBEDDED = not reached.at("DATABASE_URL", env.str("DATABASE_URL", default=""))
# what a production cannot do without; ``check --deploy`` names what is missing
UNSET = [name for name in ("SECRET_KEY", "REDIS_URL", "EMAIL_URL") if not EMBEDDED and not env.str(name, default="")]
DEBUG = env.bool("DEBUG", default=False)
SECRET_KEY = env.str("SECRET_KEY", default="") or _own_secret_key()
ALLOWED_HOSTS = env.list("ALLOWED_HOSTS", default=["localhost", "127.0.0.1", "[::1]"])
CSRF_TRUSTED_ORIGINS = env.list("CSRF_TRUSTED_ORIGINS", default=[])

INSTALLED_APPS = [
    "backoffice.people",  # before auth, whose command that makes the first person it replaces
    "backoffice.apps.BackofficeAdminConfig",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django.contrib.humanize",
    "django_filters",
    "anymail",
    "axes",
    "inventory",
    "orders",
    "suppliers",
    "backoffice.apps.BackofficeConfig",
]

MIDDLEWARE = [
    "backoffice.web.middleware.Probes",
    "backoffice.web.middleware.Logged",
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "backoffice.web.middleware.ContentSecurityPolicy",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "backoffice.web.middleware.KnowsReader",
    "backoffice.web.middleware.IdleEnd",
    "backoffice.web.middleware.OwnTime",
    "backoffice.web.middleware.AnsweredInWords",
    "axes.middleware.AxesMiddleware",
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
                "inventory.desk.once.field",
            ],
        },
    }
]

# --- Database -------------------------------------------------------------------------

if EMBEDDED:
    DATA_DIR.mkdir(parents=True, exist_ok=True)
    _database = {"ENGINE": "django.db.backends.sqlite3", "NAME": DATA_DIR / "backoffice.sqlite3"}
else:
    _database = env.db("DATABASE_URL")
DATABASES: dict[str, dict[str, Any]] = {"default": _database}
if DATABASES["default"]["ENGINE"] == "django.db.backends.sqlite3":
    DATABASES["default"]["OPTIONS"] = {
        "transaction_mode": "IMMEDIATE",
        "timeout": 20,
        # 32 MB of pages: with SQLite's own 2 MB a big receipt writes each page of its indexes many times
        "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL; PRAGMA cache_size=-32768;",
    }
    if not (name := str(DATABASES["default"]["NAME"])).startswith((":memory:", "file:")):
        private.keep(Path(name))
    # an index there leaves out the columns that only spare PostgreSQL a look at the table: no news to who starts it
    SILENCED_SYSTEM_CHECKS = ["models.W040"]
else:
    # a machine that is gone refuses nobody: who asks it says so after seconds, not minutes
    DATABASES["default"].setdefault("OPTIONS", {}).setdefault("connect_timeout", 10)
    DATABASES["default"]["CONN_MAX_AGE"] = env.int("CONN_MAX_AGE", default=60)
    DATABASES["default"]["CONN_HEALTH_CHECKS"] = True

REQUEST_LOCK_SECONDS = env.int("REQUEST_LOCK_SECONDS", default=10)
REQUEST_STATEMENT_SECONDS = env.int("REQUEST_STATEMENT_SECONDS", default=60)
REQUEST_LONG_SECONDS = env.int("REQUEST_LONG_SECONDS", default=300)

# --- Clock and broker -----------------------------------------------------------------

REDIS_URL = reached.at("REDIS_URL", env.str("REDIS_URL", default=""))
CELERY_BROKER_URL = reached.at("CELERY_BROKER_URL", env.str("CELERY_BROKER_URL", default=REDIS_URL or "memory://"))
REDIS_CACHE = {
    "BACKEND": "backoffice.web.caching.MissingCache",
    "LOCATION": REDIS_URL,
    "KEY_PREFIX": edition.of(BASE_DIR),
}
LOCAL_CACHE = {"BACKEND": "django.core.cache.backends.locmem.LocMemCache"}
CACHES = {"default": REDIS_CACHE if REDIS_URL else LOCAL_CACHE}

# --- Mail -----------------------------------------------------------------------------

MAIL_DIR = DATA_DIR / "mail"
ANYMAIL: dict[str, Any] = {}
if reached.at("EMAIL_URL", env.str("EMAIL_URL", default="")):
    vars().update(providers.configured(env.str("EMAIL_URL")) or env.email("EMAIL_URL"))
else:
    EMAIL_BACKEND = "django.core.mail.backends.filebased.EmailBackend"
    EMAIL_FILE_PATH = MAIL_DIR
    private.folder(MAIL_DIR)
EMAIL_TIMEOUT = env.int("EMAIL_TIMEOUT", default=20)
# "shadow": each mail to a customer is composed and kept where people can read it, and none is sent
MAIL = env.str("MAIL", default="live").lower()
if MAIL not in ("live", "shadow"):
    raise ImproperlyConfigured(f"MAIL is live or shadow, not “{MAIL}”.")
ANYMAIL |= {"REQUESTS_TIMEOUT": EMAIL_TIMEOUT, "WEBHOOK_SECRET": env.str("ANYMAIL_WEBHOOK_SECRET", default="")}
DEMO_NAME, DEMO_SENDER = "Harbor & Pine", "Backoffice <orders@shop.example>"
DEFAULT_FROM_EMAIL = env.str("DEFAULT_FROM_EMAIL", default=DEMO_SENDER)
REPLY_TO_EMAIL = env.str("REPLY_TO_EMAIL", default=DEFAULT_FROM_EMAIL)
SHOP_NAME = env.str("SHOP_NAME", default=DEMO_NAME)
# what stands on orders to suppliers: where we are, and our terms; \n in them begins a new line
SHOP_ADDRESS = env.str("SHOP_ADDRESS", default="", multiline=True)
PURCHASE_TERMS = env.str("PURCHASE_TERMS", default="", multiline=True)
# what a mail about something canceled says of money that was paid for it; empty: who wants to know may ask
CANCELED_MONEY = env.str("CANCELED_MONEY", default="")
# who is told when something stands still: "Ada <ada@shop.example>, ops@shop.example"
ADMINS = [(name, address) for name, address in getaddresses([env.str("ADMINS", default="")]) if address]
SERVER_EMAIL = DEFAULT_FROM_EMAIL
READY_TOKEN = env.str("READY_TOKEN", default="")  # who sends it as a Bearer reads at /readyz what is not well
SITE_URL = env.str("SITE_URL", default="http://127.0.0.1:8000")

# --- The business's own settings (defaults of the rules) ------------------------------

PRIORITY_LIFT_DAYS = env.int("PRIORITY_LIFT_DAYS", default=7)
MATERIAL_DELAY_DAYS = env.int("MATERIAL_DELAY_DAYS", default=2)
ORDERING_DAYS = env.int("ORDERING_DAYS", default=2)
ASK_SUPPLIERS = env.bool("ASK_SUPPLIERS", default=True)  # by mail, whether what they confirmed has left
TOGETHER_DAYS = env.int("TOGETHER_DAYS", default=3)
FINISH_ORDERS_FIRST = env.bool("FINISH_ORDERS_FIRST", default=False)
DAILY_MAIL_HOUR = env.int("DAILY_MAIL_HOUR", default=7)  # of the one mail about what staff follow
# orders/rules/mail_hours.py
MAIL_HOUR, MAIL_QUIET_MINUTES = env.int("MAIL_HOUR", default=10), env.int("MAIL_QUIET_MINUTES", default=60)
MAIL_NIGHT_FROM, MAIL_NIGHT_TO = env.int("MAIL_NIGHT_FROM", default=20), env.int("MAIL_NIGHT_TO", default=8)
REFUND_WITHIN_DAYS = env.int("REFUND_WITHIN_DAYS", default=7)
# customers may ask to be told when a product is back (mails carry SHOP_ADDRESS); days an address is kept after use
RESTOCK_LIST, RESTOCK_KEPT_DAYS = env.bool("RESTOCK_LIST", default=False), env.int("RESTOCK_KEPT_DAYS", default=30)
WAVES_HOLD, WAVE_SHARE_PERCENT = env.bool("WAVES_HOLD", default=True), env.int("WAVE_SHARE_PERCENT", default=50)
OFFER_WAKING_HOURS = env.int("OFFER_WAKING_HOURS", default=4)
PROMISE_QUANTILE, SERVICE_TARGET = env.float("PROMISE_QUANTILE", default=0.9), env.float("SERVICE_TARGET", default=0.95)
SERVICE_MEASURE, CLASS_VALUE = env.str("SERVICE_MEASURE", default="fill"), env.str("CLASS_VALUE", default="margin")
COVER_WEEKS, LONGEST_REVIEW_WEEKS = env.int("COVER_WEEKS", default=4), env.int("LONGEST_REVIEW_WEEKS", default=4)
NIGHTLY_HELPERS = env.int("NIGHTLY_HELPERS", default=0)
OVER_RECEIPT_PERCENT = env.int("OVER_RECEIPT_PERCENT", default=5)
# What amounts in files are in (ISO 4217): one with another sign is refused. Empty: a column may have one sign only.
SHOP_CURRENCY = env.str("SHOP_CURRENCY", default="").upper()
NOT_PRODUCTS = env.list(
    "NOT_PRODUCTS",
    default=[
        *("POST", "POSTAGE", "SHIPPING", "FREIGHT", "DOT", "C2", "C3", "D", "DISCOUNT", "M", "MANUAL", "S", "SAMPLES"),
        *("B", "ADJUST*", "TEST*", "BANK CHARGES", "AMAZONFEE", "AMAZON FEE", "CRUK", "PADS", "GIFT_0001_*"),
        *("TIP", "TIPS", "GRATUITY", "GIFT CARD", "GIFT-CARD", "GIFTCARD"),
    ],
)
UPLOAD_LIMIT_MB = env.int("UPLOAD_LIMIT_MB", default=50)
UPLOAD_AT_ONCE_KB = env.int("UPLOAD_AT_ONCE_KB", default=64)  # up to so big while their page waits; bigger by a worker

# --- Words, zone and files ------------------------------------------------------------

LANGUAGE_CODE = env.str("LANGUAGE_CODE", default="en-us")
# one more is one more catalog of every word: half of one says “order hinzufügen”
LANGUAGES = [("en-us", "English")]
if LANGUAGE_CODE not in dict(LANGUAGES):
    raise ImproperlyConfigured(f"LANGUAGE_CODE is en-us, the one language with words so far, not “{LANGUAGE_CODE}”.")
TIME_ZONE = env.str("TIME_ZONE", default="UTC")
USE_TZ = True
USE_THOUSAND_SEPARATOR = True
FORMAT_MODULE_PATH = "backoffice.formats"
LOCALE_PATHS = [BASE_DIR / "backoffice" / "locale"]

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
private.folder(MEDIA_ROOT)
FILE_UPLOAD_PERMISSIONS, FILE_UPLOAD_DIRECTORY_PERMISSIONS = private.MODE, private.OWN
DATA_UPLOAD_MAX_NUMBER_FIELDS = 20_000

# --- Safety ---------------------------------------------------------------------------

LOGIN_URL = "admin:login"
LOGIN_REDIRECT_URL = "admin:index"
X_FRAME_OPTIONS = "DENY"
CSRF_FAILURE_VIEW = "backoffice.web.refusing.stale"
HTTPS = env.bool("HTTPS", default=False)
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = HTTPS
SECURE_SSL_REDIRECT = HTTPS and env.bool("SSL_REDIRECT", default=True)
if HTTPS:
    SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
    SECURE_HSTS_SECONDS = env.int("HSTS_SECONDS", default=31_536_000)
    SECURE_HSTS_INCLUDE_SUBDOMAINS = SECURE_HSTS_PRELOAD = True
# Sign-ins (backoffice/people/signing_in.py): an account and an address together, so that nobody shuts another's door
AUTHENTICATION_BACKENDS = [
    "axes.backends.AxesStandaloneBackend",
    "backoffice.people.rights.RightsInOneRead",
    "django.contrib.auth.backends.ModelBackend",
]
AXES_LOCKOUT_PARAMETERS = [["username", "ip_address"]]
AXES_FAILURE_LIMIT, AXES_COOLOFF_TIME = 5, timedelta(minutes=15)
# who goes on trying waits no longer for it: else somebody behind the same address could keep a door shut for good
AXES_RESET_COOL_OFF_ON_FAILURE_DURING_LOCKOUT = AXES_ENABLE_ADMIN = AXES_VERBOSE = False
AXES_RESET_ON_SUCCESS = AXES_DISABLE_ACCESS_LOG = True
AXES_CLIENT_IP_CALLABLE = "backoffice.people.signing_in.door"
AXES_USERNAME_CALLABLE = "backoffice.people.signing_in.account"
AXES_LOCKOUT_CALLABLE = "backoffice.people.signing_in.locked_out"
TRUSTED_PROXIES = env.int("TRUSTED_PROXIES", default=0)
SESSION_IDLE_MINUTES = env.int("SESSION_IDLE_MINUTES", default=120)
SESSION_COOKIE_AGE = SESSION_IDLE_MINUTES * 60
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": f"django.contrib.auth.password_validation.{name}", "OPTIONS": options}
    for name, options in (
        ("UserAttributeSimilarityValidator", {}),
        ("MinimumLengthValidator", {"min_length": 12}),
        ("CommonPasswordValidator", {}),
    )
]

for name, lowest, highest in (
    *((hour, 0, 23) for hour in ("DAILY_MAIL_HOUR", "MAIL_HOUR", "MAIL_NIGHT_FROM", "MAIL_NIGHT_TO")),
    *(("REFUND_WITHIN_DAYS", 1, 30), ("WAVE_SHARE_PERCENT", 1, 100), ("OFFER_WAKING_HOURS", 1, 72)),
    *(("MAIL_QUIET_MINUTES", 0, 1440), ("SESSION_IDLE_MINUTES", 1, 43_200), ("TRUSTED_PROXIES", 0, 20)),
):
    if not lowest <= globals()[name] <= highest:
        raise ImproperlyConfigured(f"{name} is a number from {lowest} to {highest}, not {globals()[name]}.")

# --- Log ------------------------------------------------------------------------------

LOG_FORMAT = env.str("LOG_FORMAT", default="text").lower()
if LOG_FORMAT not in ("text", "json"):
    raise ImproperlyConfigured(f"LOG_FORMAT is text or json, not “{LOG_FORMAT}”.")
LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"text": {"()": "backoffice.logs.PlainLine"}, "json": {"()": "backoffice.logs.JsonLine"}},
    "handlers": {"console": {"class": "logging.StreamHandler", "formatter": LOG_FORMAT}},
    "root": {"handlers": ["console"], "level": env.str("LOG_LEVEL", default="INFO")},
    "loggers": {
        # Django would mail each error to ADMINS, in the request that ran into it; backoffice.watching tells it once
        "django": {"handlers": [], "level": "INFO"},
        # tells of each sign-in four times, without the name: backoffice.people.signing_in tells it once
        "axes": {"level": "ERROR"},
    },
}
