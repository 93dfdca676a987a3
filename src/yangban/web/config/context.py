"""What every template knows: the region that the site is about, the language, and whether it is a demonstration."""

from __future__ import annotations

from functools import cache
from typing import Any

from django.conf import settings
from django.http import HttpRequest

from yangban.base import regions
from yangban.packs import load_pack


@cache
def region() -> dict[str, str]:
    """Code and names of the region that the site is about."""
    code = settings.REGION
    if not code:
        return {"code": "", "name": "", "short": "", "name_en": ""}
    try:
        held = load_pack(code).region
    except Exception:
        name = regions.subject_name(code)
        return {"code": code, "name": name, "short": name, "name_en": name}
    return {"code": code, "name": held.name, "short": held.short, "name_en": held.name_en}


def site(request: HttpRequest) -> dict[str, Any]:
    """The context of every page."""
    path = request.get_full_path()
    english = request.path.startswith("/en/")
    return {
        "site_region": region(),
        "demo": settings.DEMO,
        "english": english,
        "other_language_url": path[3:] if english else f"/en{path}",
    }
