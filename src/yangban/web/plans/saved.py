"""Views of tasks under a name: kept by a person, or shared with everyone of the same organisation. What one sees there stays one's own."""

from __future__ import annotations

from typing import Final

from django.db import IntegrityError, transaction
from django.db.models import Q
from django.http import QueryDict
from django.urls import reverse

from yangban.base.errors import NotAllowed
from yangban.web.accounts.models import Organisation, User
from yangban.web.plans.looking import FILTERS
from yangban.web.plans.models import SavedView

PAGES: Final = ("list", "tree", "board", "matrix", "map")
"""The views of tasks."""
KEPT: Final = (*FILTERS, "workflow", "region", "by")
"""What of an address is kept; a page number is not."""
MOST: Final = 30
"""Views that a person keeps."""


def units_of(user: User) -> list[Organisation]:
    """The organisations with which a person may share."""
    return list({post.organisation_id: post.organisation for post in user.current_memberships()}.values())


def query_of(query: str) -> str:
    """The filters of an address, in a fixed order, and nothing else."""
    asked, made = QueryDict(query[:2000]), QueryDict(mutable=True)
    for key in KEPT:
        if asked.get(key):
            made[key] = asked[key]
    return made.urlencode()


def keep(user: User, *, name: str, page: str, query: str, share: Organisation | None = None) -> SavedView:
    """Keep a view; one of the same name of the same person is replaced."""
    name, kept = name.strip()[:60], query_of(query)
    if not name:
        raise NotAllowed("facts", "请给视图起个名字")
    if page not in PAGES or len(kept) > 500:
        raise NotAllowed("facts", "这个视图不能保存：筛选条件太长或页面不对")
    if share is not None and share not in units_of(user):
        raise NotAllowed("who", "只能共享给自己的单位")
    if SavedView.objects.filter(owner=user).exclude(name=name).count() >= MOST:
        raise NotAllowed("facts", f"最多保存 {MOST} 个视图；请先删去不用的")
    try:
        with transaction.atomic():
            made, _ = SavedView.objects.update_or_create(
                owner=user, name=name, defaults={"page": page, "query": kept, "organisation": share}
            )  # fmt: skip
    except IntegrityError:
        raise NotAllowed("facts", "同名的视图刚刚保存过；请刷新后查看") from None
    return made


def drop(user: User, pk: int) -> None:
    """Drop one's own view; whoever it was shared with sees it no more."""
    if not SavedView.objects.filter(pk=pk, owner=user).delete()[0]:
        raise NotAllowed("who", "这不是您保存的视图")


def shown_to(user: User) -> list[SavedView]:
    """One's own views and those that are shared with one's organisations, in one question."""
    units = [each.pk for each in units_of(user)]
    rows = list(SavedView.objects.filter(Q(owner=user) | Q(organisation__in=units)).select_related("owner")[:60])
    for row in rows:
        row.address = reverse(f"plans:{row.page}") + (f"?{row.query}" if row.query else "")
        row.own = row.owner_id == user.pk
    return rows
