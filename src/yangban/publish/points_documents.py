"""Papers about carbon points: the year report of a public institution, for itself.

Nothing is computed here beyond rounding for print. The institution stands alone: no other one is named and nothing is set in an order.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from fractions import Fraction
from typing import Any, Final

from yangban.base.exact import plain
from yangban.points.institutions import SLOT_WORDS, STAFF_SMALLEST, UnitScore, YearRow
from yangban.publish.bulletin.layout import Column
from yangban.publish.official_word import Block, Grid, Heading, Paper, Say
from yangban.standards.points import UNITS, Scores

_USE: Final = (
    Column("item", "项目", 49, "left"),
    Column("used", "全年用量", 23, "right"),
    Column("each", "人均", 19, "right"),
    Column("quota", "定额", 19, "right"),
    Column("share", "占定额", 19, "right"),
    Column("change", "比上年", 27, "center"),
)
_SCORE: Final = (
    Column("item", "项目", 34, "left"),
    Column("points", "得分", 17, "right"),
    Column("weight", "权重", 15, "center"),
    Column("working", "算式", 90, "left"),
)
_STAFF: Final = (Column("item", "项目", 78, "left"), Column("value", "合计", 78, "right"))
_WAYS: Final[Mapping[str, str]] = {"up": "▲ 升", "down": "▼ 降", "same": "＝ 持平"}
MISSING: Final = "—"
_HOW: Final = "满分线以下 100 分，零分线以上 0 分，其间按直线内插；总分为加权平均。"


def year_report(
    score: UnitScore, before: UnitScore | None, rows: Sequence[YearRow], staff: Mapping[str, Any], *, scores: Scores, day: date,
    made_up: bool = False,
) -> Paper:  # fmt: skip
    """The report of an institution on a year: use against quota, the score with its working, the staff's points in sums.

    ``staff`` holds ``members``, ``acts``, ``points``, ``point_name`` and ``kg``; the sums are ``None`` where too few people joined.
    """
    unit = score.unit
    blocks: list[Block] = [Heading("总体情况"), Say(_overall(score, before))]
    if score.example:
        blocks.append(Say(f"{scores.title}的定额、权重和分数线尚未公布，本报告用的是编造的示例数，得分不是官方结果。"))
    blocks += [
        Heading("能源资源消耗"),
        Grid(
            f"{unit.year}年能源资源消耗与定额", _USE, tuple(_use(each) for each in rows),
            f"“比上年”为人均用量的变化。{MISSING} 表示没有数值，不是 0。",
        ),
        Heading("低碳得分"),
        Say(_scored(score)),
        Grid("各项得分", _SCORE, tuple(_points(each) for each in rows), _HOW),
        Heading("职工低碳行为"),
    ]  # fmt: skip
    if staff["acts"] is None:
        blocks.append(Say(f"自愿登记为本单位职工的会员有{staff['members']}人，不足{STAFF_SMALLEST}人，合计会露出个人，不列。"))
    else:
        told = (
            ("自愿登记的会员（人）", str(staff["members"])),
            ("低碳行为（次）", str(staff["acts"])),
            (f"积分（{staff['point_name']}）", staff["points"] or MISSING),
            ("减排量（千克二氧化碳）", staff["kg"]),
        )
        blocks.append(
            Grid("职工低碳行为合计", _STAFF, tuple({"item": item, "value": value} for item, value in told), "只有合计，不列个人。")
        )
    blocks.append(Say("本报告只供本单位使用；得分不排名，对外只给全部单位的合计。"))
    return Paper(
        head=unit.name, number=f"{unit.year}年度", title=f"{unit.year}年度节能降碳报告", to="", blocks=tuple(blocks), signed=unit.name,
        day=day, mark="示例数据，非官方结果" if made_up or score.example else "",
    )  # fmt: skip


def _overall(score: UnitScore, before: UnitScore | None) -> str:
    unit = score.unit
    people = f"{unit.year}年用能人数{unit.staff}人"
    if unit.area_m2:
        people += f"，建筑面积{unit.area_m2:f}平方米"
    if score.total is None:
        return f"{people}。低碳得分不能计算：{'；'.join(score.reasons)}。"
    said = f"{people}，低碳得分{score.total:f}分"
    if before is None:
        return f"{said}；没有{unit.year - 1}年的数据可比。"
    if before.total is None:
        return f"{said}；{unit.year - 1}年数据不全，不比较得分。"
    change = score.total - before.total
    word = "提高" if change > 0 else "下降" if change < 0 else "持平"
    return f"{said}，比{unit.year - 1}年（{before.total:f}分）{word}{f'{abs(change):f}分' if change else ''}。"


def _scored(score: UnitScore) -> str:
    if score.total is not None:
        return f"总分{score.total:f}分（权重集：{score.set}）。"
    return f"不能计算：{'；'.join(score.reasons)}。"


def _use(row: YearRow) -> dict[str, str]:
    item = row.result.item
    unit = item.unit.partition("/")[0]
    return {
        "item": f"{item.name}（{UNITS.get(unit, unit)}）", "used": MISSING if row.used is None else f"{row.used.normalize():f}",
        "each": _shown(row.result.per_head),
        "quota": "未公布" if item.quota is None else f"{item.quota:f}",
        "share": MISSING if row.result.ratio is None else f"{plain(row.result.ratio * 100, 1)}%", "change": change_words(row),
    }  # fmt: skip


def change_words(row: YearRow) -> str:
    """The change in words: arrow, word and percent."""
    if row.change is None:
        return MISSING
    return _WAYS[row.way] + ("" if not row.change else f" {plain(abs(row.change), 1)}%")


def _points(row: YearRow) -> dict[str, str]:
    item = row.result.item
    weight = f"{SLOT_WORDS['weight']}未公布" if item.weight is None else f"{item.weight:f}"
    return {"item": item.name, "points": _shown(row.result.points), "weight": weight, "working": row.result.working}


def _shown(value: Fraction | None) -> str:
    return MISSING if value is None else plain(value, 2)
