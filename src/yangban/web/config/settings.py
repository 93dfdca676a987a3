"""Settings of the site, all from the environment, so that one installation serves a laptop, a test and a province.

============================ =================================================================================================
``YANGBAN_HOME``             the workspace (default ``./yangban-data``)
``YANGBAN_SECRET_KEY``       the key of sessions; else a file ``site.key`` (mode 0600) in the workspace, made by ``yangban serve``
``DATABASE_URL``             ``postgresql://…``; else ``site.sqlite3`` in the workspace
``YANGBAN_HOSTS``            host names, with commas (default: this machine only)
``YANGBAN_ORIGINS``          origins trusted behind a proxy, with commas (``https://…``); sets secure cookies
``YANGBAN_PROXIES``          how many proxies of one's own stand before the site (default 0): whose word for the caller's address counts
``YANGBAN_API_LIMITS``       requests a minute to the interface: ``address=600,key=1200,write=60,hours=1200``
``YANGBAN_API_QUEUE``        deliveries that may wait to be taken in (default 5000); further ones get 503 with Retry-After
``YANGBAN_NOW_LATE``         minutes after the end of an hour from which the page of the present hour calls it late (default 90)
``YANGBAN_REGION``           the region that the site is about (default: that of the only pack)
``YANGBAN_SEPARATE_ADMINS``  ``0``: one administrator does it all; otherwise system, security and audit are for three persons (default)
``YANGBAN_IDLE_MINUTES``     minutes without a request after which staff are logged out (default 30; 0: never); members after eight hours
``YANGBAN_PASSWORD_DAYS``    days after which staff choose a new password (default 0: never)
``YANGBAN_DEMO``             ``1``: demonstration accounts and a banner; never for real use
``YANGBAN_DEBUG``            ``1``: Django's debug pages; never for real use
``YANGBAN_OIDC_URL`` …       address, ``_ID``, ``_SECRET`` and ``_NAME`` of an OpenID Connect provider
``YANGBAN_OIDC_PAGES``       other places (``https://…``, with commas) where that provider shows its pages, if not at its address
``YANGBAN_PUBLISHER``        who publishes, as the open data say; ``YANGBAN_LICENCE`` the address of their licence
``YANGBAN_REPORT_DAY``       days into the next month by which the progress of a month is due (default 5)
``YANGBAN_DAILY_HOUR``       the hour from which work of the day is asked for, by the site's clock (default 6)
``YANGBAN_HOOK_HOSTS``       hosts for messages besides the public robots, with commas; ``http://host:port`` for one without https
``YANGBAN_HOOK_PRIVATE``     ``1``: such a host may have a private address (the office's own network)
``YANGBAN_EMAIL_URL``        ``smtp://user:password@host:port``; else mails are written to the log
``YANGBAN_LOG``              how much is written to the log: ``WARNING`` (default), ``INFO``, ``ERROR``
``YANGBAN_LOG_FORMAT``       ``json``: a line of JSON for everything, with one for every request (number, user by number, action, ms)
``OTEL_EXPORTER_OTLP_ENDPOINT`` where traces go (with the extra ``otel``); without it none are made
``YANGBAN_PACKS``            a folder of region packs of one's own
``YANGBAN_FONT``             a font file for the charts of documents, instead of the one that is installed with the program
``YANGBAN_STATIC_STORAGE`` … and ``YANGBAN_TASKS``, ``YANGBAN_TEST_SQLITE``: for tests of the program, never for real use
============================ =================================================================================================
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

import dj_database_url
from csp.constants import NONE, SELF
from django.core.exceptions import ImproperlyConfigured

from yangban.packs import home_region

WEB = Path(__file__).resolve().parent.parent


def _words(name: str) -> list[str]:
    return [each.strip() for each in os.environ.get(name, "").split(",") if each.strip()]


def _key(workspace: Path) -> str:
    given = os.environ.get("YANGBAN_SECRET_KEY", "")
    if given:
        return given
    file = workspace / "site.key"
    if file.is_file():
        return file.read_text(encoding="ascii").strip()
    raise ImproperlyConfigured(
        f"没有站点密钥：请用 yangban serve 启动（它会写 {file.name}），或设置 YANGBAN_SECRET_KEY；"
        "no site key: start with `yangban serve`, which makes one, or set YANGBAN_SECRET_KEY"
    )


WORKSPACE = Path(os.environ.get("YANGBAN_HOME", "yangban-data")).resolve()
SECRET_KEY = _key(WORKSPACE)
DEBUG = os.environ.get("YANGBAN_DEBUG") == "1"
DEMO = os.environ.get("YANGBAN_DEMO") == "1"
REGION = os.environ.get("YANGBAN_REGION") or home_region() or ""
ALLOWED_HOSTS = _words("YANGBAN_HOSTS") or ["localhost", "127.0.0.1", "[::1]"]
CSRF_TRUSTED_ORIGINS = _words("YANGBAN_ORIGINS")
SECURE = bool(CSRF_TRUSTED_ORIGINS) and all(each.startswith("https://") for each in CSRF_TRUSTED_ORIGINS)

TRUSTED_PROXIES = ALLAUTH_TRUSTED_PROXY_COUNT = int(os.environ.get("YANGBAN_PROXIES") or 0)
API_LIMITS = {"address": 600, "key": 1200, "write": 60, "hours": 1200}
API_LIMITS |= {name: int(number) for name, _, number in (word.partition("=") for word in _words("YANGBAN_API_LIMITS"))}
"""Requests a minute: without a key by address, with a key, and by key deliveries of readings and pushes of hours."""
API_QUEUE = int(os.environ.get("YANGBAN_API_QUEUE") or 5000)
"""Deliveries that may wait to be taken in; further ones are told to come again, and nothing of them is kept."""
NOW_LATE = int(os.environ.get("YANGBAN_NOW_LATE") or 90)
"""Minutes after the end of an hour from which the page of the present hour says that the next one is late: each network sets its own."""
API_BODY = 4 * 1024 * 1024
"""Bytes of readings sent as JSON; larger deliveries are files."""

INSTALLED_APPS = [
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django.contrib.sites",
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "allauth.socialaccount",
    "allauth.socialaccount.providers.openid_connect",
    "csp",
    "django_htmx",
    "django_tasks",
    "django_tasks_db",
    "yangban.web.accounts",
    "yangban.web.jobs",
    "yangban.web.public",
    "yangban.web.monitor",
    "yangban.web.points",
    "yangban.web.now",
    "yangban.web.desk",
    "yangban.web.plans",
    "yangban.web.cases",
    "yangban.web.pilots",
    "yangban.web.api",
    "yangban.web.operations",
]
SITE_ID = 1

MIDDLEWARE = [
    "yangban.web.config.logs.Requests",
    "django.middleware.security.SecurityMiddleware",
    # Pages are held with their policy, which is the same for all and dear to write.
    "yangban.web.public.cache.PublicCache",
    "csp.middleware.CSPMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "yangban.web.accounts.middleware.Idle",
    "yangban.web.accounts.middleware.SecondFactor",
]
ROOT_URLCONF = "yangban.web.config.urls"
WSGI_APPLICATION = "yangban.web.config.wsgi.application"

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [WEB / "templates"],
        "APP_DIRS": False,
        "OPTIONS": {
            "loaders": [
                (
                    "django.template.loaders.cached.Loader",
                    ["django.template.loaders.filesystem.Loader", "django.template.loaders.app_directories.Loader"],
                )
            ],
            "builtins": ["yangban.web.public.templatetags.yangban", "yangban.web.public.templatetags.pages"],
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "yangban.web.config.context.site",
            ],
        },
    }
]

# ------------------------------------------------------------------------------------------------------------------------- database


def _database() -> dict[str, Any]:
    url = os.environ.get("DATABASE_URL", "")
    if url:
        return {**dj_database_url.parse(url, conn_max_age=60, conn_health_checks=True)}
    return {
        "ENGINE": "django.db.backends.sqlite3",
        "NAME": WORKSPACE / "site.sqlite3",
        "CONN_MAX_AGE": 60,
        "OPTIONS": {
            # Readers never wait for a writer, and two writers wait for each other instead of failing.
            "transaction_mode": "IMMEDIATE",
            "timeout": 20,
            "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL; PRAGMA cache_size=-20000; PRAGMA mmap_size=134217728;",
        },
        # Background work and requests run in threads of their own: a test database in a file is seen by all of them.
        "TEST": {"NAME": os.environ.get("YANGBAN_TEST_SQLITE") or None},
    }


DATABASES = {"default": _database()}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

# -------------------------------------------------------------------------------------------------------------------------- accounts

AUTH_USER_MODEL = "accounts.User"
AUTHENTICATION_BACKENDS = ["allauth.account.auth_backends.AuthenticationBackend"]
PASSWORD_HASHERS = ["django.contrib.auth.hashers.Argon2PasswordHasher", "django.contrib.auth.hashers.PBKDF2PasswordHasher"]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {"NAME": "yangban.web.accounts.passwords.LongEnough", "OPTIONS": {"min_length": 12}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
    {"NAME": "django.contrib.auth.password_validation.NumericPasswordValidator"},
    {"NAME": "yangban.web.accounts.passwords.NotAgain"},
]
LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = "desk:home"
ACCOUNT_LOGOUT_REDIRECT_URL = "public:home"
ACCOUNT_ADAPTER = "yangban.web.accounts.adapters.AccountAdapter"
SOCIALACCOUNT_ADAPTER = "yangban.web.accounts.adapters.SocialAdapter"
ACCOUNT_LOGIN_METHODS = {"username", "email"}
ACCOUNT_SIGNUP_FIELDS = ["username*", "password1*", "password2*"]
ACCOUNT_EMAIL_VERIFICATION = "none"
ACCOUNT_SESSION_REMEMBER = False
ACCOUNT_PREVENT_ENUMERATION = True
# After ten wrong passwords for a name, or thirty from an address, the right one is refused as well for a while.
ACCOUNT_RATE_LIMITS = {"login": "120/m/ip", "login_failed": "30/5m/ip,10/5m/key"}
MFA_SUPPORTED_TYPES = ["totp", "recovery_codes"]
MFA_TOTP_ISSUER = "Yangban"
SOCIALACCOUNT_ONLY = False
SOCIALACCOUNT_AUTO_SIGNUP = False
SOCIALACCOUNT_PROVIDERS: dict[str, Any] = {}
if os.environ.get("YANGBAN_OIDC_URL"):
    SOCIALACCOUNT_PROVIDERS["openid_connect"] = {
        "APPS": [
            {
                "provider_id": "office",
                "name": os.environ.get("YANGBAN_OIDC_NAME", "统一身份认证"),
                "client_id": os.environ.get("YANGBAN_OIDC_ID", ""),
                "secret": os.environ.get("YANGBAN_OIDC_SECRET", ""),
                "settings": {"server_url": os.environ["YANGBAN_OIDC_URL"], "oauth_pkce_enabled": True},
            }
        ]
    }


def _login_service() -> list[str]:
    """Where the login service shows its pages: the place of its address, and those that are named beside it."""
    parts = urlsplit(os.environ.get("YANGBAN_OIDC_URL", ""))
    return [f"{parts.scheme}://{parts.netloc}", *_words("YANGBAN_OIDC_PAGES")] if parts.netloc else []


SESSION_COOKIE_AGE = 8 * 3600
SESSION_EXPIRE_AT_BROWSER_CLOSE = True
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = "Lax"
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = SECURE
SECURE_HSTS_SECONDS = 31_536_000 if SECURE else 0
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if SECURE else None
SECURE_REFERRER_POLICY = "same-origin"
SECURE_CROSS_ORIGIN_OPENER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [NONE],
        "script-src": [SELF],
        "style-src": [SELF],
        "img-src": [SELF, "data:"],
        "font-src": [SELF],
        "connect-src": [SELF],
        "manifest-src": [SELF],
        # A browser follows a sent form to another place only when it is named: the office's login service, where there is one.
        "form-action": [SELF, *_login_service()],
        "base-uri": [NONE],
        "frame-ancestors": [NONE],
        "object-src": [NONE],
    }
}

SEPARATE_ADMINS = os.environ.get("YANGBAN_SEPARATE_ADMINS") != "0"
"""Whether system, security and audit are kept by three persons, as level 3 of 等级保护 asks."""
IDLE_MINUTES = int(os.environ.get("YANGBAN_IDLE_MINUTES") or 30)
"""Minutes without a request after which staff are logged out."""
PASSWORD_DAYS = int(os.environ.get("YANGBAN_PASSWORD_DAYS") or 0)
"""Days after which staff choose a new password."""

REPORT_DAY = int(os.environ.get("YANGBAN_REPORT_DAY", "5"))
"""Days into the next month by which the progress of a month is due: each office sets its own, no rule says how many."""
DAILY_HOUR = int(os.environ.get("YANGBAN_DAILY_HOUR", "6"))
"""The hour from which work of the day is asked for."""
HOOK_HOSTS = ["oapi.dingtalk.com", "qyapi.weixin.qq.com", "open.feishu.cn", *_words("YANGBAN_HOOK_HOSTS")]
"""Where messages to organisations may go: the public robots, and what the site's operator adds."""
HOOK_PRIVATE = os.environ.get("YANGBAN_HOOK_PRIVATE") == "1"
"""Whether a listed host may have a private address; without it no message reaches the network behind the site."""

# ------------------------------------------------------------------------------------------------------------------ words and times

LANGUAGE_CODE = "zh-hans"
LANGUAGES = [("zh-hans", "中文"), ("en", "English")]
USE_I18N = True
USE_TZ = True
TIME_ZONE = "Asia/Shanghai"

# ----------------------------------------------------------------------------------------------------------------------------- files

STATIC_URL = "static/"
STATIC_ROOT = WORKSPACE / "site-static"
STATICFILES_DIRS = [WEB / "static"]
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": os.environ.get("YANGBAN_STATIC_STORAGE", "yangban.web.config.static.Files")},
}
MEDIA_ROOT = WORKSPACE / "site-files"
FILE_UPLOAD_MAX_MEMORY_SIZE = 2 * 1024 * 1024
FILE_UPLOAD_PERMISSIONS = 0o600
DATA_UPLOAD_MAX_MEMORY_SIZE = 4 * 1024 * 1024
DATA_UPLOAD_MAX_NUMBER_FIELDS = 2000
PUBLISHER = os.environ.get("YANGBAN_PUBLISHER", "")
DATA_LICENCE = os.environ.get("YANGBAN_LICENCE", "")
"""Who publishes, and the address of the licence of open data; only the publisher knows them, so nothing is said when they are not set."""
PUBLISH_FILES = True
"""Whether publishing asks the worker for bulletins and data files; tests that need none say no."""
FILE_UPLOAD_HANDLERS = [
    "yangban.web.monitor.uploads.Limit",
    "django.core.files.uploadhandler.MemoryFileUploadHandler",
    "django.core.files.uploadhandler.TemporaryFileUploadHandler",
]
UPLOAD_LIMIT = 512 * 1024 * 1024
"""Bytes of one uploaded file of readings."""

# ---------------------------------------------------------------------------------------------------------------------- background

TASKS = {"default": {"BACKEND": os.environ.get("YANGBAN_TASKS", "django_tasks_db.DatabaseBackend"), "QUEUES": []}}
# Counters of rate limits are shared by all workers; finished pages are held by each worker for itself.
CACHES = {
    "default": {"BACKEND": "django.core.cache.backends.db.DatabaseCache", "LOCATION": "site_cache", "OPTIONS": {"MAX_ENTRIES": 20_000}},
    "pages": {"BACKEND": "django.core.cache.backends.locmem.LocMemCache", "LOCATION": "pages", "OPTIONS": {"MAX_ENTRIES": 400}},
    # Every arrival and every minute makes the page of the hour anew, and nobody asks for the old one again.
    "now": {"BACKEND": "django.core.cache.backends.locmem.LocMemCache", "LOCATION": "now", "OPTIONS": {"MAX_ENTRIES": 8}},
    # Programs ask many different questions: their answers do not push out the pages that people read.
    "answers": {"BACKEND": "django.core.cache.backends.locmem.LocMemCache", "LOCATION": "answers", "OPTIONS": {"MAX_ENTRIES": 400}},
}


def _email() -> dict[str, Any]:
    url = urlsplit(os.environ.get("YANGBAN_EMAIL_URL", ""))
    if not url.hostname:
        return {"EMAIL_BACKEND": "django.core.mail.backends.console.EmailBackend"}
    return {
        "EMAIL_HOST": url.hostname,
        "EMAIL_PORT": url.port or 25,
        "EMAIL_HOST_USER": unquote(url.username or ""),
        "EMAIL_HOST_PASSWORD": unquote(url.password or ""),
        "EMAIL_USE_TLS": url.scheme == "smtps",
    }


globals().update(_email())
LOG_JSON = os.environ.get("YANGBAN_LOG_FORMAT") == "json"
LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {
        "line": {"format": "%(asctime)s %(levelname)s %(name)s %(message)s"},
        "json": {"()": "yangban.web.config.logs.Lines"},
    },
    "handlers": {"screen": {"class": "logging.StreamHandler", "formatter": "json" if LOG_JSON else "line"}},
    # As lines of JSON the log holds every request; as lines for people it holds what went wrong.
    "loggers": {"yangban.request": {"level": "INFO" if LOG_JSON else "WARNING"}},
    "root": {"handlers": ["screen"], "level": os.environ.get("YANGBAN_LOG", "WARNING")},
}
