"""Django's settings. No middleware and no authentication: it has none of the service's features to pay for."""

import os
from urllib.parse import parse_qs, urlsplit

_ADDRESS = os.environ["BENCH_DATABASE"]
if _ADDRESS.startswith("sqlite"):
    DATABASES = {
        "default": {
            "ENGINE": "django.db.backends.sqlite3",
            "NAME": _ADDRESS.removeprefix("sqlite:///"),
            "CONN_MAX_AGE": None,
            # What Django's notes on SQLite recommend against "database is locked".
            "OPTIONS": {"transaction_mode": "IMMEDIATE", "timeout": 5},
        }
    }
else:
    _URL = urlsplit(_ADDRESS)
    DATABASES = {
        "default": {
            "ENGINE": "django.db.backends.postgresql",
            "NAME": _URL.path.lstrip("/"),
            "USER": _URL.username,
            "PASSWORD": _URL.password or "",
            "HOST": _URL.hostname or parse_qs(_URL.query)["host"][0],
            "PORT": _URL.port or "",
            "CONN_MAX_AGE": None,
        }
    }
SECRET_KEY = "only for the benchmark"
DEBUG = False
ALLOWED_HOSTS = ["127.0.0.1"]
INSTALLED_APPS = ["benchmarks.peers.ninja"]
MIDDLEWARE: list[str] = []
ROOT_URLCONF = "benchmarks.peers.ninja.urls"
WSGI_APPLICATION = "benchmarks.peers.ninja.wsgi.application"
USE_TZ = True
TIME_ZONE = "UTC"
