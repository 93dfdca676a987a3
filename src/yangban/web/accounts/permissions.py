"""What one may do, in one place. Every view and every route names its action here, and a test fails when one does not.

A person acts through memberships: a role in an organisation at a place. A rule says which roles at which levels may do an action, which
kinds of organisation they must belong to, and how the thing acted on must lie to the membership: ``within`` its place (and everything
beneath), in its ``own`` organisation, or ``any``. Acts that need several people name those who acted before; nobody takes two steps.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass
from typing import Any, Final

from django.conf import settings
from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse

from yangban.base import regions
from yangban.base.errors import UnknownRegion
from yangban.web.accounts.models import Membership, User
from yangban.web.accounts.roles import ADMINISTRATORS, LEVELS, ROLE_NAMES
from yangban.web.words import pick, say

PUBLIC: Final = "public"
"""The mark of a page that everyone may read."""
SIGNED_IN: Final = "signed_in"
"""The mark of a page for everyone who has logged in: their own account."""

_BUREAU: Final = frozenset({"bureau"})
_OFFICE: Final = frozenset({"bureau", "department"})
_OPERATOR: Final = frozenset({"operator"})
_UNIT: Final = frozenset({"institution"})
_ALL_KINDS: Final = frozenset({"bureau", "department", "institution", "operator"})
_ALL_ROLES: Final = frozenset(ROLE_NAMES)


@dataclass(frozen=True)
class Rule:
    """Who may do an action."""

    name: Any
    roles: frozenset[str]
    levels: frozenset[str] = frozenset(LEVELS)
    kinds: frozenset[str] = _BUREAU
    where: str = "within"


def _rule(
    zh: str, en: str, roles: str, *, levels: str = "province city county", kinds: frozenset[str] = _BUREAU, where: str = "within"
) -> Rule:
    return Rule(say(zh, en), frozenset(roles.split()), frozenset(levels.split()), kinds, where)


RULES: Final[dict[str, Rule]] = {
    "desk.open": Rule(say("打开工作台", "Open the desk"), _ALL_ROLES, kinds=_ALL_KINDS, where="any"),
    "readings.upload": _rule("上传监测数据", "Upload readings", "uploader data_reviewer"),
    "readings.see": _rule("查看数据与回执", "See readings and receipts", "reader uploader keeper data_reviewer drafter checker signer"),
    "assessment.run": _rule("运行评价", "Run an assessment", "data_reviewer drafter"),
    "data.review": _rule("审核异常数据", "Review flagged data", "data_reviewer", levels="province city"),
    "data.confirm": _rule("复核异常数据", "Confirm a review", "data_reviewer", levels="province city"),
    "data.exclude": _rule("剔除数据", "Exclude data", "data_reviewer", levels="province city"),
    "events.record": _rule("登记沙尘和站点事件", "Record dust and station events", "data_reviewer keeper"),
    "registry.edit": _rule("维护站点与断面", "Keep stations and sections", "data_reviewer", levels="province city"),
    "targets.edit": _rule("维护目标", "Keep targets", "drafter", levels="province city"),
    "reported.fill": _rule("填报部门数值", "Report a value", "reporter", kinds=_ALL_KINDS, where="own"),
    "reported.check": _rule("审核本部门数值", "Check a value of one's department", "head", kinds=_ALL_KINDS, where="own"),
    "reported.accept": _rule("采用部门数值", "Accept a reported value", "checker"),
    "release.see": _rule("查看发布稿", "See drafts of releases", "reader drafter checker signer"),
    "release.draft": _rule("拟稿", "Draft a release", "drafter"),
    "release.check": _rule("审核发布稿", "Check a draft", "checker"),
    "release.sign": _rule("签发", "Sign a release", "signer"),
    "complaints.answer": _rule("办理来信", "Answer complaints and suggestions", "editor"),
    "points.run": _rule("运营积分", "Run the points", "points_operator points_reviewer", kinds=_OPERATOR, where="own"),
    "points.settle": _rule("结算积分", "Settle points", "points_operator", kinds=_OPERATOR, where="own"),
    "points.review": _rule("审核积分", "Review points", "points_reviewer", kinds=_OPERATOR, where="own"),
    "points.draft": _rule("起草积分规则", "Draft rules of points", "points_operator", kinds=_OPERATOR, where="own"),
    "points.approve": _rule("批准积分规则", "Approve rules of points", "points_reviewer", kinds=_OPERATOR, where="own"),
    "points.close": _rule("关闭积分方案", "Close a scheme of points", "points_operator", kinds=_OPERATOR, where="own"),
    "points.seal": _rule(
        "核准关闭和封存积分方案", "Approve the end of a scheme, and seal it", "points_reviewer", kinds=_OPERATOR, where="own"
    ),
    "points.unit": _rule("查看本单位低碳得分", "See the score of one's own institution", "unit_keeper", kinds=_UNIT, where="own"),
    "points.fill": _rule("填报本单位用能", "Report what one's own institution used", "unit_keeper", kinds=_UNIT, where="own"),
    "accounts.see": _rule("查看账号与机构", "See accounts and organisations", "admin security", kinds=_ALL_KINDS),
    "accounts.manage": _rule("管理账号与机构", "Manage accounts and organisations", "admin", kinds=_ALL_KINDS),
    "accounts.grant": _rule("授予岗位和管理登录凭据", "Grant posts and keep credentials", "security", kinds=_ALL_KINDS),
    "keys.manage": _rule("管理接口密钥", "Manage keys of the interface", "security"),
    "audit.read": _rule("查看审计", "Read the audit", "auditor"),
    "tasks.see": _rule("查看任务", "See tasks", "reader reporter head office supervision", kinds=_ALL_KINDS, where="any"),
    "tasks.fill": _rule("填报进展", "Fill progress reports", "reporter", kinds=_ALL_KINDS, where="own"),
    "tasks.sign": _rule("审核本单位的进展报告", "Sign the reports of one's unit", "head", kinds=_ALL_KINDS, where="own"),
    "tasks.act": _rule("办理本单位的任务", "Act on the tasks of one's unit", "head", kinds=_ALL_KINDS, where="own"),
    "tasks.evidence": _rule("上传佐证", "Add evidence", "reporter head office supervision", kinds=_ALL_KINDS, where="any"),
    "tasks.delegate": _rule("委托同事办理", "Let a colleague act", "head", kinds=_ALL_KINDS, where="own"),
    "tasks.hooks": _rule("维护本单位的消息推送", "Keep where messages of one's unit go", "head office", kinds=_ALL_KINDS, where="own"),
    "tasks.office": _rule("下达和督办任务", "Issue and supervise tasks", "office", kinds=_OFFICE),
    "tasks.review": _rule("审核进展报告", "Review progress reports", "office", kinds=_OFFICE),
    "tasks.judge": _rule("判定任务颜色", "Judge the colour of tasks", "office", kinds=_OFFICE),
    "tasks.inspect": _rule("回头看", "Look back at closed tasks", "supervision", kinds=_OFFICE),
    "plans.edit": _rule("维护规划", "Keep plans", "office", kinds=_OFFICE),
    "forms.register": _rule("登记报表", "Register forms", "office", kinds=_OFFICE),
    "forms.fill": _rule("填写报表", "Fill forms", "reporter", kinds=_ALL_KINDS, where="own"),
    "cases.submit": _rule("报送案例", "Submit cases", "reporter head editor", kinds=_ALL_KINDS, where="own"),
    "cases.reuse": _rule("登记借鉴案例", "Say that a case is copied", "reporter head editor", kinds=_ALL_KINDS, where="own"),
    "cases.call": _rule("征集案例", "Call for cases", "editor"),
    "cases.review": _rule("审核和编辑案例", "Review and edit cases", "editor"),
    "cases.publish": _rule("发布和撤下案例", "Publish and withdraw cases", "checker"),
    "cases.compile": _rule("编印资料汇编", "Compile a book of cases", "editor"),
    "activities.run": _rule("组织活动", "Run activities", "head editor", kinds=_ALL_KINDS, where="own"),
    "pilots.see": _rule(
        "查看申报、试点和项目",
        "See applications, pilots and projects",
        "reader reporter head office supervision expert",
        kinds=_ALL_KINDS,
        where="any",
    ),
    "pilots.prepare": _rule("准备申报", "Prepare an application", "reporter head", kinds=_ALL_KINDS, where="own"),
    "pilots.apply": _rule("提交申报", "Hand in an application", "head", kinds=_ALL_KINDS, where="own"),
    "pilots.review": _rule("审核申报和管理称号", "Review applications and keep titles", "office", kinds=_OFFICE),
    "pilots.score": _rule("评审打分", "Score an application", "expert", kinds=_ALL_KINDS, where="any"),
    "pilots.inspect": _rule("监督已命名地区", "Supervise named places", "supervision", kinds=_OFFICE),
    "pilots.edit": _rule("维护试点", "Keep pilots", "office", kinds=_OFFICE),
    "pilots.support": _rule("填报支持政策落实", "Report on support policies", "reporter head", kinds=_ALL_KINDS, where="own"),
    "projects.edit": _rule("填报项目", "Report on projects", "reporter head", kinds=_ALL_KINDS, where="own"),
    "projects.grant": _rule("登记下达资金、公开项目", "Record grants and publish projects", "office", kinds=_OFFICE),
}
"""Every action of the desk and of the interface, and who may do it."""


@dataclass(frozen=True)
class Answer:
    """Whether something may be done, and why not."""

    allowed: bool
    reason: str = ""

    def __bool__(self) -> bool:
        return self.allowed


def lies_within(region: str, above: str) -> bool:
    """Whether a place is another one or lies beneath it; a code that nobody knows lies nowhere."""
    if region == above:
        return True
    try:
        level = regions.subject_level(above)
        regions.place(region)
    except UnknownRegion:
        return False
    lengths = {"nation": 0, "province": 2, "city": 4}
    return level in lengths and region.startswith(above[: lengths[level]])


def _roles_of(membership: Membership) -> frozenset[str]:
    """The roles that a post counts as: on a site whose administrators are not apart (``YANGBAN_SEPARATE_ADMINS=0``) one does it all."""
    if membership.role == "admin" and not settings.SEPARATE_ADMINS:
        return frozenset(ADMINISTRATORS)
    return frozenset((membership.role,))


def _not_apart(user: Any, rule: Rule) -> bool:
    """Whether somebody holds two of the posts that must be apart, however they came by them: then none of them counts."""
    if not settings.SEPARATE_ADMINS or not rule.roles <= frozenset(ADMINISTRATORS):
        return False
    held = {each.role for each in user.current_memberships()}
    return len(held & set(ADMINISTRATORS)) > 1 or ("auditor" in held and len(held) > 1)


def holds(membership: Membership, action: str, *, region: str | None = None, organisation: int | None = None) -> bool:
    """Whether one membership allows an action on a thing that belongs to a place or an organisation; ``None`` asks in general."""
    rule = RULES[action]
    if not _roles_of(membership) & rule.roles or membership.level not in rule.levels or membership.organisation.kind not in rule.kinds:
        return False
    if rule.where == "own":
        return organisation is None or membership.organisation_id == organisation
    return rule.where == "any" or region is None or lies_within(region, membership.organisation.region)


def may(
    user: Any, action: str, *, region: str | None = None, organisation: int | None = None, apart_from: Collection[int | None] = ()
) -> Answer:
    """Whether a person may do an action, here and now.

    ``apart_from`` are the ids of those who took the earlier steps of the same matter.
    Raises :class:`KeyError` for an action that has no rule: a slip of the program, never of a user.
    """
    rule = RULES[action]
    if not getattr(user, "is_authenticated", False) or not user.is_active:
        return Answer(False, pick("请先登录", "Log in first"))
    held = [each for each in user.current_memberships() if holds(each, action, region=region, organisation=organisation)]
    if not held:
        return Answer(False, pick(f"您的岗位不能{rule.name}", f"Your post does not allow this: {rule.name}"))
    if _not_apart(user, rule):
        return Answer(
            False,
            pick(
                "系统管理、安全管理、安全审计须由不同的人担任，您的账号同时有其中几个，现在都不生效；请安全管理员终止多余的岗位",
                "System, security and audit are for three persons; your account holds several of them, and none counts until one is ended",
            ),
        )
    if user.pk in {each for each in apart_from if each is not None}:
        return Answer(
            False,
            pick(
                "同一件事的前一步是您办的，须由另一人办理", "You took an earlier step of this matter; another person has to take this one"
            ),
        )
    return Answer(True)


def demand(user: Any, action: str, **thing: Any) -> None:
    """As :func:`may`, raising :class:`~django.core.exceptions.PermissionDenied` with the reason."""
    answer = may(user, action, **thing)
    if not answer:
        raise PermissionDenied(answer.reason)


def places_of(user: User, action: str) -> tuple[str, ...]:
    """The places in which a person may do an action, the highest of each."""
    own = [each.organisation.region for each in user.current_memberships() if holds(each, action)]
    return tuple(sorted({code for code in own if not any(code != other and lies_within(code, other) for other in own)}))


def covered(user: User, action: str, codes: Iterable[str]) -> list[str]:
    """Those of some places in which a person may do an action."""
    above = places_of(user, action)
    return [code for code in codes if any(lies_within(code, each) for each in above)]


# ----------------------------------------------------------------------------------------------------------------- marks of the views

View = Callable[..., HttpResponse]


def public(view: View) -> View:
    """Mark a view that everyone may read."""
    view.action = PUBLIC  # type: ignore[attr-defined]
    return view


def signed_in(view: View) -> View:
    """Mark a view for everyone who has logged in."""
    inner = login_required(view)
    inner.action = SIGNED_IN
    return inner


def guard(action: str) -> Callable[[View], View]:
    """Mark a view with its action and refuse those who may not do it anywhere.

    What the view touches is asked again inside it with its place: :func:`demand`.
    """
    assert action in RULES, action

    def wrap(view: View) -> View:
        @functools.wraps(view)
        @login_required
        def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
            demand(request.user, action)
            return view(request, *args, **kwargs)

        guarded.action = action  # type: ignore[attr-defined]
        return guarded

    return wrap
