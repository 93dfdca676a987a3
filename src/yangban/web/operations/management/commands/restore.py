"""``yangban manage restore FILE``: a backup back into an empty workspace and an empty database."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError

from yangban.base.errors import YangbanError
from yangban.web.operations import backup
from yangban.web.workspace import site_workspace


class Command(BaseCommand):
    """Restore, hold the rows of every table against the backup, then bring the tables up to this version."""

    help = "恢复备份到空的工作区和数据库  Restore a backup into an empty workspace and database"
    requires_system_checks = ()

    def add_arguments(self, parser: Any) -> None:
        """The backup to read."""
        parser.add_argument("file", type=Path, help="备份文件  The backup")

    def handle(self, *_args: Any, **options: Any) -> None:
        """Print what has come back."""
        try:
            kept = backup.restore(options["file"], workspace=site_workspace(), say=self.stderr.write)
        except YangbanError as problem:
            raise CommandError(str(problem)) from None
        call_command("migrate", verbosity=0)
        self.stdout.write(
            f"已恢复 {kept.created} 的备份：{len(kept.files)} 个文件，{len(kept.tables)} 张表 {kept.rows} 行，逐表核对无误  "
            f"Restored: {len(kept.files)} files, {len(kept.tables)} tables, {kept.rows} rows, each table as it was"
        )
