"""``yangban manage watch FOLDER``: as ``yangban watch``, and the page of the present hour follows at once."""

from __future__ import annotations

import signal
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from yangban.readings.watch import Watched
from yangban.web.now import board
from yangban.web.workspace import site_workspace


class Command(BaseCommand):
    """It may be killed and started again at any time."""

    help = "看守文件夹，新文件自动读入并更新实时页  Take in files as they appear in a folder, and show their hours"

    def add_arguments(self, parser: CommandParser) -> None:
        """The folder and how it is looked at."""
        parser.add_argument("folder", type=Path)
        parser.add_argument("--once", action="store_true")
        parser.add_argument("--settle", type=float, default=2.0)
        parser.add_argument("--interval", type=float, default=0.5)
        parser.add_argument("--level", choices=("city", "station"))
        parser.add_argument("--label", choices=("end", "start"))
        parser.add_argument("--network", choices=("state", "province", "all"), default="state")

    def handle(self, *_args: Any, **options: Any) -> None:
        """Watch until told to stop."""
        workspace, stopping = site_workspace(create=True), False

        def stop(*_: Any) -> None:
            nonlocal stopping
            stopping = True

        signal.signal(signal.SIGTERM, stop)
        signal.signal(signal.SIGINT, stop)
        said = {name: options[name] for name in ("level", "label", "network")}
        watched = Watched(
            workspace, options["folder"].absolute(), settle=options["settle"], options=said, after=lambda: board.refresh(workspace)
        )
        for taken in watched.run(interval=options["interval"], once=options["once"], stop=lambda: stopping):
            counts = taken.receipt
            self.stdout.write(f"{taken.state} {taken.name} +{counts['accepted']} ={counts['duplicate']} -{counts['rejected']}")
