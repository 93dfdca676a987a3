"""An explanation as text, as a page and as JSON: the same steps with the same numbers, so that a reader can follow with pencil and paper.

The page is one file without script or outside resources; it follows the reader's light or dark setting and prints with every fold open.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, fields, is_dataclass
from datetime import date
from decimal import Decimal
from fractions import Fraction
from html import escape
from pathlib import Path
from typing import Any, Final

from yangban.assess.air.indicators import CHANGE_SUFFIX
from yangban.assess.figure import Figure
from yangban.base.exact import plain
from yangban.base.pollutants import AIR_SIX, pollutant
from yangban.run.explained import (
    Against,
    Change,
    Clause,
    Completeness,
    Composite,
    Day,
    DayRow,
    DaysCount,
    DaysMean,
    DaysPercentile,
    Explained,
    How,
    ItemDay,
    OfDay,
    Origin,
    PlacesMean,
    Rounding,
    Term,
)
from yangban.run.explained_water import WaterExplained, WaterHow
from yangban.standards import load_book
from yangban.standards.model import CONFIDENCES

UNITS: Final = {"d": "天", "1": "", "percentage point": "个百分点"}
STATUS: Final = {"ok": "有效", "insufficient": "数据不足，不作正式使用", "not_applicable": "不适用"}
BASES: Final = {"realtime": "实况数据", "audited": "审核数据", "best": "审核优先"}
_SCOPES: Final = {"as_monitored": "沙尘未扣除", "dust_excluded": "已扣除沙尘影响"}
DIGEST: Final = 12
"""Digits of a file's digest that stand in tables; the whole digest stands in the list of files."""


# ---- JSON ---------------------------------------------------------------------------------------------------------------------------


def to_json(explained: Explained | WaterExplained) -> dict[str, Any]:
    """The whole explanation in the types of JSON: a fraction as ``{"fraction": "312/363", "value": "0.859504"}``, a step with its name."""
    content: dict[str, Any] = _plain(explained)
    return content


def _plain(value: Any) -> Any:
    if isinstance(value, Figure):
        return value.to_dict()
    if isinstance(value, Fraction):
        return {"fraction": f"{value.numerator}/{value.denominator}", "value": plain(value)}
    if isinstance(value, Decimal):
        return f"{value:f}"
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, tuple | list):
        return [_plain(each) for each in value]
    if isinstance(value, Mapping):
        return {key: _plain(each) for key, each in value.items()}
    if is_dataclass(value) and not isinstance(value, type):
        named = {"step": type(value).__name__} if isinstance(value, How | WaterHow) else {}
        return {**named, **{each.name: _plain(getattr(value, each.name)) for each in fields(value)}}
    return value


# ---- the document: a list of blocks that both forms print -----------------------------------------------------------------------------


@dataclass(frozen=True)
class Hero:
    """What is explained: the number, first and large."""

    title: str
    value: str
    unit: str
    lines: tuple[str, ...]
    path: tuple[str, ...]


@dataclass(frozen=True)
class Head:
    """A step's heading; ``english`` is a short gloss."""

    text: str
    english: str = ""
    level: int = 2


@dataclass(frozen=True)
class Para:
    """A sentence; ``tone`` is ``""``, ``quiet`` or ``warn``."""

    text: str
    tone: str = ""


@dataclass(frozen=True)
class Sums:
    """Lines of arithmetic."""

    lines: tuple[str, ...]


@dataclass(frozen=True)
class Table:
    """A three-line table; ``right`` are columns of numbers, ``marked`` rows that matter, ``fold`` a table that opens on demand."""

    title: str
    heads: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    right: frozenset[int] = frozenset()
    marked: frozenset[int] = frozenset()
    fold: bool = False


@dataclass(frozen=True)
class Picture:
    """A drawing, on the page alone: everything in it also stands in a table."""

    title: str
    note: str
    svg: str


Block = Hero | Head | Para | Sums | Table | Picture


def blocks(explained: Explained) -> list[Block]:
    """The explanation of one Figure, from the Figure down to the lines of files and up again."""
    made: list[Block] = [_hero(explained)]
    step = 0
    here: Explained | None = explained
    last = explained
    while here is not None:
        step += 1
        made += _step(here, step)
        last, here = here, here.opened
    day, why = last.example, last.example_why
    while day is not None:
        step += 1
        made += _day(day, why, _key_items(day, last), step)
        day, why = day.opened, "所属点位中该项日值最高的一个"
    if last.example is not None:
        made += _way_back(explained)
    made += _clauses(explained)
    return made


def _hero(explained: Explained) -> Hero:
    f = explained.figure
    shown = "—" if f.display is None else _word(f, f.display)
    unrounded = "" if f.exact is None else f"未修约 {in_full(f.exact)}"
    status = STATUS[f.status] + (f"：{f.reason}" if f.reason else "")
    kind = f"{BASES.get(f.basis, f.basis)} · {_SCOPES.get(f.scope, f.scope)}" + (" · 合成数据" if f.synthetic else "")
    path = [f"{f.subject_name} {f.period}"]
    here, last = explained.opened, explained
    while here is not None:
        if here.figure.subject_name != last.figure.subject_name or here.figure.indicator != last.figure.indicator:
            path.append(here.figure.subject_name if here.figure.subject_name != last.figure.subject_name else here.name)
        last, here = here, here.opened
    if last.example is not None:
        path += [last.example.day.isoformat(), "小时", "文件与行"] if last.example.files else [last.example.day.isoformat()]
    lines = (unrounded, f"按 {edition_word(f.edition)} 评价 · {kind}", f"状态：{status}", *explained.notes)
    title = f"{f.subject_name} {f.period} {explained.name}"
    return Hero(title, shown, UNITS.get(f.unit, f.unit), tuple(filter(None, lines)), tuple(path))


def edition_word(name: str) -> str:
    """An edition as people write it."""
    return name.replace("gb", "GB ").replace("-transitional", " 过渡阶段")


def _word(figure: Figure, value: Decimal) -> str:
    if figure.indicator == "air.attains":
        return "达标" if value else "超标"
    return f"{'+' if figure.indicator.endswith(CHANGE_SUFFIX) and value > 0 else ''}{value:f}"


# ---- one step of the way down ---------------------------------------------------------------------------------------------------------


def _step(explained: Explained, n: int) -> list[Block]:
    f = explained.figure
    made: list[Block] = [Head(f"{numbered(n)}、{f.subject_name} {f.period}：{explained.name}", _ENGLISH.get(type(explained.how), ""))]
    how = explained.how
    if how is None:
        return [*made, Para(f"没有可计算的值：{f.reason or '没有数据'}。", "warn")]
    made += _formula(how, explained)
    if explained.printed is not None and not isinstance(how, OfDay):
        line = rounding_line(explained.printed)
        made = [*made[:-1], Sums((*made[-1].lines, line))] if isinstance(made[-1], Sums) else [*made, Sums((line,))]
    if explained.completeness is not None:
        made += _completeness(explained.completeness)
    if explained.days:
        made += _days(explained)
    if explained.opened is not None:
        to = explained.opened
        other = to.figure.subject_name != f.subject_name
        said = f"{to.figure.subject_name}{'' if isinstance(how, Change) else '（最差）'}" if other else to.name
        made.append(Para(f"下面沿{said if other or isinstance(how, Change) else f'{said}（与限值之比最大）'}继续往下。", "quiet"))
    return made


_ENGLISH: Final[Mapping[type, str]] = {
    PlacesMean: "mean of places",
    DaysMean: "mean of days",
    DaysPercentile: "percentile of days",
    DaysCount: "count of days",
    Composite: "composite index",
    Against: "held against limits",
    Change: "change between two periods",
    OfDay: "one day",
}


def _formula(how: How, explained: Explained) -> list[Block]:
    if isinstance(how, PlacesMean):
        return _places(how, explained)
    if isinstance(how, DaysMean):
        return [
            Para(f"{how.n} 个有效日的日值之和，除以 {how.n}。每个日值都未修约。"),
            Sums((f"Σ ÷ n = {in_full(how.total)} ÷ {how.n} = {in_full(how.value)}",)),
        ]
    if isinstance(how, DaysPercentile):
        return _percentile(how)
    if isinstance(how, DaysCount):
        return _count(how)
    if isinstance(how, Composite | Against):
        return _terms(how, explained)
    if isinstance(how, Change):
        return _change(how)
    return [Para("这一天的值，见下。")]


def _places(how: PlacesMean, explained: Explained) -> list[Block]:
    parts = {part.figure.subject_name: part for part in explained.parts}
    opened = explained.opened.figure.subject_name if explained.opened is not None else ""
    rows = []
    for name, value in how.terms:
        part = parts.get(name)
        detail = "" if part is None or part.how is None else _short(part.how)
        days = "" if part is None else f"{part.figure.n_valid}/{part.figure.n_expected}"
        rows.append((name, plain(value), detail, days, "" if part is None else "充足" if part.figure.usable else "不足"))
    made: list[Block] = [
        *([Para(f"没有值、未进入平均的：{'、'.join(how.absent)}。", "warn")] if how.absent else []),
        Para(f"{how.n} 个地级及以上城市的未修约值之和，除以 {how.n}：每个城市算一份，不按人口或面积加权。"),
        Table(
            "各城市的值", ("城市", "值", "由来", "有效/应有", "完整性"), tuple(rows), frozenset({1, 2, 3}),
            frozenset(i for i, (name, _) in enumerate(how.terms) if name == opened),
        ),
        Sums((f"Σ ÷ n = {in_full(how.total)} ÷ {how.n} = {in_full(how.value)}",)),
    ]  # fmt: skip
    return made


def _short(how: How) -> str:
    """A step in a cell."""
    if isinstance(how, DaysCount):
        return f"{how.hits}×100÷{how.n}" if how.ratio else f"{how.hits} 天"
    if isinstance(how, DaysMean):
        return f"{plain(how.total)}÷{how.n}"
    if isinstance(how, DaysPercentile):
        return f"第 {plain(how.k)} 位，n={how.n}"
    if isinstance(how, PlacesMean):
        return f"{plain(how.total)}÷{how.n}"
    return plain(how.value)


def _percentile(how: DaysPercentile) -> list[Block]:
    fraction = how.k - how.s
    lines = [
        f"k = 1 + (n − 1) × p = 1 + ({how.n} − 1) × {how.share}/100 = {plain(how.k)}",
        f"第 {how.s} 位：{in_full(how.low[1])}（{how.low[0]}）",
    ]
    if fraction:
        lines += [
            f"第 {how.s + 1} 位：{in_full(how.high[1])}（{how.high[0]}）",
            f"{plain(how.low[1])} + ({plain(how.high[1])} − {plain(how.low[1])}) × {plain(fraction)} = {in_full(how.value)}",
        ]
    else:
        lines.append(f"k 恰为整数，取第 {how.s} 位：{in_full(how.value)}")
    return [
        Para(f"把 {how.n} 个有效日的日值从小到大排列，取第 {how.share} 百分位数，相邻两位之间按比例内插。{cite(how.rule)}"),
        Sums(tuple(lines)),
    ]


def _count(how: DaysCount) -> list[Block]:
    if not how.ratio:
        return [Para(f"有效日 {how.n} 天，其中 {how.condition} 的 {how.hits} 天。"), Sums((f"= {how.hits} 天",))]
    return [
        Para(f"有效日 {how.n} 天，其中 {how.condition} 的 {how.hits} 天；除以有效日，不是除以日历天数。"),
        Sums((f"{how.hits} ÷ {how.n} × 100 = {in_full(how.value)}",)),
    ]


def _terms(how: Composite | Against, explained: Explained) -> list[Block]:
    if isinstance(how, Against) and explained.figure.indicator.endswith("_multiple"):
        return _multiple(how.terms[0], how.value)
    heads: tuple[str, ...]
    rows = []
    for term in how.terms:
        name = f"{pollutant(term.item).printed} {'平均' if term.statistic == 'mean' else f'第{term.statistic[1:]}百分位'}"
        cells = [name, plain(term.value), f"{term.entering.after:f}", f"{term.limit}"]
        if isinstance(how, Composite):
            cells += [plain(term.quotient), "" if term.single is None else f"{term.single.after:f}", f"{term.weight}"]
        else:
            cells += ["超标" if f"{term.item}.{term.statistic}" in how.failing else "达标"]
        rows.append(tuple(cells))
    if isinstance(how, Composite):
        heads = ("项目", "未修约 C", "修约 C", "限值 S", "C÷S", "修约 I", "权重")
        says = "每项先把浓度修约，除以二级限值，商再修约为单项指数；各单项指数乘权重后相加。"
        singles = [f"{t.single.after:f}" for t in how.terms if t.single is not None]
        lines = [f"{' + '.join(singles)} = {plain(how.total)}"]
    else:
        heads = ("项目", "未修约 C", "修约 C", "限值 S", "判定")
        says = "修约后的浓度不高于二级限值为达标；各项都达标，才算达标。"
        lines = ["有超标的项目：" + "、".join(how.failing) if how.failing else "各项都达标"]
    rules = dict.fromkeys(cite(c) for t in how.terms for c in (t.entering.rule, t.limit_rule, *([t.single.rule] if t.single else [])))
    made: list[Block] = [
        Para(says),
        Table("各项", heads, tuple(rows), frozenset(range(1, len(heads)))),
        Para("依据：" + "；".join(rules), "quiet"),
        Sums(tuple(lines)),
    ]
    return made


def _multiple(term: Term, value: Fraction) -> list[Block]:
    c, s = f"{term.entering.after:f}", f"{term.limit}"
    return [
        Para("修约后的浓度超过限值的部分，除以限值；不超过时为 0。"),
        Sums((rounding_line(term.entering), f"({c} − {s}) ÷ {s} = {in_full(term.quotient - 1)}，取 {in_full(value)}")),
        Para(f"限值：{cite(term.limit_rule)}", "quiet"),
    ]


def _change(how: Change) -> list[Block]:
    now, then = f"{how.now.display:f}", f"{how.then.display:f}"
    line = f"({now} − {then}) ÷ {then} × 100" if how.kind == "percent" else f"{now} − {then}"
    return [
        Para("由两期已印出（已修约）的值计算。"),
        Sums((f"本期 {how.now.period}：{now}", f"对比期 {how.then.period}：{then}", f"{line} = {in_full(how.exact)}")),
    ]


def _completeness(found: Completeness) -> list[Block]:
    verdict = "完整性：充足，可正式使用。" if found.enough else f"完整性：不足，不作正式使用。{found.reason}。"
    needed = f"（全年至少 {found.needed} 天）" if found.needed else ""
    said = f"{verdict}有效 {found.n_valid}，应有 {found.n_expected}{needed}。"
    made: list[Block] = [Para(said, "" if found.enough else "warn")]
    if found.rules:
        made.append(Para("依据：" + "；".join(cite(rule, value=True) for rule in found.rules), "quiet"))
    if found.months:
        counted = any(month.hits != month.valid for month in found.months)
        heads = ("月", "日历天", "有效天", "需要", *(["计入天"] if counted else []))
        rows = tuple(
            (m.month, str(m.days), str(m.valid), f"{m.needed}{'' if m.valid >= m.needed else ' ✗'}", *([str(m.hits)] if counted else []))
            for m in found.months
        )
        short = [m.month for m in found.months if m.valid < m.needed]
        title = f"逐月的有效天数（{'不足：' + '、'.join(short) if short else '每月都够'}）"
        made.append(Table(title, heads, rows, frozenset(range(1, len(heads))), frozenset(), not short and len(rows) > 1))
    return made


_LISTED: Final = 70
"""Rows that text prints of a folded list; a longer one (every valid day of a year) is left to the page and to JSON."""

_SHORT: Final = 12
"""Days in a list that stands open on the page."""


def _days(explained: Explained) -> list[Block]:
    rows = explained.days
    invalid = [row for row in rows if not row.valid]
    valid = [row for row in rows if row.valid]
    chosen = explained.example.day if explained.example is not None else None
    made: list[Block] = []
    if any(row.aqi is not None for row in rows) and len(rows) > 1:
        made.append(_calendar(rows, chosen, explained.figure.edition))
    if invalid:
        made.append(Table(f"未计入的 {len(invalid)} 天及原因", ("日期", "原因"), tuple((r.day.isoformat(), r.reason) for r in invalid)))
    values = any(row.value is not None for row in valid)
    misses = [row for row in valid if not row.hit]
    hits = [row for row in valid if row.hit]
    listed, title = (misses, "有效但不满足条件的") if len(misses) <= len(hits) else (hits, "满足条件的")
    if isinstance(explained.how, DaysCount) and listed and len(misses):
        made.append(_day_table(f"{title} {len(listed)} 天", listed, values=values, chosen=chosen, fold=len(listed) > _SHORT))
    if valid and (values or not isinstance(explained.how, DaysCount)):
        made.append(_day_table(f"全部 {len(valid)} 个有效日", valid, values=values, chosen=chosen, fold=len(valid) > _SHORT))
    return made


def _day_table(title: str, rows: Sequence[DayRow], *, values: bool, chosen: date | None, fold: bool = False) -> Table:
    heads = ("日期", *(["日值"] if values else []), "AQI", "级别", "首要污染物")
    cells = tuple(
        (
            r.day.isoformat(), *([plain(r.value) if r.value is not None else "—"] if values else []), "—" if r.aqi is None else str(r.aqi),
            r.category, _printed(r.primary),
        )
        for r in rows
    )  # fmt: skip
    marked = frozenset(i for i, r in enumerate(rows) if r.day == chosen)
    return Table(title, heads, cells, frozenset({1, 2} if values else {1}), marked, fold)


# ---- one day --------------------------------------------------------------------------------------------------------------------------


def _day(day: Day, why: str, key: tuple[str, ...], n: int) -> list[Block]:
    verdict = "计入" if day.counts else f"不计入：{day.reason}"
    made: list[Block] = [
        Head(f"{numbered(n)}、{day.name} {day.day}（{why}）", "one day"),
    ]
    if not day.items:
        return [*made, Para("这一天没有读数。", "warn")]
    if day.note:
        made.append(Para(day.note, "warn"))
    made.append(
        Table(
            "六项的日值与分指数",
            ("项目", "有效", "需要", "未修约", "修约", "单位", "分指数", "判定"),
            tuple(_item_row(i) for i in day.items),
            frozenset({1, 2, 3, 4, 6}),
            frozenset(i for i, each in enumerate(day.items) if each.item in day.primary),
        )
    )
    made += _aqi(day, verdict)
    if day.files:
        made.append(
            Table(
                "读数所在的文件", ("文件", "收到时的路径", "收到时间", "SHA-256"),
                tuple((f.digest[:DIGEST], f.path, f.received[:19].replace("T", " ") + " UTC", f.digest) for f in day.files),
            )
        )  # fmt: skip
    for item in sorted(day.items, key=lambda each: (each.item not in key, AIR_SIX.index(each.item))):
        made += _item(item, first=item.item in key)
    return made


def _key_items(day: Day, explained: Explained) -> tuple[str, ...]:
    """The item that is asked about, else those that decide the day."""
    asked = explained.figure.indicator.split(".")[1]
    return (asked,) if asked in AIR_SIX else day.primary


def _item_row(item: ItemDay) -> tuple[str, ...]:
    return (
        pollutant(item.item).printed,
        str(item.n) if item.hours or item.stations else "—",
        f"≥{item.needed}" if item.hours or item.stations else "—",
        "—" if item.value is None else plain(item.value),
        "—" if item.rounding is None else f"{item.rounding.after:f}",
        item.unit,
        "—" if item.index is None else str(item.index.index),
        "有效" if item.valid else item.reason,
    )


def _aqi(day: Day, verdict: str) -> list[Block]:
    if day.aqi is None:
        return [Para(f"没有一项有效，不能给出 AQI；{verdict}。", "warn")]
    indices = "，".join(str(i.index.index) for i in day.items if i.index is not None)
    lines = [
        f"AQI = max({indices}) = {day.aqi}　{day.level}（{day.category}）",
        f"首要污染物：{_printed(day.primary) or '无（AQI 不大于 50）'}",
    ]
    if day.exceeding:
        lines.append(f"超标污染物：{_printed(day.exceeding)}")
    lines.append(f"{verdict}；{'优良' if day.good else '非优良' if day.counts else '—'}")
    return [Sums(tuple(lines)), Para("依据：" + "；".join(cite(rule, value=True) for rule in day.rules), "quiet")]


def _item(item: ItemDay, *, first: bool) -> list[Block]:
    name = pollutant(item.item)
    made: list[Block] = [Head(f"{name.label_zh}", "", 3)]
    if item.hours:
        if first:
            made.append(_hours_picture(item))
        made.append(_hours(item, fold=not first))
    if item.stations:
        made.append(_stations(item))
    if item.windows:
        made.append(_windows(item, fold=not first))
    lines = []
    if item.windows and item.best is not None:
        w = item.best
        lines.append(f"最大的 8 小时平均：{w.first:02d}—{w.last:02d} 时，{in_full(w.total)} ÷ {w.n} = {in_full(w.mean or Fraction(0))}")
        lines.append(f"有效的 8 小时平均 {item.n} 个，至少 {item.needed} 个：{'有效' if item.valid else item.reason}")
    elif (item.hours or item.stations) and item.total is not None and item.value is not None:
        what = "有效点位" if item.stations else "有效小时"
        lines.append(f"Σ ÷ n = {in_full(item.total)} ÷ {item.n} = {in_full(item.value)}")
        lines.append(f"{what} {item.n} 个，至少 {item.needed} 个：{'有效' if item.valid else item.reason or '无效'}")
    elif item.value is not None:
        lines.append(f"日值 {in_full(item.value)}")
        lines += [f"{'出处' if o.used else '未采用'}：文件 {o.digest[:DIGEST]} 行 {o.line}，原文 {o.text or '空白'}" for o in item.origins]
    if item.rounding is not None:
        lines.append(rounding_line(item.rounding))
    lines += _index_lines(item)
    if lines:
        made.append(Sums(tuple(lines)))
    rules = [*item.rules, *([item.index.rule] if item.index is not None else [])]
    cited = [cite(rule, value=not rule.key.startswith("breakpoints.")) for rule in rules]
    return [*made, Para("依据：" + "；".join(cited), "quiet")]


def _index_lines(item: ItemDay) -> list[str]:
    index = item.index
    if index is None:
        return []
    if index.low is None or index.high is None:
        return [f"{index.concentration:f} 高于分指数表的最后一段：IAQI = {index.index}"]
    (i0, c0), (i1, c1), c = index.low, index.high, index.concentration
    return [
        f"分段：浓度 {c0}—{c1}，IAQI {i0}—{i1}",
        f"IAQI = ({i1} − {i0}) ÷ ({c1} − {c0}) × ({c:f} − {c0}) + {i0} = {in_full(index.exact)}，向上取整 → {index.index}",
    ]


def _hours(item: ItemDay, *, fold: bool) -> Table:
    rows = []
    marked = set()
    origins_known = any(hour.origins for hour in item.hours)
    for i, hour in enumerate(item.hours):
        if item.best is not None and item.best.first <= hour.slot <= item.best.last:
            marked.add(i)
        used = next((o for o in hour.origins if o.used), None)
        others = [o for o in hour.origins if o is not used]
        where = [_other(o) for o in others]
        if used is not None and hour.received is not None and Decimal(used.text) != hour.received:
            where.insert(0, "原文按所声明的单位或参比状态换算")
        if hour.left_out is not None:
            e = hour.left_out
            where.insert(0, f"剔除 {hour.received:f}：{e.id} {e.kind_name}，{e.by}，{e.reason}")
        rows.append(
            (
                f"{hour.slot:02d}", hour.ends.strftime("%Y-%m-%d %H:%M"), "—" if hour.value is None else f"{hour.value:f}",
                *(("", "", "") if used is None else (str(used.line), used.text, used.digest[:DIGEST])),
                "；".join(where) or ("" if used is not None or not origins_known else "文件中没有这一小时"),
            )
        )  # fmt: skip
    name = "O3 小时" if item.item == "o3_8h" else f"{pollutant(item.item).printed} 小时"
    return Table(
        f"{name}值（{item.unit}）及出处", ("时", "小时结束于", "值", "行", "原文", "文件", "其他出处"), tuple(rows), frozenset({2, 3, 4}),
        frozenset(marked), fold,
    )  # fmt: skip


def _stations(item: ItemDay) -> Table:
    rows = tuple(
        (each.name, each.subject.partition(":")[2], "—" if each.value is None else plain(each.value), each.reason) for each in item.stations
    )
    return Table(f"{len(rows)} 个评价点位的日值（{item.unit}）", ("点位", "编码", "日值", "无效的原因"), rows, frozenset({2}))


def _other(origin: Origin) -> str:
    text = f"“{origin.text}”" if origin.text else "空白"
    return f"未采用 {origin.digest[:DIGEST]} 行 {origin.line} {text}"


def _windows(item: ItemDay, *, fold: bool) -> Table:
    best = item.best
    rows = tuple(
        (
            f"{w.first:02d}—{w.last:02d}", str(w.n), plain(w.total), "—" if w.mean is None else plain(w.mean),
            "最大" if best is not None and w.last == best.last else "" if w.mean is not None else "小时不足，无效",
        )
        for w in item.windows
    )  # fmt: skip
    marked = frozenset(i for i, w in enumerate(item.windows) if best is not None and w.last == best.last)
    return Table(f"{len(rows)} 个 8 小时平均", ("时段", "有效小时", "和", "平均", ""), rows, frozenset({1, 2, 3}), marked, fold)


# ---- back up, and the rules -----------------------------------------------------------------------------------------------------------


def _way_back(explained: Explained) -> list[Block]:
    """The same way once more, upwards, one line a step."""
    chain = [explained]
    while chain[-1].opened is not None:
        chain.append(chain[-1].opened)
    day = chain[-1].example
    lines = []
    if day is not None:
        asked = chain[-1].figure.indicator.split(".")[1]
        shown = (asked,) if asked in AIR_SIX else day.primary
        lines += [_item_in_a_line(item) for item in day.items if item.item in shown]
        if day.aqi is not None:
            lines.append(f"{day.day} AQI {day.aqi}（{day.category}），{'计入' if day.counts else '不计入'}")
    for here in reversed(chain):
        f = here.figure
        if here.how is not None and not isinstance(here.how, OfDay):
            result = "—" if f.display is None else f"{_word(f, f.display)}{_gap(f.unit)}"
            lines.append(f"{f.subject_name} {f.period} {here.name}：{_line(here.how)} → 印出 {result}")
    if not lines:
        return []
    return [Head("回程：从小时到结果", "and back up"), Sums(tuple(lines)), Para("每一步都另行重算，并与评价结果逐位核对一致。", "quiet")]


def _item_in_a_line(item: ItemDay) -> str:
    name = pollutant(item.item).printed
    if item.value is None:
        return f"{name}：没有值"
    source = ""
    if item.best is not None:
        source = f"{item.best.first:02d}—{item.best.last:02d} 时之和 {plain(item.best.total)} ÷ {item.best.n} = "
    elif item.hours and item.total is not None:
        source = f"{item.n} 个小时之和 {plain(item.total)} ÷ {item.n} = "
    rounded = "" if item.rounding is None else f" → 修约 {item.rounding.after:f}"
    index = "" if item.index is None else f" → IAQI {item.index.index}"
    return f"{name}：{source}{plain(item.value)}{rounded}{index}"


def _line(how: How) -> str:
    if isinstance(how, PlacesMean | DaysMean):
        return f"{plain(how.total)} ÷ {how.n} = {plain(how.value)}"
    if isinstance(how, DaysPercentile):
        return f"第 {plain(how.k)} 位 = {plain(how.value)}"
    if isinstance(how, DaysCount):
        return f"{how.hits} ÷ {how.n} × 100 = {plain(how.value)}" if how.ratio else f"{how.hits} 天"
    if isinstance(how, Change):
        return plain(how.exact)
    return plain(how.value)


def _clauses(explained: Explained) -> list[Block]:
    """Every rule that the opened path leans on, with how sure each is."""
    found: list[Clause] = []
    here: Explained | None = explained
    while here is not None:
        day = here.example
        asked = here.completeness.rules if here.completeness is not None else ()
        found += [*here.rules, *asked, *((*day.rules, *(r for i in day.items for r in i.rules)) if day else ())]
        here = here.opened
    return rules_table(found, explained.figure)


def rules_table(clauses: Iterable[Clause], figure: Figure) -> list[Block]:
    """Each clause once, with its value, how sure it is and where it was read; and what else the Figure leans on that is unverified."""
    found = {f"{clause.document}:{clause.key}": clause for clause in clauses}
    if not found:
        return []
    rows = tuple(
        (_document(c), c.clause, c.key, _value(c), CONFIDENCES.get(c.confidence, c.confidence), "；".join(c.source))
        for c in sorted(found.values(), key=lambda c: (c.document, c.key))
    )
    marked = frozenset(i for i, c in enumerate(sorted(found.values(), key=lambda c: (c.document, c.key))) if c.unverified)
    others = [rule for rule in figure.unverified if rule not in found]
    more = [Para(f"未核实的还有：{'、'.join(others)}。", "quiet")] if others else []
    return [
        Head("所依的条文", "the rules"),
        Table(f"{len(rows)} 条规则（标出的尚未与官方文本核对）", ("文件", "条款", "规则", "值", "把握", "出处"), rows, frozenset(), marked),
        *more,
    ]


def _document(clause: Clause) -> str:
    return clause.title if clause.number in {"", "—"} else clause.number


def _value(clause: Clause) -> str:
    if clause.value is None:
        return "未知"
    if isinstance(clause.value, list):
        return "表"
    if isinstance(clause.value, bool):
        return "是" if clause.value else "否"
    unit = {"1": "", "decimals": " 位", "d": " 天", "h": " 小时"}.get(clause.unit, f" {clause.unit}")
    return f"{clause.value}{unit}"


def cite(clause: Clause, *, value: bool = False) -> str:
    """A clause as a reader would name it, with how sure the book is of it; with ``value`` what it says."""
    said = f"{_document(clause)} {clause.clause}"
    if value and clause.note and len(clause.note) <= 60:
        said += f" {clause.note}"
    elif value:
        said += f" {clause.key} = {_value(clause)}"
    return f"{said}〔{CONFIDENCES.get(clause.confidence, clause.confidence)}〕"


def rounding_line(rounding: Rounding) -> str:
    """One rounding in a line."""
    places = f"{rounding.decimals} 位小数" if rounding.decimals else "整数"
    return f"修约（{rounding.what}）：{in_full(rounding.before)} → {rounding.after:f}（{places}，四舍六入五成双；{cite(rounding.rule)}）"


def _gap(unit: str) -> str:
    word = UNITS.get(unit, unit)
    return word if word in {"", "%"} else f" {word}"


def _printed(items: Iterable[str]) -> str:
    return "、".join(pollutant(item).printed for item in items)


_LONGEST: Final = 60
"""Characters of a fraction that a reader can still use; a mean of pH has hundreds, which stand in JSON."""


def in_full(value: Fraction) -> str:
    """A value in full: as a decimal where it ends within six places, else as a fraction with its decimal."""
    text = plain(value)
    if Fraction(text) == value:
        return text
    fraction = f"{value.numerator}/{value.denominator}"
    return f"{fraction} ≈ {text}" if len(fraction) <= _LONGEST else f"≈ {text}"


def numbered(n: int) -> str:
    """The number of a step."""
    return "一二三四五六七八九十"[n - 1] if n <= 10 else str(n)


# ---- drawings -------------------------------------------------------------------------------------------------------------------------


_CELL: Final = 12


def _calendar(rows: Sequence[DayRow], chosen: date | None, edition: str) -> Picture:
    """A month a line, a day a cell: the AQI level's colour and numeral, dashed where the day does not count, framed for the example."""
    levels = {level.category: level for level in load_book().air(edition).levels()}
    months = list(dict.fromkeys((r.day.year, r.day.month) for r in rows))
    cells = []
    for r in rows:
        x, y = 44 + (r.day.day - 1) * _CELL, months.index((r.day.year, r.day.month)) * (_CELL + 3) + 16
        said = f"{r.day} " + (f"AQI {r.aqi} {r.category}" if r.aqi is not None else "") + ("" if r.valid else f" 未计入：{r.reason}")
        level = levels.get(r.category) if r.valid else None
        style = f'fill="{level.colour}"' if level else 'class="gap"'
        frame = ' class="pick"' if r.day == chosen and r.valid else ""
        cells.append(f'<rect x="{x}" y="{y}" width="10" height="10" rx="2" {style}{frame}><title>{escape(said)}</title></rect>')
        if level:
            ink = "lv" if level.number <= 3 else "lv on-dark"
            cells.append(f'<text x="{x + 5}" y="{y + 8}" text-anchor="middle" class="{ink}">{level.number}</text>')
    labels = [f'<text x="0" y="{i * (_CELL + 3) + 25}">{y}-{m:02d}</text>' for i, (y, m) in enumerate(months)]
    heads = [f'<text x="{44 + (d - 1) * _CELL + 5}" y="10" text-anchor="middle">{d}</text>' for d in (1, 5, 10, 15, 20, 25, 31)]
    width, height = 44 + 31 * _CELL, len(months) * (_CELL + 3) + 18
    svg = (
        f'<svg viewBox="0 0 {width} {height}" role="img" aria-label="逐日 AQI 日历" class="cal">{"".join([*heads, *labels, *cells])}</svg>'
    )
    named = "、".join(f"{level.number} {level.category}" for level in levels.values())
    note = f"{named}；虚线格为未计入的日子，加框的是下面逐步说明的一天。"
    return Picture("逐日 AQI", note, svg)


def _hours_picture(item: ItemDay) -> Picture:
    """The 24 hours as bars; for ozone the hours of the largest 8-hour mean in the accent, a missing hour as a gap."""
    top = max((h.value for h in item.hours if h.value is not None), default=Decimal(1)) or Decimal(1)
    width, height = 560, 150
    bars = []
    for h in item.hours:
        x = 4 + (h.slot - 1) * 23
        if h.value is None:
            bars.append(f'<rect x="{x}" y="20" width="18" height="{height - 40}" class="gap"><title>{h.slot:02d} 时 缺</title></rect>')
        else:
            tall = float(h.value / top) * (height - 44)
            inside = item.best is not None and item.best.first <= h.slot <= item.best.last
            y = height - 20 - tall
            kind = "on" if inside or item.best is None else "off"
            bars.append(
                f'<rect x="{x}" y="{y:.1f}" width="18" height="{tall:.1f}" class="{kind}"><title>{h.slot:02d} 时 {h.value:f}</title></rect>'
                f'<text x="{x + 9}" y="{y - 3:.1f}" text-anchor="middle">{h.value:f}</text>'
            )
        bars.append(f'<text x="{x + 9}" y="{height - 6}" text-anchor="middle" class="ax">{h.slot}</text>')
    finding = f"{pollutant(item.item).printed} 日均值 {plain(item.value)}" if item.value is not None else "24 小时"
    if item.best is not None and item.best.mean is not None:
        finding = f"{item.best.first:02d}—{item.best.last:02d} 时的 8 小时平均最大：{plain(item.best.mean)}"
    svg = f'<svg viewBox="0 0 {width} {height}" role="img" aria-label="24 小时值" class="bars">{"".join(bars)}</svg>'
    return Picture(finding, f"24 个小时的浓度（{item.unit}），横轴为小时结束的时刻", svg)


# ---- text -----------------------------------------------------------------------------------------------------------------------------


def as_text(explained: Explained) -> str:
    """The explanation for a screen or a printer, in plain text."""
    return text_of(blocks(explained))


def text_of(made: Iterable[Block]) -> str:
    """Blocks in plain text."""
    lines: list[str] = []
    for block in made:
        if isinstance(block, Hero):
            lines += [f"{block.title}：{block.value}{'' if block.unit in {'', '%'} else ' '}{block.unit}", *(f"  {x}" for x in block.lines)]
            lines.append(f"  路径：{' → '.join(block.path)}")
        elif isinstance(block, Head):
            lines += ["", block.text if block.level == 2 else f"· {block.text}"]
        elif isinstance(block, Para):
            lines += _wrapped(block.text)
        elif isinstance(block, Sums):
            lines += [f"    {line}" for line in block.lines]
        elif isinstance(block, Table):
            lines += _text_table(block)
    return "\n".join(lines) + "\n"


_COLUMNS: Final = 110
_PARAGRAPH: Final = 96


def _wide(text: str) -> int:
    return sum(2 if unicodedata.east_asian_width(c) in "WF" else 1 for c in text)


def _wrapped(text: str) -> list[str]:
    """A paragraph in lines of at most :data:`_PARAGRAPH` cells; Chinese text breaks anywhere, words and numbers do not."""
    lines, line, word = [], "", ""
    for c in text + "\0":
        if c != "\0" and c.isascii() and not c.isspace():
            word += c
            continue
        for piece in (word, "" if c == "\0" else c):
            if line and _wide(line + piece) > _PARAGRAPH and piece not in "，。；：、）〕":
                lines.append(line)
                line = ""
            line += piece
        word = ""
    return [f"  {each.strip()}" for each in [*lines, line] if each.strip()]


def _text_table(table: Table) -> list[str]:
    if table.fold and len(table.rows) > _LISTED:
        return [f"  {table.title}：见 --json 或 --html。"]
    keep = [i for i in range(len(table.heads)) if table.heads[i] or any(row[i] for row in table.rows)]
    keep = [i for i in keep if any(row[i] for row in table.rows)] or keep
    widths = {i: max(_wide(table.heads[i]), *(_wide(row[i]) for row in table.rows), 1) for i in keep}

    def line(cells: Sequence[str]) -> str:
        out = []
        for i in keep:
            pad = " " * (widths[i] - _wide(cells[i]))
            out.append(pad + cells[i] if i in table.right else cells[i] + pad)
        return "  ".join(out).rstrip()

    rule = "─" * min(sum(widths.values()) + 2 * (len(keep) - 1), _COLUMNS)
    body = [("  * " if n in table.marked else "    ") + line(row) for n, row in enumerate(table.rows)]
    return [f"  {table.title}", f"    {rule}", f"    {line(table.heads)}", f"    {rule}", *body, f"    {rule}"]


# ---- page -----------------------------------------------------------------------------------------------------------------------------


_STYLE: Final = """
:root{--ink:#1b2420;--mute:#5d6a64;--line:#dfe6e2;--bg:#fbfcfb;--card:#fff;--ac:#1F6F5C;--soft:#eaf3ef;--warn:#8a4b00}
@media(prefers-color-scheme:dark){:root{--ink:#e6ece9;--mute:#9fb0a8;--line:#2a3531;--bg:#111715;--card:#171f1c;--ac:#6fc3ab;
--soft:#1c2b26;--warn:#e0a86a}}
*{box-sizing:border-box}html{-webkit-text-size-adjust:100%}
body{margin:0;background:var(--bg);color:var(--ink);
font:16px/1.7 "PingFang SC","Microsoft YaHei","Noto Sans SC","Noto Sans CJK SC",sans-serif}
main{max-width:1000px;margin:auto;padding:28px 20px 48px}
h1{font-size:20px;font-weight:600;margin:0;line-height:1.5}
.v{font-size:56px;line-height:1.15;font-weight:600;font-variant-numeric:tabular-nums;margin:6px 0 10px}
.v small{font-size:18px;font-weight:400;color:var(--mute);margin-left:6px}
.q{color:var(--mute);font-size:14px;margin:0;overflow-wrap:anywhere}
.path{display:flex;flex-wrap:wrap;gap:6px;list-style:none;padding:0;margin:18px 0 0;font-size:14px}
.path li:not(:last-child)::after{content:"→";color:var(--mute);margin-left:6px}
h2{font-size:20px;font-weight:600;margin:52px 0 6px;padding-top:18px;border-top:1px solid var(--line);line-height:1.5}
h2 small{display:inline-block;white-space:nowrap;font-size:13px;font-weight:400;color:var(--mute);margin-left:10px}
h3{font-size:16px;font-weight:600;margin:32px 0 4px}
p{margin:8px 0;max-width:46em}p.quiet{color:var(--mute);font-size:13px;max-width:60em}p.warn{color:var(--warn)}
.sums{background:var(--soft);border-left:3px solid var(--ac);border-radius:0 8px 8px 0;padding:10px 16px;margin:12px 0;list-style:none;
font-variant-numeric:tabular-nums;overflow-wrap:anywhere}
.sums li{padding:2px 0}
figure{margin:18px 0}figcaption b{font-weight:600;display:block}figcaption span{color:var(--mute);font-size:13px}
.t{overflow-x:auto;margin:14px 0}
table{border-collapse:collapse;min-width:min(100%,420px);font-variant-numeric:tabular-nums;font-size:14px;
border-top:2px solid var(--ink);border-bottom:2px solid var(--ink)}
caption{text-align:left;font-weight:600;padding:0 0 6px;font-size:14px}
th,td{white-space:nowrap;padding:5px 12px 5px 0;border-bottom:1px solid var(--line);text-align:left;font-weight:400;vertical-align:top}
thead th{color:var(--mute);font-size:13px;border-bottom:1px solid var(--ink)}
td.r,th.r{text-align:right}td.w{white-space:normal;overflow-wrap:anywhere;min-width:11em}
tr.m td{background:var(--soft);font-weight:600}tr.m td:first-child{box-shadow:-3px 0 0 var(--ac)}
td.d{color:var(--mute);font-size:12px}
details{margin:12px 0}summary{cursor:pointer;color:var(--ac);font-size:14px;padding:11px 0;min-height:44px}
svg{width:100%;display:block;margin-top:8px}svg text{fill:var(--mute);font-size:9px}.cal{max-width:640px}.bars{max-width:760px}
.bars .on{fill:var(--ac)}.bars .off{fill:var(--mute);opacity:.45}.gap{fill:none;stroke:var(--mute);stroke-dasharray:2 2}
.cal rect{stroke:#0003}.cal .gap{stroke:var(--mute)}
.cal text.lv{fill:#222;font-size:7px;pointer-events:none}.cal text.on-dark{fill:#fff}
.cal .pick{stroke:var(--ink);stroke-width:2}
footer{color:var(--mute);font-size:13px;border-top:1px solid var(--line);margin-top:52px;padding-top:14px}
@media(max-width:600px){main{padding:20px 16px 40px}.v{font-size:44px}.sums{padding:10px 12px}h2{margin-top:40px}
table{font-size:13px}th,td{padding-right:10px}tr.m td{font-weight:400}.bars text{font-size:12px}}
@media print{:root{--ink:#000;--mute:#444;--line:#bbb;--bg:#fff;--card:#fff;--ac:#1F6F5C;--soft:#f3f6f4;--warn:#000}
body{font-size:11pt}main{max-width:none;padding:0}.t{overflow:visible}summary{list-style:none;min-height:0;padding:0}
details::details-content{content-visibility:visible;block-size:auto}
tr,figure,.sums{break-inside:avoid}h2,h3{break-after:avoid}thead{display:table-header-group}svg *{print-color-adjust:exact}}
"""


def as_html(found: Sequence[Explained]) -> str:
    """One page that explains one Figure, or the same Figure under several editions one after the other."""
    return page_of(f"{found[0].figure.subject_name} {found[0].figure.period} {found[0].name}", [blocks(each) for each in found])


def page_of(of: str, articles: Iterable[Iterable[Block]]) -> str:
    """One page of several lists of blocks; ``of`` says what it explains."""
    body = "".join(f"<article>{''.join(map(_html, made))}</article>" for made in articles)
    title = escape(f"{of}：怎么算出来的")
    return (
        '<!doctype html><html lang="zh-Hans"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width,initial-scale=1"><meta name="color-scheme" content="light dark">'
        f"<title>{title}</title><style>{_STYLE}</style></head><body><main>{body}"
        "<footer>由样板 Yangban 逐步重算并核对。分数为精确值，≈ 后为六位小数；修约只在标明处进行一次。</footer></main></body></html>\n"
    )


def write_html(found: Sequence[Explained], path: Path) -> None:
    """Write the page to a file, whole."""
    write_page(as_html(found), path)


def write_page(page: str, path: Path) -> None:
    """Write a page to a file, whole."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(page, encoding="utf-8")


def _html(block: Block) -> str:
    if isinstance(block, Hero):
        unit = f"<small>{escape(block.unit)}</small>" if block.unit else ""
        lines = "".join(f'<p class="q">{escape(line)}</p>' for line in block.lines)
        path = "".join(f"<li>{escape(each)}</li>" for each in block.path)
        value = f'<div class="v">{escape(block.value)}{unit}</div>'
        return f'<h1>{escape(block.title)}：怎么算出来的</h1>{value}{lines}<ol class="path">{path}</ol>'
    if isinstance(block, Head):
        gloss = f"<small>{escape(block.english)}</small>" if block.english else ""
        return f"<h{block.level}>{escape(block.text)}{gloss}</h{block.level}>"
    if isinstance(block, Para):
        tone = f' class="{block.tone}"' if block.tone else ""
        return f"<p{tone}>{escape(block.text)}</p>"
    if isinstance(block, Sums):
        return f'<ul class="sums">{"".join(f"<li>{escape(line)}</li>" for line in block.lines)}</ul>'
    if isinstance(block, Picture):
        return f"<figure><figcaption><b>{escape(block.title)}</b><span>{escape(block.note)}</span></figcaption>{block.svg}</figure>"
    return _html_table(block)


_FINE: Final = frozenset({"SHA-256", "其他出处", "出处", "规则", "收到时的路径"})
"""Columns in small print."""

_NARROW: Final = 24
"""Cells of text that stand in one line; a column with a longer one may wrap."""


def _html_table(table: Table) -> str:
    keep = [i for i in range(len(table.heads)) if any(row[i] for row in table.rows)]

    def kind(i: int) -> str:
        long = max(_wide(row[i]) for row in table.rows) > _NARROW
        names = ["r"] * (i in table.right) + ["d"] * (table.heads[i] in _FINE) + ["w"] * long
        return f' class="{" ".join(names)}"' if names else ""

    head = "".join(f'<th scope="col"{kind(i) if i in table.right else ""}>{escape(table.heads[i])}</th>' for i in keep)
    marked = ' class="m"'
    body = "".join(
        f"<tr{marked if n in table.marked else ''}>{''.join(f'<td{kind(i)}>{escape(row[i])}</td>' for i in keep)}</tr>"
        for n, row in enumerate(table.rows)
    )
    caption = "" if table.fold else f"<caption>{escape(table.title)}</caption>"
    made = f'<div class="t" tabindex="0"><table>{caption}<thead><tr>{head}</tr></thead><tbody>{body}</tbody></table></div>'
    return f"<details><summary>{escape(table.title)}</summary>{made}</details>" if table.fold else made
