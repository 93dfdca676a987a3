"""The application that a WSGI server runs."""

from __future__ import annotations

import os

from django.core.wsgi import get_wsgi_application

from yangban.web.config.traces import begin

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "yangban.web.config.settings")
begin()
application = get_wsgi_application()
