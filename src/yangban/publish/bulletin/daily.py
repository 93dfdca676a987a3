"""The daily dispatch as a bulletin of one page."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

from yangban.assess.air.indicators import CHANGE_SUFFIX, INDICATORS
from yangban.assess.figure import Figure
from yangban.base import regions
from yangban.base.exact import plain
from yangban.base.periods import day_of
from yangban.base.pollutants import pollutant
from yangban.indicators.paths import MET, MISSED
from yangban.indicators.targets import ROUNDED, UNROUNDED
from yangban.publish.bulletin.compose import CONFIDENCE, finished
from yangban.publish.bulletin.layout import DISPATCH, KINDS
from yangban.publish.bulletin.paper import Bulletin, Cell, Row, Table
from yangban.publish.bulletin.words import NONE, UNITS, changed, number, unit_cell, value, when, with_unit
from yangban.publish.dispatch import HEAD, RANKED, Dispatch, Outlook, ToDate
from yangban.standards import Book

_KEYS: Final = {"air.composite_index": "index", "air.pm25.mean": "pm25", "air.good_day_ratio": "ratio", "air.o3_8h.p90": "o3"}
_SPANS: Final = {"month": "本月", "year": "本年"}
_SAID: Final = ("air.good_day_ratio", "air.pm25.mean", "air.o3_8h.p90")
_WAYS: Final = {ROUNDED: "按修约值", UNROUNDED: "按未修约值", "count": ""}


def daily_bulletin(made: Dispatch, book: Book, *, release: str | None = None) -> Bulletin:
    """The dispatch of a day, set on one page."""
    used = [f for span in (made.month, made.year) for f in span.figures.values()]
    tables: dict[str, Table] = {}
    say: dict[str, tuple[str, ...]] = {"head": tuple(_head(made))}
    tables["to_date"] = _to_date(made)
    if standing := _standing(made):
        tables["standing"] = standing
    say["targets"] = tuple(_targets(made))
    say["latest"] = tuple(_latest(made))
    say["method"] = tuple(made.notes)
    return finished(
        DISPATCH, f"{made.name}{when(day_of(made.day))}{KINDS[DISPATCH]}", [book.air(made.edition)] if made.edition else [],
        used=used, basis=made.basis, scope=made.scope, release=release, say=say, tables=tables, charts={}, synthetic=made.synthetic,
    )  # fmt: skip


def _head(made: Dispatch) -> Iterator[str]:
    upto = "当日没有小时读数" if made.as_of is None else f"小时数据到{made.as_of.replace('T', ' ')}"
    left = f"，当日还剩{made.hours_left}小时" if made.hours_left else ""
    yield f"{upto}{left}；累计到{when(day_of(made.through))}。"
    for span in (made.month, made.year):
        if span.period is not None:
            yield f"{when(span.period)}，{_span(span)}。"


def _span(span: ToDate) -> str:
    parts = (f"{INDICATORS[w].name}{value(span.figures[w])}{changed(span.changes.get(w), '同比')}" for w in _SAID if w in span.figures)
    return "；".join(parts)


def _to_date(made: Dispatch) -> Table:
    rows: list[Row] = [
        {
            "item": Cell(INDICATORS[w].name),
            "unit": unit_cell(INDICATORS[w].unit),
            "month": number(made.month.figures.get(w)),
            "month_yoy": with_unit(number(made.month.changes.get(w)), w),
            "year": number(made.year.figures.get(w)),
            "year_yoy": with_unit(number(made.year.changes.get(w)), w),
        }
        for w in HEAD
    ]
    figures: list[Figure] = [f for span in (made.month, made.year) for f in span.figures.values()]
    doubt = "带*的数据不足，不作正式使用。" if any(f.display is not None and not f.usable for f in figures) else ""
    return Table("本月和本年累计", tuple(rows), note=doubt)


def _standing(made: Dispatch) -> Table | None:
    found = {
        (r.pool.id, r.span, r.placed.figure.indicator): r.placed
        for r in made.ranks
        if r.by == "value" and not r.placed.figure.indicator.endswith(CHANGE_SUFFIX)
    }
    rows: list[Row] = []
    for pool in dict.fromkeys(r.pool for r in made.ranks):
        if max(r.placed.of for r in made.ranks if r.pool == pool) <= 1:
            continue  # The first of one is no rank.
        for span, said in _SPANS.items():
            cells: dict[str, Cell] = {}
            for word in RANKED:
                placed = found.get((pool.id, span, word))
                there = placed is not None and placed.rank is not None
                cells[_KEYS[word]] = Cell(
                    f"{placed.rank}/{placed.of}{'（并列）' if placed.tied else ''}" if placed is not None and there else NONE
                )
            if any(cell.text != NONE for cell in cells.values()):
                rows.append({"pool": Cell(pool.name), "span": Cell(said), **cells})
    return Table("名次/参与排名数（1为最好）", tuple(rows)) if rows else None


def _targets(made: Dispatch) -> Iterator[str]:
    for outlook in made.targets:
        target = outlook.target
        sign = "不高于" if target.direction == "at_most" else "不低于"
        name = INDICATORS[target.indicator].name
        unit = UNITS.get(target.unit, target.unit)
        now = "" if outlook.figure is None else f"现为{value(outlook.figure)}，"
        ways = "；".join(_ways(outlook)) or outlook.reason
        yield f"{when(target.period)}{name}{sign}{target.value:f}{unit}：{now}余{outlook.rest}天；{ways}。"
    sources = dict.fromkeys(f"{o.target.source_said}（{CONFIDENCE[o.target.confidence]}）" for o in made.targets)
    if sources:
        yield f"目标来源：{'；'.join(sources)}。"


def _ways(outlook: Outlook) -> Iterator[str]:
    for way, answer in outlook.ways.items():
        how = _WAYS[way] + ("（本目标）" if way == outlook.target.met_by else "")
        if answer.state == MISSED:
            yield f"{how}已不能完成" if outlook.rest else f"{how}未完成"
        elif answer.state == MET and (not outlook.rest or hasattr(answer, "allowed")):
            yield f"{how}已完成"
        else:
            yield how + _open(outlook, answer)


def _open(outlook: Outlook, answer: Any) -> str:
    if not hasattr(answer, "allowed"):
        return f"余下均值不高于{answer.display}{UNITS.get(outlook.target.unit, outlook.target.unit)}"
    if answer.needed is None:
        return f"余下还可有{plain(answer.allowed, 1)}天"
    each = "各城市平均" if outlook.n is None and "count" not in outlook.ways else ""
    return f"余下{each}还需{plain(answer.needed, 1)}天，可超标{plain(answer.allowed, 1)}天"


def _latest(made: Dispatch) -> Iterator[str]:
    """The newest hour of each place: AQI, level, primary pollutants; places of the same hour in one sentence."""
    newest = {h.subject: h for h in made.hours}
    by_hour: dict[int, list[str]] = {}
    for code, hour in newest.items():
        index = hour.index
        primary = "、".join(pollutant(p).printed for p in index.primary)
        level = "" if index.level is None else f"（{index.level.category}{f'，{primary}' if primary else ''}）"
        aqi = "无结果" if index.aqi is None else str(index.aqi)
        by_hour.setdefault(hour.hour, []).append(f"{regions.subject_name(code)}{aqi}{level}")
    for hour_number, said in sorted(by_hour.items(), reverse=True):
        yield f"{hour_number}时（小时末端）AQI：{'；'.join(said)}。"
