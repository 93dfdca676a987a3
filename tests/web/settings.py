"""Settings of the tests: a workspace of their own, quick passwords, work done at once, files served as they lie."""

from __future__ import annotations

import os

from web.prepared import ROOT

os.environ["YANGBAN_HOME"] = str(ROOT / os.environ.get("PYTEST_XDIST_WORKER", "alone") / "site")
os.environ["YANGBAN_SECRET_KEY"] = "a key of the tests alone, which opens nothing"
os.environ["YANGBAN_TASKS"] = "django_tasks.backends.immediate.ImmediateBackend"
os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "true"  # Playwright's loop runs in the thread of the tests.
os.environ["YANGBAN_STATIC_STORAGE"] = "django.contrib.staticfiles.storage.StaticFilesStorage"
for _name in (
    "YANGBAN_DEMO",
    "YANGBAN_DEBUG",
    "YANGBAN_HOSTS",
    "YANGBAN_ORIGINS",
    "YANGBAN_REGION",
    "YANGBAN_OIDC_URL",
    "YANGBAN_EMAIL_URL",
):
    os.environ.pop(_name, None)

from yangban.web.config.settings import *  # noqa: E402, F403
from yangban.web.config.settings import WORKSPACE  # noqa: E402

WORKSPACE.mkdir(parents=True, exist_ok=True)
ALLOWED_HOSTS = ["localhost", "127.0.0.1", "testserver"]
PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"
WHITENOISE_AUTOREFRESH = True
PUBLISH_FILES = False
