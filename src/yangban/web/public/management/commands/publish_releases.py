"""``yangban manage publish_releases``: bring the releases of the workspace onto the site."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand

from yangban.web.public.publishing import sync
from yangban.web.workspace import site_workspace


class Command(BaseCommand):
    """Publish what is frozen and not on the site yet."""

    help = "把工作区的发布写入网站  Bring the releases of the workspace onto the site"

    def handle(self, *_args: Any, **_options: Any) -> None:
        """Print the numbers of what came new."""
        made = sync(site_workspace())
        self.stdout.write(f"新到网站的发布：{'、'.join(f'{n:04d}' for n in made) or '无'}；new on the site: {len(made)}")
