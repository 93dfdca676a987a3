"""The demonstration: organisations and accounts that show who does what. Never for real use; `yangban serve --demo` alone makes it."""

from __future__ import annotations

import secrets
from pathlib import Path
from typing import Final

from django.conf import settings
from django.db import transaction

from yangban.base import regions
from yangban.web.accounts.demo import hashed
from yangban.web.accounts.models import Membership, Organisation, User

ACCOUNTS: Final = (
    ("province.upload", "演示·数据报送（省）", "province", "uploader"),
    ("province.data", "演示·数据审核（省）", "province", "data_reviewer"),
    ("province.draft", "演示·拟稿（省）", "province", "drafter"),
    ("province.check", "演示·审核（省）", "province", "checker"),
    ("province.sign", "演示·签发（省）", "province", "signer"),
    ("province.admin", "演示·系统管理（省）", "province", "admin"),
    ("province.security", "演示·安全管理（省）", "province", "security"),
    ("province.auditor", "演示·安全审计（省）", "province", "auditor"),
    ("province.editor", "演示·信访（省）", "province", "editor"),
    ("city.upload", "演示·数据报送（市）", "city", "uploader"),
    ("city.data", "演示·数据审核（市）", "city", "data_reviewer"),
    ("city.draft", "演示·拟稿（市）", "city", "drafter"),
    ("city.check", "演示·审核（市）", "city", "checker"),
    ("city.sign", "演示·签发（市）", "city", "signer"),
    ("city.report", "演示·部门填报（市）", "city", "reporter"),
    ("city.head", "演示·部门负责人（市）", "city", "head"),
    ("county.read", "演示·查阅（县）", "county", "reader"),
)
"""User name, display name (of no person), level and role."""


PLAN_ACCOUNTS: Final = (
    "plan.office", "plan.head", "plan.fill", "plan.accept", "plan.county", "plan.county.fill", "plan.county.office", "plan.watch",
)  # fmt: skip
"""Accounts of the made-up plan: office, head and filler of a department, head of the accepting unit, head, filler and office of a county,
supervision of the province."""


def _word() -> Path:
    return Path(settings.WORKSPACE) / "site-demo.txt"


def password() -> str:
    """The password of all demonstration accounts: made once for a workspace, in a file that only its owner reads."""
    file = _word()
    if not file.exists():
        file.touch(mode=0o600)
        file.write_text(f"demo-{secrets.token_hex(4)}\n", encoding="ascii")
    return file.read_text(encoding="ascii").strip()


@transaction.atomic
def make_demo() -> None:
    """Make organisations and accounts of the demonstration where they are missing."""
    code = settings.REGION
    if not code:
        return
    city = next(iter(regions.children(code, level="city")), None)
    county = next(iter(regions.children(city.code, level="county")), None) if city else None
    places = {"province": regions.place(code), "city": city, "county": county}
    above: Organisation | None = None
    bureaus: dict[str, Organisation] = {}
    for level, place in places.items():
        if place is None:
            continue
        above, _ = Organisation.objects.get_or_create(
            name=f"{place.name}生态环境{'厅' if level == 'province' else '局'}（演示）",
            region=place.code,
            defaults={"kind": Organisation.Kind.BUREAU, "parent": above, "name_en": f"Ecology and environment bureau, {level} (demo)"},
        )
        bureaus[level] = above
    word = password()
    department = None
    if city is not None:
        department, _ = Organisation.objects.get_or_create(
            name=f"{city.name}林业局（演示）",
            region=city.code,
            defaults={"kind": Organisation.Kind.DEPARTMENT, "name_en": "Forestry department, city (demo)"},
        )
    for name, shown, level, role in ACCOUNTS:
        if level not in bureaus:
            continue
        body = department if role in {"reporter", "head"} else bureaus[level]
        user, new = User.objects.get_or_create(username=name, defaults={"display_name": shown})
        if new:
            user.password = hashed(word)
            user.save()
        Membership.objects.get_or_create(user=user, organisation=body, role=role)
    from yangban.web.points.demo import make_points

    make_points(code, word)
    _make_plans(word)
    from yangban.web.cases.demo_shelf import make as make_shelf

    make_shelf(word)


def _make_plans(word: str) -> None:
    """A made-up plan of the region's pack with a few tasks, marked as such wherever they are shown."""
    from yangban.web.pilots.demo import make as make_pilots
    from yangban.web.plans.demo_plan import make

    make(word)
    make_pilots(word)


def accounts_text() -> str:
    """What the terminal says of the demonstration accounts."""
    from yangban.web.cases.demo_shelf import WRITER
    from yangban.web.pilots.demo import ACCOUNTS as PILOT_ACCOUNTS
    from yangban.web.points.demo import MEMBER, STAFF

    own = (*(name for name, *_ in ACCOUNTS), *PLAN_ACCOUNTS, *PILOT_ACCOUNTS, WRITER)
    names = "、".join((*own, *(name for name, *_ in STAFF), f"积分会员 {MEMBER}"))
    return f"演示账号（仅限本机，不启用双因素）：{names}\n密码 password: {password()}"
