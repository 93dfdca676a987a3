"""``yangban manage first_admin``: the person who then makes organisations and people at the desk."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from yangban.base.errors import YangbanError
from yangban.web.accounts import people


class Command(BaseCommand):
    """Make the bureau and its first administrator, and print the address at which that person sets a password, once, within three days."""

    help = "开设第一位管理员  Make the first administrator of a site"

    def add_arguments(self, parser: Any) -> None:
        """Who, and where."""
        parser.add_argument("username", help="用户名  The user name")
        parser.add_argument("--name", required=True, help="姓名  The person's name")
        parser.add_argument("--organisation", required=True, help="单位名称  The bureau, by its full name")
        parser.add_argument(
            "--region", default=settings.REGION, help="地区代码（默认本站地区）  The region's code (default: that of the site)"
        )

    def handle(self, *_args: Any, **options: Any) -> None:
        """Print the path."""
        try:
            user, path = people.begin(
                username=options["username"], display_name=options["name"], organisation=options["organisation"], region=options["region"]
            )
        except YangbanError as problem:
            raise CommandError(str(problem)) from None
        self.stdout.write(
            f"已开设 {user.username}（{user.display_name}）。请本人在三天内打开网站的这个地址设置密码：{path}\n"
            f"Made. Within three days the person opens this address of the site and sets a password: {path}"
        )
