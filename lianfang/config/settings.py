"""Settings. Everything that differs between installations comes from the environment, set by the `lianfang`
command (config/processes.py); see docs/operating."""

from __future__ import annotations

import os
from pathlib import Path
from urllib.parse import unquote, urlsplit

from lianfang.core import keys

PACKAGE = Path(__file__).resolve().parent.parent

HOME = Path(os.environ.setdefault("LIANFANG_HOME", str(Path.home() / ".local" / "share" / "lianfang")))
DEBUG = os.environ.get("LIANFANG_DEBUG") == "1"
DEMO = os.environ.get("LIANFANG_DEMO") == "1"
if "LIANFANG_OWNER_URL" in os.environ or "LIANFANG_APP_URL" not in os.environ:
    # Only while an installation is made or tools look at the code. A server whose keys have gone must not make
    # new ones: they would not read the old data.
    keys.create_standing()
SECRET_KEY = keys.get("secret").hex()
ALLOWED_HOSTS = os.environ.get("LIANFANG_HOSTS", "*").split(",")
CSRF_TRUSTED_ORIGINS = [o for o in os.environ.get("LIANFANG_ORIGINS", "").split(",") if o]

# Web servers of ours in front of this one: what they say of the caller is believed (core/caller.py).
PROXIES = [address for address in os.environ.get("LIANFANG_PROXIES", "").split(",") if address]
if PROXIES:
    SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")

INSTALLED_APPS = [
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django_htmx",
    "procrastinate.contrib.django",
    "lianfang.core",
    "lianfang.areas",
    "lianfang.accounts",
    "lianfang.register",
    "lianfang.questions",
    "lianfang.workforce",
    "lianfang.campaigns",
    "lianfang.verification",
    "lianfang.intake",
    "lianfang.reports",
    "lianfang.sync",
    "lianfang.demo",
]

MIDDLEWARE = [
    "lianfang.sync.admission.AdmissionMiddleware",
    "django.middleware.security.SecurityMiddleware",
    "lianfang.core.headers.ContentPolicyMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "django.middleware.gzip.GZipMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "lianfang.core.language.LanguageMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "lianfang.accounts.middleware.AccessMiddleware",
]
if os.environ.get("LIANFANG_ONLY_PHONES") == "1":  # this process faces the open internet, or a demo's network
    MIDDLEWARE.insert(0, "lianfang.core.gate.OnlyPhonesMiddleware")

ROOT_URLCONF = "lianfang.config.urls"
WSGI_APPLICATION = "lianfang.config.wsgi.application"
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.template.context_processors.i18n",
                "django.contrib.messages.context_processors.messages",
                "lianfang.config.desk.frame",
            ],
            "builtins": [
                "lianfang.core.templatetags.desk",
                "django.templatetags.i18n",
                "django.templatetags.static",
            ],
        },
    }
]


def database(url: str, **options: object) -> dict[str, object]:
    """Django's settings of a postgresql:// URL; `?host=/folder` names a socket folder."""
    parts = urlsplit(url)
    query = dict(pair.split("=", 1) for pair in parts.query.split("&") if "=" in pair)
    return {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": unquote(parts.path.lstrip("/")) or "lianfang",
        "USER": unquote(parts.username or ""),
        "PASSWORD": unquote(parts.password or ""),
        "HOST": unquote(query.get("host", "") or parts.hostname or ""),
        "PORT": query.get("port", "") or str(parts.port or ""),
        "CONN_HEALTH_CHECKS": True,
        # Our middleware opens the transaction: Django's ATOMIC_REQUESTS would render after it (design section 8).
        "ATOMIC_REQUESTS": False,
        "OPTIONS": {**{k: v for k, v in query.items() if k not in ("host", "port")}, **options},
    }


# The app role only. The owner is configured in the processes that migrate, never in those that serve.
DATABASES = {
    "default": database(
        os.environ.get("LIANFANG_APP_URL", "postgresql://lianfang_app@localhost/lianfang"),
        application_name="lianfang",
    )
}
DATABASES["default"]["CONN_MAX_AGE"] = 600
if "LIANFANG_OWNER_URL" in os.environ:
    DATABASES["owner"] = database(os.environ["LIANFANG_OWNER_URL"], application_name="lianfang-owner")

# What a new database needs besides its tables; each takes the owner's connection and may be repeated.
AFTER_MIGRATE = ["lianfang.core.scope.install_key", "lianfang.questions.operations.load_contract"]

# Who has something to say before areas merge (areas/changes/notices.py).
BEFORE_AREA_CHANGE = ["lianfang.accounts.devices.queries.phones_before_change"]

AUTH_USER_MODEL = "accounts.User"
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
LOGIN_URL = "login"
CSRF_FAILURE_VIEW = "lianfang.core.views.csrf_failed"
SESSION_COOKIE_AGE = 12 * 3600  # a shift
SESSION_COOKIE_SAMESITE = "Lax"
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = os.environ.get("LIANFANG_HTTPS") == "1"
SECURE_CONTENT_TYPE_NOSNIFF = True
SECURE_REFERRER_POLICY = "same-origin"
X_FRAME_OPTIONS = "SAMEORIGIN"

LANGUAGE_CODE = "zh-hans"
LANGUAGES = [("zh-hans", "简体中文"), ("en", "English")]
LOCALE_PATHS = [PACKAGE / "locale"]
USE_I18N = True
USE_TZ = True
TIME_ZONE = "Asia/Shanghai"

STATIC_URL = "/static/"
WHITENOISE_USE_FINDERS = True
WHITENOISE_AUTOREFRESH = DEBUG
DATA_UPLOAD_MAX_MEMORY_SIZE = 20 * 1024 * 1024
DATA_UPLOAD_MAX_NUMBER_FIELDS = 20_000

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "handlers": {"console": {"class": "logging.StreamHandler"}},
    "root": {"handlers": ["console"], "level": "WARNING"},
    "loggers": {"lianfang": {"level": "INFO"}},
}
PROCRASTINATE_AUTODISCOVER_MODULE_NAME = "jobs"
# The clock ticks every minute: what went well leaves no row behind, what failed stays to be seen.
PROCRASTINATE_WORKER_DEFAULTS = {"delete_jobs": "successful"}
# Where phones reach the server, when that is another address than the desk's (docs/operating/networks.md).
PHONE_ORIGIN = os.environ.get("LIANFANG_PHONE_ORIGIN", "").rstrip("/")
# The command post's own number, said in what is pasted into chat groups.
# Of the four requests that a process works on together: the rest are for desks, and for telling phones to wait.
PHONES_AT_ONCE = int(os.environ.get("LIANFANG_PHONES_AT_ONCE", "3"))
DUTY_PHONE = os.environ.get("LIANFANG_DUTY_PHONE", "")
# From which odds on two rows are shown as probably one person, and called one (powers of two; register/likeness).
SAME_PERSON = tuple(float(part) for part in os.environ.get("LIANFANG_SAME_PERSON", "2.5,10").split(","))
SILENCED_SYSTEM_CHECKS = ["models.W035"]
