"""``yangban manage first_admin``: those who then open accounts, grant posts and read the audit at the desk."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from yangban.base.errors import YangbanError
from yangban.web.accounts import people


class Command(BaseCommand):
    """Make the bureau and its administrators, and print the addresses at which they set their passwords, once, within three days."""

    help = "开设第一批管理员（三员）  Make the first administrators of a site"

    def add_arguments(self, parser: Any) -> None:
        """Who, and where."""
        who = ("用户名", "姓名")
        parser.add_argument("username", nargs="?", default="", help="系统管理员的用户名  User name of the system administrator")
        parser.add_argument("--name", default="", help="其姓名  That person's name")
        parser.add_argument("--security", nargs=2, metavar=who, help="安全管理员  The security administrator: user name and name")
        parser.add_argument("--auditor", nargs=2, metavar=who, help="安全审计员  The auditor: user name and name")
        parser.add_argument("--organisation", required=True, help="单位名称  The bureau, by its full name")
        parser.add_argument(
            "--region", default=settings.REGION, help="地区代码（默认本站地区）  The region's code (default: that of the site)"
        )

    def handle(self, *_args: Any, **options: Any) -> None:
        """Print the path."""
        wanted = {
            "admin": (options["username"], options["name"]) if options["username"] else None,
            "security": options["security"],
            "auditor": options["auditor"],
        }
        people_of = {role: (who[0], who[1]) for role, who in wanted.items() if who}
        if not people_of or (settings.SEPARATE_ADMINS and "admin" in people_of and len(people_of) < len(wanted)):
            raise CommandError(
                "系统管理、安全管理、安全审计须是三个人：请一并写 --security 用户名 姓名 --auditor 用户名 姓名"
                "（不分设时设置 YANGBAN_SEPARATE_ADMINS=0）；name all three persons, or set YANGBAN_SEPARATE_ADMINS=0"
            )
        try:
            made = people.begin(people=people_of, organisation=options["organisation"], region=options["region"])
        except YangbanError as problem:
            raise CommandError(str(problem)) from None
        for user, path in made:
            self.stdout.write(
                f"已开设 {user.username}（{user.display_name}）。请本人在三天内打开网站的这个地址设置密码：{path}\n"
                f"Made. Within three days the person opens this address of the site and sets a password: {path}"
            )
