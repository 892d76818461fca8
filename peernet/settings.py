"""Settings. The environment wins over PEERNET_HOME/.env."""

import contextlib
import hashlib
import os
import secrets
from pathlib import Path
from wsgiref.headers import Headers

import environ
from django.core.exceptions import ImproperlyConfigured

from peernet.files import write_private
from peernet.time_zone import local_zone

BASE_DIR = Path(__file__).resolve().parent.parent
SAMPLE_SECRET = "change-me-this-is-only-a-sample"  # noqa: S105

env = environ.Env()
PEERNET_ROLE = env.str("PEERNET_ROLE", "node")
PEERNET_HOME = Path(env.str("PEERNET_HOME", str(Path("home") / PEERNET_ROLE))).resolve()
if (PEERNET_HOME / ".env").is_file():
    env.read_env(PEERNET_HOME / ".env", overwrite=False)


def _secret() -> str:
    """Make the secret once. An unwritable home is for the checks to report."""
    path = PEERNET_HOME / "secret_key"
    with contextlib.suppress(OSError):
        if not path.exists():
            with contextlib.suppress(FileExistsError):
                write_private(path, secrets.token_urlsafe(48).encode(), replace=False)
        return path.read_text()
    return secrets.token_urlsafe(48)


def _port(name: str, default: int) -> int:
    text = env.str(name, str(default))
    if not (text.isascii() and text.isdecimal() and 0 < int(text[:6]) < 65536):
        raise ImproperlyConfigured(f"{name} is {text!r}. Set it to a number from 1 to 65535.")
    return int(text)


SECRET_KEY = env.str("PEERNET_SECRET_KEY", "") or _secret()
DEBUG = False
ALLOWED_HOSTS = env.list("PEERNET_ALLOWED_HOSTS", default=["localhost", "127.0.0.1", "[::1]"])
PEERNET_KEY = env.str("PEERNET_KEY", "file")
PEERNET_ADMIN_PORT = _port("PEERNET_ADMIN_PORT", 8100)
# Where an invitation is opened, as people reach it.
PEERNET_ADDRESS = env.str("PEERNET_ADDRESS", "") or f"http://127.0.0.1:{PEERNET_ADMIN_PORT}"
PEERNET_NODES_PORT = _port("PEERNET_NODES_PORT", 8101)
PEERNET_NODES_INTERFACE = env.str("PEERNET_NODES_INTERFACE", "127.0.0.1")
# Where nodes reach this login server, as invitations say it (host:port).
PEERNET_NODES_ADDRESS = env.str("PEERNET_NODES_ADDRESS", "") or f"127.0.0.1:{PEERNET_NODES_PORT}"
REDIS_URL = env.str("REDIS_URL", "")

# A node: where its member's browser and other nodes reach it, and which login server it asks.
PEERNET_USER_PORT = _port("PEERNET_USER_PORT", 8200)
PEERNET_USER_INTERFACE = env.str("PEERNET_USER_INTERFACE", "127.0.0.1")
PEERNET_PEERS_PORT = _port("PEERNET_PEERS_PORT", 8201)
PEERNET_PEERS_INTERFACE = env.str("PEERNET_PEERS_INTERFACE", "0.0.0.0")  # noqa: S104
# As other nodes dial it (host:port). Left out: this machine's own addresses.
PEERNET_PEERS_ADDRESSES = env.list("PEERNET_PEERS_ADDRESSES", default=[])
# Whether other nodes can dial this one: yes, no, or auto, which finds out by itself.
PEERNET_PEERS_DIALLABLE = env.str("PEERNET_PEERS_DIALLABLE", "auto")
# host:port and the key (hex) that an invitation names; what an opened invitation said comes first.
PEERNET_LOGIN_SERVER = env.str("PEERNET_LOGIN_SERVER", "")
PEERNET_LOGIN_SERVER_KEY = env.str("PEERNET_LOGIN_SERVER_KEY", "")
# What one peer may use of this node: bytes an hour, and of the disk; and how much of the disk stays free of them all.
PEERNET_PEER_MIB_PER_HOUR = env.int("PEERNET_PEER_MIB_PER_HOUR", 8 * 1024)
PEERNET_MESSAGES_QUOTA_MIB = env.int("PEERNET_MESSAGES_QUOTA_MIB", 10 * 1024)
PEERNET_FREE_MIB = env.int("PEERNET_FREE_MIB", 256)
# Whether the password alone opens a node that has been opened before, while the login server cannot be reached.
# After so many seconds without input at any page, its member is shown as idle.
PEERNET_IDLE_AFTER = env.float("PEERNET_IDLE_AFTER", 300.0)
PEERNET_OFFLINE_SIGN_IN = env.bool("PEERNET_OFFLINE_SIGN_IN", True)

# The classic network, which proves nobody's identity (docs/classic.md). A door of its own, in plain HTTP.
PEERNET_CLASSIC = env.bool("PEERNET_CLASSIC", False)
PEERNET_CLASSIC_YEAR = env.int("PEERNET_CLASSIC_YEAR", 2018)
PEERNET_CLASSIC_PORT = env.int("PEERNET_CLASSIC_PORT", 10001 if PEERNET_ROLE == "node" else 8102)
PEERNET_CLASSIC_INTERFACE = env.str(
    "PEERNET_CLASSIC_INTERFACE", PEERNET_PEERS_INTERFACE if PEERNET_ROLE == "node" else PEERNET_NODES_INTERFACE
)
# A node: the classic login server that it signs in to, and as whom. With an app password, also our own login server's.
PEERNET_CLASSIC_SERVER = env.str("PEERNET_CLASSIC_SERVER", "")
PEERNET_CLASSIC_SERVER_YEAR = env.int("PEERNET_CLASSIC_SERVER_YEAR", PEERNET_CLASSIC_YEAR)
PEERNET_CLASSIC_USER = env.str("PEERNET_CLASSIC_USER", "")
PEERNET_CLASSIC_PASSWORD = env.str("PEERNET_CLASSIC_PASSWORD", "")
# Whether what is said to that server is encrypted as its enc=1 has it. The key is published: it hides little.
PEERNET_CLASSIC_SERVER_ENC = env.bool("PEERNET_CLASSIC_SERVER_ENC", False)
PEERNET_CLASSIC_LOCATION = env.str("PEERNET_CLASSIC_LOCATION", "2")
# As other classic nodes dial this one. Left out: this machine's own address.
PEERNET_CLASSIC_ADDRESS = env.str("PEERNET_CLASSIC_ADDRESS", "")
# The weakest encryption that is used for sending: 3 and above keep listeners out.
PEERNET_CLASSIC_MIN_ENCRYPTION = env.int("PEERNET_CLASSIC_MIN_ENCRYPTION", 0)
# Whether answers carry words behind the number, which one well-known program needs and four cannot read.
PEERNET_CLASSIC_SUCCESS_TEXT = env.bool("PEERNET_CLASSIC_SUCCESS_TEXT", False)

# Files: the largest one, what one person's may take here together, and how much of the disk always stays free.
GIB = 1024**3
PEERNET_FILE_LIMIT = env.int("PEERNET_FILE_LIMIT", 20 * GIB)
PEERNET_PEER_QUOTA = env.int("PEERNET_PEER_QUOTA", 200 * GIB)
PEERNET_DISK_FLOOR = env.int("PEERNET_DISK_FLOOR", 10)
# After so many days an upload that was never sent is forgotten.
PEERNET_TRAY_DAYS = env.float("PEERNET_TRAY_DAYS", 7.0)

_OWN = [name for name in ("accounts", "peers", "profiles", "messaging") if (BASE_DIR / name / "apps.py").exists()]
INSTALLED_APPS = [
    # First: `runserver` is then its, with sockets.
    "daphne",
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django_otp",
    "django_otp.plugins.otp_totp",
    "django_otp.plugins.otp_static",
    "csp",
    "channels",
    "peernet",
    *_OWN,
]
AUTH_USER_MODEL = "accounts.Person"
MIDDLEWARE = [
    "peernet.server.doors.DoorMiddleware",
    "django.middleware.security.SecurityMiddleware",
    "peernet.server.permissions.permissions",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "csp.middleware.CSPMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django_otp.middleware.OTPMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
]
ROOT_URLCONF = "peernet.urls_login_server" if PEERNET_ROLE == "login-server" else "peernet.urls_node"
ASGI_APPLICATION = "peernet.asgi.application"
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
                "peers.member.appearance.appearance",
            ]
        },
    }
]

if env.str("DATABASE_URL", ""):
    DATABASES = {"default": env.db("DATABASE_URL")}
else:
    DATABASES = {
        "default": {
            "ENGINE": "peernet.sqlcipher",
            "NAME": str(PEERNET_HOME / "peernet.sqlite3"),
            "OPTIONS": {"transaction_mode": "IMMEDIATE", "timeout": 20},
            "TEST": {"NAME": str(PEERNET_HOME / "test.sqlite3")},
        }
    }
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

if REDIS_URL:
    # Processes that share a secret are one node or one server; two of them on one Redis must not hear each other.
    _NAME = "peernet-" + hashlib.sha256(b"redis" + SECRET_KEY.encode()).hexdigest()[:16]
    CHANNEL_LAYERS = {
        "default": {
            "BACKEND": "channels_redis.pubsub.RedisPubSubChannelLayer",
            "CONFIG": {"hosts": [REDIS_URL], "prefix": _NAME},
        }
    }
    CACHES = {
        "default": {
            "BACKEND": "django.core.cache.backends.redis.RedisCache",
            "LOCATION": REDIS_URL,
            "KEY_PREFIX": _NAME,
        }
    }
else:
    CHANNEL_LAYERS = {"default": {"BACKEND": "channels.layers.InMemoryChannelLayer", "CONFIG": {"capacity": 1000}}}
    CACHES = {
        "default": {
            "BACKEND": "django.core.cache.backends.locmem.LocMemCache",
            # Who reported lately is kept here: forgetting some would show them offline.
            "OPTIONS": {"MAX_ENTRIES": 200_000},
        }
    }

PASSWORD_HASHERS = [
    "django.contrib.auth.hashers.Argon2PasswordHasher",
    "django.contrib.auth.hashers.PBKDF2PasswordHasher",
]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 12}},
    {
        "NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator",
        "OPTIONS": {"user_attributes": ["user_name", "display_name"]},
    },
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
]

# Browsers share cookies between ports of one host: two homes need two names.
_COOKIE = f"peernet_{PEERNET_ROLE}_{hashlib.sha256(os.fsencode(PEERNET_HOME)).hexdigest()[:8]}"
SESSION_COOKIE_NAME = _COOKIE
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = "Lax"
CSRF_COOKIE_NAME = f"{_COOKIE}_csrf"
CSRF_COOKIE_HTTPONLY = True
CSRF_COOKIE_SAMESITE = "Strict"
SECURE_REFERRER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"

_SELF = ["'self'"]
_NONE = ["'none'"]
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": _NONE,
        **dict.fromkeys(("script-src", "style-src", "img-src", "connect-src", "font-src", "media-src"), _SELF),
        "form-action": _SELF,
        **dict.fromkeys(("base-uri", "object-src", "frame-ancestors"), _NONE),
    }
}


def _bound(headers: Headers, path: str, url: str) -> None:
    """Give our own scripts a policy: one that runs as a worker obeys its own, not that of the page."""
    headers["Content-Security-Policy"] = "default-src 'none'; script-src 'self'; connect-src 'self'"


WHITENOISE_ADD_HEADERS_FUNCTION = _bound

# Nothing of a request may reach the disk in the clear.
FILE_UPLOAD_HANDLERS = ["django.core.files.uploadhandler.MemoryFileUploadHandler"]
FILE_UPLOAD_MAX_MEMORY_SIZE = DATA_UPLOAD_MAX_MEMORY_SIZE = 2 * 1024 * 1024
DATA_UPLOAD_MAX_NUMBER_FIELDS = 500
DATA_UPLOAD_MAX_NUMBER_FILES = 20

LANGUAGE_CODE = "en"
FORMAT_MODULE_PATH = ["peernet.formats"]
USE_TZ = True
# A node is its member's own computer, and tells times and days as it does.
TIME_ZONE = env.str("PEERNET_TIME_ZONE", "") or local_zone()
STATIC_URL = "/static/"
STATICFILES_DIRS = [BASE_DIR / "static"]
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "peernet.static_addresses.Remembered"},
}
# Served from the packages and our own folders: there is nothing to collect.
WHITENOISE_USE_FINDERS = True
LOGIN_URL = "/sign-in"

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"plain": {"format": "{asctime} {levelname} {name} {message}", "style": "{"}},
    "handlers": {"console": {"class": "logging.StreamHandler", "formatter": "plain"}},
    "root": {"handlers": ["console"], "level": "INFO"},
    "loggers": {"django": {"handlers": [], "level": "INFO"}, "daphne": {"level": "WARNING"}},
}
