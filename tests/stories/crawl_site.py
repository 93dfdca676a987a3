"""Reads every public page that can be reached from the first one, and prints it as JSON: run in a process of its own by a test."""

from __future__ import annotations

import json
import os
import re
import sys
from pathlib import Path
from urllib.parse import urljoin, urlsplit

LINK = re.compile(r'href="([^"#]+)"')
LEFT_OUT = ("/accounts/", "/en/accounts/", "/desk/", "/en/desk/", "/static/", "/files/", "/en/files/", "/letters/", "/en/letters/")
CHANGING = re.compile(r'name="csrfmiddlewaretoken" value="[^"]*"|X-CSRFToken[^}]*')


def main(workspace: str, most: int) -> None:
    """Set the site up over a workspace and walk it, shortest addresses first, up to a number of pages."""
    os.environ["YANGBAN_HOME"] = workspace
    os.environ["YANGBAN_SECRET_KEY"] = "a key of the tests alone, which opens nothing"
    os.environ["YANGBAN_STATIC_STORAGE"] = "django.contrib.staticfiles.storage.StaticFilesStorage"
    os.environ["DJANGO_SETTINGS_MODULE"] = "yangban.web.config.settings"
    import django

    django.setup()
    from django.conf import settings
    from django.core.management import call_command
    from django.db import connection
    from django.test import Client

    from yangban.web.public.publishing import sync
    from yangban.web.workspace import site_workspace

    settings.PUBLISH_FILES = False
    call_command("migrate", verbosity=0)
    call_command("createcachetable", verbosity=0)
    sync(site_workspace())
    client = Client(headers={"host": "localhost"})
    waiting, pages = ["/", "/en/"], {}
    while waiting and len(pages) < most:
        path = min(waiting, key=lambda each: (each.count("/"), each))
        waiting.remove(path)
        answer = client.get(path)
        body = answer.content.decode() if "text" in answer["Content-Type"] else ""
        pages[path] = [answer.status_code, CHANGING.sub("", body)]
        if "html" not in answer["Content-Type"]:
            continue
        for link in LINK.findall(body):
            address = urlsplit(urljoin(path, link.replace("&amp;", "&")))
            there = address.path + (f"?{address.query}" if address.query else "")
            if address.netloc or address.scheme or there.startswith(LEFT_OUT) or there in pages or there in waiting:
                continue
            waiting.append(there)
    print(json.dumps({"vendor": connection.vendor, "pages": pages}, ensure_ascii=False))


if __name__ == "__main__":
    main(str(Path(sys.argv[1]).resolve()), int(sys.argv[2]))
