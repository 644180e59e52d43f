"""Django's settings, read from the environment. Import is quick: nothing heavy is imported here.

Every variable is listed in docs/guide/settings.md.
"""

from __future__ import annotations

import math
import os
from datetime import timedelta
from pathlib import Path
from typing import Any

from csp.constants import NONE, SELF

from anlan.kernel.sealing import keyfile
from anlan.kernel.values import BadInput
from anlan.project.database import database_settings


def _flag(name: str) -> bool:
    return os.environ.get(name, "") in {"1", "true", "yes"}


def _number(name: str, default: float) -> float:
    """Read a number above 0; raises BadInput that names the setting and an example."""
    word = os.environ.get(name, "")
    try:
        number = float(word) if word.strip() else default
    except ValueError:
        number = math.nan
    if not 0 < number < math.inf:
        raise BadInput(f"{name} must be a number above 0, such as {default:g}; it is “{word}”.")
    return number


def _whole(name: str, default: int) -> int:
    """Read a whole number from 1 on; raises BadInput that names the setting and an example."""
    number = _number(name, default)
    if number != int(number):
        raise BadInput(
            f"{name} must be a whole number from 1 on, such as {default}; it is “{number:g}”."
        )
    return int(number)


def _listed(name: str, default: str) -> list[str]:
    return [part.strip() for part in os.environ.get(name, default).split(",") if part.strip()]


PACKAGE = Path(__file__).resolve().parents[1]

# --- where an installation lives -----------------------------------------------------------------
ANLAN_DATA = Path(os.environ.get("ANLAN_DATA") or ".data").absolute()
ANLAN_KEY_FILE = Path(
    os.environ.get("ANLAN_KEY_FILE") or keyfile.default_path(ANLAN_DATA)
).absolute()
ANLAN_LEDGER_KEY_FILE = ANLAN_KEY_FILE.with_name(  # made at the first sealing
    ANLAN_KEY_FILE.name.removesuffix(".key") + ".ledger.key"
)
ANLAN_ERASURES_FILE = Path(  # apart from the data: it outlives an older copy
    os.environ.get("ANLAN_ERASURES_FILE")
    or ANLAN_KEY_FILE.with_name(ANLAN_KEY_FILE.name.removesuffix(".key") + ".erasures.jsonl")
).absolute()
ANLAN_KEYS = keyfile.load_or_create(ANLAN_KEY_FILE, data=ANLAN_DATA)
SECRET_KEY = ANLAN_KEYS.web_secret("django secret key")
DATABASES = {
    "default": database_settings(os.environ.get("ANLAN_DATABASE_URL", ""), data=ANLAN_DATA)
}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

# --- what an installation decides ----------------------------------------------------------------
ANLAN_THREADS = _whole("ANLAN_THREADS", 4)
ANLAN_OPENINGS_PER_HOUR = _whole("ANLAN_OPENINGS_PER_HOUR", 60)
ANLAN_SEAL_AFTER_DAYS = _whole("ANLAN_SEAL_AFTER_DAYS", 7)
ANLAN_UPLOAD_MB = _whole("ANLAN_UPLOAD_MB", 20)
ANLAN_CLAMD = os.environ.get("ANLAN_CLAMD", "")
ANLAN_CLAMD_TIMEOUT_S = _number("ANLAN_CLAMD_TIMEOUT_S", 20)
ANLAN_PAGING_URL = os.environ.get("ANLAN_PAGING_URL", "")
ANLAN_PAGING_TIMEOUT_S = _number("ANLAN_PAGING_TIMEOUT_S", 3)
ANLAN_PUBLIC_URL = os.environ.get("ANLAN_PUBLIC_URL", "")
ANLAN_SMTP_URL = os.environ.get("ANLAN_SMTP_URL", "")
ANLAN_MAIL_FROM = os.environ.get("ANLAN_MAIL_FROM", "anlan@localhost")
ANLAN_SMS_URL = os.environ.get("ANLAN_SMS_URL", "")
ANLAN_SMS_TOKEN = os.environ.get("ANLAN_SMS_TOKEN", "")
ANLAN_NOTICE_WEBHOOK_URL = os.environ.get("ANLAN_NOTICE_WEBHOOK_URL", "")
ANLAN_NOTICE_WEBHOOK_SECRET = os.environ.get("ANLAN_NOTICE_WEBHOOK_SECRET", "")
ANLAN_NOTICE_TIMEOUT_S = _number("ANLAN_NOTICE_TIMEOUT_S", 10)
ANLAN_LEDGER_NAME = os.environ.get("ANLAN_LEDGER_NAME", "")
ANLAN_WITNESSES = _listed("ANLAN_WITNESSES", "")  # each "vkey address"
ANLAN_WITNESS_TIMEOUT_S = _number("ANLAN_WITNESS_TIMEOUT_S", 10)
ANLAN_SIGN_IN_TRACES_H = 24  # sign-in attempts and ended sessions are erased after this
ANLAN_CLIENT_WRITES_DAYS = 7  # how long a repeated write is recognised

ANLAN_BEHIND_PROXY = _flag("ANLAN_BEHIND_PROXY")  # believe what the proxy in front says

# --- the parts -----------------------------------------------------------------------------------
DEBUG = _flag("ANLAN_DEBUG")
ALLOWED_HOSTS = _listed("ANLAN_ALLOWED_HOSTS", "localhost,127.0.0.1,[::1]")
CSRF_TRUSTED_ORIGINS = _listed("ANLAN_TRUSTED_ORIGINS", "")
ROOT_URLCONF = "anlan.project.urls"
AUTH_USER_MODEL = "staff.Staff"

INSTALLED_APPS = [
    "django.contrib.contenttypes",
    "django.contrib.auth",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "allauth",
    "allauth.account",
    "axes",
    "csp",
    "django_vite",
    "anlan.kernel.ledger.apps.LedgerConfig",
    "anlan.kernel.sealing.apps.SealingConfig",
    "anlan.kernel.places.apps.PlacesConfig",
    "anlan.kernel.staff.apps.StaffConfig",
    "anlan.kernel.cases.apps.CasesConfig",
    "anlan.areas.dispatch.apps.DispatchConfig",
    "anlan.areas.coverage.apps.CoverageConfig",
    "anlan.areas.hazards.apps.HazardsConfig",
    "anlan.areas.mediation.apps.MediationConfig",
    "anlan.areas.oversight.apps.OversightConfig",
]

MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "csp.middleware.CSPMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "axes.middleware.AxesMiddleware",  # last: it answers for the sign-in below it
]

TEMPLATES: list[dict[str, Any]] = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [
            PACKAGE / "web" / "templates",
            PACKAGE / "web" / "shell" / "templates",
            PACKAGE / "web" / "staff" / "templates",
            PACKAGE / "web" / "dispatch" / "templates",
            PACKAGE / "web" / "coverage" / "templates",
            PACKAGE / "web" / "hazards" / "templates",
            PACKAGE / "web" / "figures" / "templates",
            PACKAGE / "web" / "oversight" / "templates",
            PACKAGE / "web" / "cases" / "templates",
            PACKAGE / "web" / "follow" / "templates",
            PACKAGE / "web" / "mediation" / "templates",
        ],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.template.context_processors.i18n",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "csp.context_processors.nonce",
            ],
            "libraries": {"pages": "anlan.web.shell.page_tags"},
        },
    }
]

# --- language and time ---------------------------------------------------------------------------
USE_I18N = True
USE_TZ = True
TIME_ZONE = "UTC"
LANGUAGE_CODE = "en"
LANGUAGES = [("en", "English"), ("zh-hans", "简体中文")]
LOCALE_PATHS = [PACKAGE / "locale"]
LANGUAGE_COOKIE_SAMESITE = "Lax"
LANGUAGE_COOKIE_AGE = 365 * 24 * 3600

# --- static files --------------------------------------------------------------------------------
_STATIC = PACKAGE / "web" / "static"
STATIC_URL = "/static/"
STATICFILES_DIRS = [_STATIC] if _STATIC.is_dir() else []
WHITENOISE_USE_FINDERS = True  # served from the package: no copy to go stale
WHITENOISE_AUTOREFRESH = DEBUG
DJANGO_VITE = {
    "default": {
        "dev_mode": _flag("ANLAN_VITE_DEV"),
        "manifest_path": _STATIC / "build" / ".vite" / "manifest.json",
        "static_url_prefix": "build",
    }
}

# --- signing in ----------------------------------------------------------------------------------
AUTHENTICATION_BACKENDS = [
    "axes.backends.AxesStandaloneBackend",  # first: says no before a password is looked at
    "allauth.account.auth_backends.AuthenticationBackend",
]
PASSWORD_HASHERS = ["django.contrib.auth.hashers.Argon2PasswordHasher"]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {
        "NAME": "django.contrib.auth.password_validation.MinimumLengthValidator",
        "OPTIONS": {"min_length": 12},
    },
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
]
LOGIN_URL = "/accounts/login/"
LOGIN_REDIRECT_URL = "/"
LOGOUT_REDIRECT_URL = LOGIN_URL

ACCOUNT_ADAPTER = "anlan.project.sign_in.StaffAdapter"
ACCOUNT_LOGIN_METHODS = {"username"}
ACCOUNT_SIGNUP_FIELDS = ["username*", "password1*"]  # no sign-up is offered; no e-mail is asked
ACCOUNT_USER_MODEL_EMAIL_FIELD = None
ACCOUNT_EMAIL_VERIFICATION = "none"
ACCOUNT_EMAIL_NOTIFICATIONS = False
ACCOUNT_PRESERVE_USERNAME_CASING = False
ACCOUNT_SESSION_REMEMBER = False
ACCOUNT_LOGOUT_ON_GET = False
ACCOUNT_RATE_LIMITS = {"login": "60/m/ip", "login_failed": "20/m/ip"}  # the lock-out is axes'

AXES_CLIENT_IP_CALLABLE = "anlan.project.sign_in.client_address"
AXES_LOCKOUT_PARAMETERS = [
    ["username", "ip_address"]
]  # nobody locks a colleague out from elsewhere
AXES_FAILURE_LIMIT = 6
AXES_COOLOFF_TIME = timedelta(minutes=15)
AXES_RESET_ON_SUCCESS = True
AXES_RESET_COOL_OFF_ON_FAILURE_DURING_LOCKOUT = False
AXES_DISABLE_ACCESS_LOG = True  # no history of who signed in from where
AXES_ENABLE_ACCESS_FAILURE_LOG = False
AXES_HANDLER = "anlan.project.sign_in.WordlessHandler"
AXES_USERNAME_CALLABLE = "anlan.project.sign_in.attempted_username"
AXES_LOCKOUT_CALLABLE = "anlan.project.sign_in.locked_out"
AXES_CLIENT_STR_CALLABLE = "anlan.project.sign_in.client_without_words"
AXES_SENSITIVE_PARAMETERS = ["login", "password", "username", "csrfmiddlewaretoken", "next"]
AXES_VERBOSE = False
AXES_ENABLE_ADMIN = False

# --- sessions and transport ----------------------------------------------------------------------
_HTTPS = _flag("ANLAN_HTTPS")
SESSION_ENGINE = "django.contrib.sessions.backends.db"
SESSION_COOKIE_AGE = 12 * 3600  # a long shift
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = "Lax"
SESSION_COOKIE_SECURE = _HTTPS
SESSION_EXPIRE_AT_BROWSER_CLOSE = True
CSRF_COOKIE_SECURE = _HTTPS
CSRF_COOKIE_SAMESITE = "Lax"
CSRF_FAILURE_VIEW = "django.views.csrf.csrf_failure"
SECURE_SSL_REDIRECT = False  # the proxy in front does it
SECURE_HSTS_SECONDS = 365 * 24 * 3600 if _HTTPS else 0
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if ANLAN_BEHIND_PROXY else None
SECURE_CONTENT_TYPE_NOSNIFF = True
SECURE_REFERRER_POLICY = "same-origin"
SECURE_CROSS_ORIGIN_OPENER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
DATA_UPLOAD_MAX_MEMORY_SIZE = 1_000_000
# An upload stays in memory until it is sealed: Django's other handler writes it to the disk in
# clear. What is longer is not taken up at all.
FILE_UPLOAD_HANDLERS = ["django.core.files.uploadhandler.MemoryFileUploadHandler"]
FILE_UPLOAD_MAX_MEMORY_SIZE = ANLAN_UPLOAD_MB * 1_000_000 + 100_000  # the form around it
MESSAGE_STORAGE = "django.contrib.messages.storage.session.SessionStorage"

CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [NONE],
        "script-src": [SELF],
        "worker-src": [SELF, "blob:"],  # MapLibre's worker
        "style-src": [SELF],
        "img-src": [SELF, "data:", "blob:"],
        "font-src": [SELF],
        "connect-src": [SELF],
        "media-src": [SELF],
        "manifest-src": [SELF],
        "base-uri": [NONE],
        "form-action": [SELF],
        "frame-ancestors": [NONE],
        "object-src": [NONE],
    }
}
if _flag("ANLAN_VITE_DEV"):
    _VITE = "http://localhost:5173"
    CONTENT_SECURITY_POLICY["DIRECTIVES"]["script-src"].append(_VITE)
    CONTENT_SECURITY_POLICY["DIRECTIVES"]["style-src"].append("'unsafe-inline'")
    CONTENT_SECURITY_POLICY["DIRECTIVES"]["connect-src"] += [_VITE, "ws://localhost:5173"]

# --- cache, logs ---------------------------------------------------------------------------------
CACHES = {"default": {"BACKEND": "django.core.cache.backends.locmem.LocMemCache"}}
LOGGING_CONFIG = "anlan.project.logs.configure"
LOGGING = {"level": os.environ.get("ANLAN_LOG_LEVEL", "INFO"), "in_full": DEBUG}
