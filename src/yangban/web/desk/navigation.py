"""The way through the desk: which pages a person's posts open, in groups."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

from django.urls import NoReverseMatch, reverse

from yangban.web.accounts.models import User
from yangban.web.accounts.permissions import may
from yangban.web.words import say


@dataclass(frozen=True)
class Entry:
    """One page of the menu: its section, address, name, and the actions of which any opens it."""

    section: str
    view: str
    name: Any
    actions: tuple[str, ...]


GROUPS: Final[tuple[tuple[Any, tuple[Entry, ...]], ...]] = (
    (say("工作台", "Desk"), (Entry("home", "desk:home", say("待办", "To do"), ("desk.open",)),)),
    (
        say("数据", "Readings"),
        (
            Entry("uploads", "desk:uploads", say("报送与回执", "Uploads and receipts"), ("readings.see", "readings.upload")),
            Entry("coverage", "desk:coverage", say("缺测日历", "Missing readings"), ("readings.see",)),
            Entry("review", "desk:review", say("异常审核", "Review of readings"), ("data.review",)),
            Entry("events", "desk:events", say("沙尘与日志", "Dust and log"), ("events.record",)),
            Entry("registry", "desk:registry", say("站点与断面", "Stations and sections"), ("readings.see", "registry.edit")),
        ),
    ),
    (
        say("评价与发布", "Results"),
        (
            Entry("assess", "desk:assess", say("运行评价", "Assessment"), ("assessment.run",)),
            Entry("drafts", "desk:drafts", say("发布稿", "Releases"), ("release.see",)),
            Entry("targets", "desk:targets", say("目标", "Targets"), ("targets.edit",)),
        ),
    ),
    (
        say("规划与任务", "Plans and tasks"),
        (
            Entry("week", "plans:week", say("本周要办", "This week"), ("tasks.see",)),
            Entry("mine", "plans:mine", say("我的任务", "My tasks"), ("tasks.act", "tasks.fill")),
            Entry("reports", "plans:reports", say("待审报告", "Reports to check"), ("tasks.sign", "tasks.review")),
            Entry("warnings", "plans:warnings", say("监测预警", "Warnings"), ("tasks.see",)),
            Entry("views", "plans:list", say("任务总览", "All tasks"), ("tasks.see",)),
            Entry("office", "plans:office", say("办公室月度", "The office's month"), ("tasks.office",)),
            Entry("plans", "plans:plans", say("规划", "Plans"), ("tasks.see",)),
            Entry("forms", "plans:forms", say("报表", "Forms"), ("tasks.see",)),
            Entry("notes", "plans:notes", say("消息", "Messages"), ("tasks.see",)),
            Entry("calendar", "plans:calendar", say("期限日历", "Calendar"), ("tasks.see",)),
            Entry("papers", "plans:papers", say("公文", "Papers"), ("tasks.office", "tasks.inspect", "tasks.act")),
            Entry("hooks", "plans:hooks", say("消息推送", "Messages to our tool"), ("tasks.hooks",)),
            Entry("delegate", "plans:delegate", say("委托同事", "Delegate"), ("tasks.delegate",)),
        ),
    ),
    (
        say("试点示范与项目", "Titles, pilots, projects"),
        (
            Entry("applications", "pilots:applications", say("示范申报", "Applications"), ("pilots.see",)),
            Entry("programmes", "pilots:programmes", say("创建项目与版本", "Programmes"), ("pilots.see",)),
            Entry("declare", "pilots:declare", say("利害关系申明", "Conflicts of interest"), ("pilots.score",)),
            Entry("pilots", "pilots:pilots", say("试点与支持政策", "Pilots"), ("pilots.see",)),
            Entry("projects", "pilots:projects", say("工程项目", "Projects"), ("pilots.see",)),
        ),
    ),
    (
        say("部门与来信", "Departments and letters"),
        (
            Entry("reported", "desk:reported", say("部门填报", "Reported values"), ("reported.fill", "reported.check", "reported.accept")),
            Entry("letters", "desk:letters", say("来信办理", "Letters"), ("complaints.answer",)),
        ),
    ),
    (
        say("案例与活动", "Cases and activities"),
        (
            Entry("cases", "cases:mine", say("我的案例", "Our cases"), ("cases.submit",)),
            Entry("case-reviews", "cases:reviews", say("案例审核", "Review of cases"), ("cases.review", "cases.publish")),
            Entry("case-calls", "cases:calls", say("案例征集", "Calls for cases"), ("cases.call", "cases.submit")),
            Entry("books", "cases:books", say("资料汇编", "Compendia"), ("cases.compile",)),
            Entry("activities", "cases:activities", say("活动与志愿服务", "Activities"), ("activities.run",)),
        ),
    ),
    (
        say("碳积分", "Carbon points"),
        (
            Entry("points", "points-desk:home", say("积分总览", "Points"), ("points.run",)),
            Entry("points-reviews", "points-desk:reviews", say("积分审核", "Reviews of points"), ("points.review",)),
            Entry("points-questions", "points-desk:questions", say("会员疑问", "Questions"), ("points.run",)),
            Entry("points-orders", "points-desk:orders", say("交付", "Handing over"), ("points.run",)),
            Entry("points-goods", "points-desk:goods", say("商品", "Goods"), ("points.run",)),
            Entry("points-codes", "points-desk:check-points", say("签到点", "Check points"), ("points.run",)),
            Entry("points-sheets", "points-desk:sheets", say("导入事件", "Sheets of reports"), ("points.run",)),
            Entry("points-settlement", "points-desk:settlement", say("商户结算", "Settlement"), ("points.settle",)),
            Entry("points-rules", "points-desk:rules", say("规则版本", "Rules and their versions"), ("points.run",)),
            Entry("points-what-if", "points-desk:what-if", say("试算", "What if"), ("points.run",)),
            Entry("points-closing", "points-desk:closing", say("关闭方案", "Closing the scheme"), ("points.run",)),
            Entry("points-units", "points-desk:units", say("公共机构合计", "Institutions in sums"), ("points.run",)),
            Entry("points-unit", "points-desk:unit", say("本单位年度报告", "Our year report"), ("points.unit",)),
        ),
    ),
    (
        say("管理", "Administration"),
        (
            Entry("people", "desk:people", say("人员与岗位", "People and posts"), ("accounts.see",)),
            Entry("organisations", "desk:organisations", say("机构", "Organisations"), ("accounts.see",)),
            Entry("keys", "keys:list", say("接口密钥", "Interface keys"), ("keys.manage",)),
            Entry("audit", "desk:audit", say("审计", "Audit"), ("audit.read",)),
        ),
    ),
)
"""The menu. A page that is not installed is left out, as the keys of the interface are where there is no interface."""


def menu(user: User, section: str) -> list[tuple[Any, list[dict[str, Any]]]]:
    """The groups that a person sees, each page with whether it is the present one."""
    groups = []
    for name, entries in GROUPS:
        shown = []
        for each in entries:
            if not any(may(user, action) for action in each.actions):
                continue
            try:
                address = reverse(each.view)
            except NoReverseMatch:
                continue
            shown.append({"address": address, "name": each.name, "current": each.section == section})
        if shown:
            groups.append((name, shown))
    return groups
