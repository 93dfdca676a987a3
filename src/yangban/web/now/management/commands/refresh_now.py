"""``yangban manage refresh_now``: the board of the present hour anew from the lake, after readings came in by the command line."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand

from yangban.web.now import board
from yangban.web.workspace import site_workspace


class Command(BaseCommand):
    """It may be run at any time."""

    help = "按读数库更新实时页  Bring the page of the present hour up to date with the lake"

    def handle(self, *_args: Any, **_options: Any) -> None:
        """Do it, and print how many hours changed."""
        self.stdout.write(f"更新 {board.refresh(site_workspace())} 个小时")
