"""``yangban manage dbcheck``: whether the database does what the site and the ledger need."""

from __future__ import annotations

import json
from typing import Any

from django.core.management.base import BaseCommand

from yangban.web.operations.dbcheck import FAILED, WARNING, WORDS, examine


class Command(BaseCommand):
    """Try it on the database itself: nothing of the site's rows is changed. It ends with 1 when something fails."""

    help = "核对数据库是否满足本站和积分账本的要求  Prove that the database does what the site and the ledger need"
    requires_system_checks = ()

    def add_arguments(self, parser: Any) -> None:
        """How to print it."""
        parser.add_argument("--json", action="store_true", help="输出 JSON  Print JSON")

    def handle(self, *_args: Any, **options: Any) -> None:
        """Print each item, with what to do where it does not pass."""
        found = examine()
        failed = [each for each in found if each.state == FAILED]
        warned = [each for each in found if each.state == WARNING]
        if options["json"]:
            self.stdout.write(json.dumps([each.to_dict() for each in found], ensure_ascii=False, indent=1))
        else:
            for each in found:
                self.stdout.write(f"{WORDS[each.state]}{'  ' * (3 - len(WORDS[each.state]))}  {each.title}：{each.found}")
                if each.advice:
                    self.stdout.write(f"        → {each.advice}")
            self.stdout.write(f"共 {len(found)} 项：{len(failed)} 项不通过，{len(warned)} 项警告")
            self.stdout.write(f"{len(found)} items: {len(failed)} failed, {len(warned)} warnings")
        if failed:
            raise SystemExit(1)
