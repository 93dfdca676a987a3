"""The roles of the house. What each may do stands in :mod:`yangban.web.accounts.permissions` alone."""

from __future__ import annotations

from typing import Final

from yangban.web.words import say

LEVELS: Final = ("province", "city", "county")
"""The three levels of administration, from above."""

ROLE_NAMES: Final = {
    "reader": say("查阅", "Reader"),
    "uploader": say("数据报送", "Uploader of readings"),
    "keeper": say("站点运维", "Keeper of stations"),
    "data_reviewer": say("数据审核", "Reviewer of data"),
    "drafter": say("拟稿", "Drafter"),
    "checker": say("审核", "Checker"),
    "signer": say("签发", "Signer"),
    "reporter": say("部门填报", "Reporter of values"),
    "head": say("部门负责人", "Head of department"),
    "office": say("生态环保委办公室", "Committee office"),
    "supervision": say("督察监督", "Supervision"),
    "expert": say("评审专家", "Expert"),
    "editor": say("信息发布与信访", "Editor and complaints"),
    "points_operator": say("积分运营", "Operator of points"),
    "points_reviewer": say("积分审核", "Reviewer of points"),
    "unit_keeper": say("公共机构节能管理", "Energy keeper of a public institution"),
    "admin": say("系统管理", "System administrator"),
    "security": say("安全管理", "Security administrator"),
    "auditor": say("安全审计", "Auditor"),
}
"""Role, and how it is called."""

ADMINISTRATORS: Final = ("admin", "security", "auditor")
"""The three who keep the site's accounts apart (三员): who opens accounts, who grants posts, who reads what both did."""
