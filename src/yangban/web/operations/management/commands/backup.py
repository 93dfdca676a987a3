"""``yangban manage backup FILE``: everything the site holds, in one file."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from yangban.base.errors import YangbanError
from yangban.web.operations import backup
from yangban.web.workspace import site_workspace


class Command(BaseCommand):
    """Write workspace and database, as they stand at one moment, to a new file; the site goes on meanwhile."""

    help = "备份：工作区和数据库写入一个文件  Back up workspace and database into one file"

    def add_arguments(self, parser: Any) -> None:
        """The file to write, or with ``--check`` to read."""
        parser.add_argument("file", type=Path, help="备份文件  The file to write")
        parser.add_argument("--check", action="store_true", help="只核对已有的备份  Only check a backup that is there")

    def handle(self, *_args: Any, **options: Any) -> None:
        """Print what the file holds."""
        try:
            if options["check"]:
                kept = backup.check(options["file"])
            else:
                kept = backup.create(options["file"], workspace=site_workspace(), say=self.stderr.write)
        except YangbanError as problem:
            raise CommandError(str(problem)) from None
        self.stdout.write(
            f"{'核对无误' if options['check'] else '已备份'}：{len(kept.files)} 个文件 {kept.bytes / 2**20:.1f} MB，"
            f"{len(kept.tables)} 张表 {kept.rows} 行，{kept.created}（{kept.engine}）  "
            f"{'Checked' if options['check'] else 'Backed up'}: {len(kept.files)} files, {len(kept.tables)} tables, {kept.rows} rows"
        )
        if not options["check"]:
            self.stdout.write("文件含站点密钥和个人信息，请加密存放  The file holds the site's key and personal data: store it encrypted")
