"""``yangban dispatch``: what an air office wants to know of a day, on one screen."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Final

import typer

from yangban.cli.common import (
    DEFAULT_WORKSPACE,
    BasisOption,
    EditionOption,
    JsonOption,
    ScopeOption,
    WorkspaceOption,
    console,
    display,
    print_json,
    short_edition,
    subject_code,
    three_line_table,
)

if TYPE_CHECKING:
    from yangban.assess.figure import Figure
    from yangban.publish.dispatch import Dispatch, Outlook, ToDate

app = typer.Typer(add_completion=False)

_SPANS: Final = {"month": "本月", "year": "本年"}
_CONFIDENCE: Final = {"official": "官方文本", "verified": "多个来源一致", "one-source": "仅一个来源", "unverified": "未核对"}
_CELL: Final = 4
"""Screen cells of one hour in the table of hours."""


@app.command()
def dispatch(
    region: Annotated[str, typer.Option("--region", "-r", help="地区代码或名称  Code or name.")],
    day: Annotated[str, typer.Option("--date", "-d", help="日期，如 2022-06-13  The day.")],
    workspace: WorkspaceOption = DEFAULT_WORKSPACE,
    targets: Annotated[
        Path | None,
        typer.Option("--targets", help="目标文件（TOML）；另读工作区 targets.toml 和地区包  A file of targets.", dir_okay=False),
    ] = None,
    last: Annotated[int, typer.Option("--last", min=1, help="“后几名”的名单长度  Length of the list of the last.")] = 10,
    edition: EditionOption = None,
    basis: BasisOption = "realtime",
    scope: ScopeOption = "as_monitored",
    straddle: Annotated[str | None, typer.Option("--straddle", help="refuse、old、new")] = None,
    json: JsonOption = False,
) -> None:
    """日调度：本月、本年累计与同比，各范围排名，目标余量（其余天均值、优良天、重污染天），当日小时，退出后十的数值。

    Month and year to date with change, rank in every pool, what the rest may bring per target, the day's hours, what leaves the last ten.
    """
    from yangban.base.errors import UnknownPeriod
    from yangban.base.periods import parse
    from yangban.publish.dispatch import make_dispatch, targets_for
    from yangban.readings.workspace import Workspace
    from yangban.run.local import open_results

    when = parse(day)
    if when.kind != "day":
        raise UnknownPeriod(f"--date {day!r} is a {when.kind}; expected one day such as 2022-06-13")
    place, code = Workspace.open(workspace), subject_code(region)
    made = make_dispatch(
        place,
        open_results(place),
        region=code,
        day=when.start,
        targets=targets_for(place, code, file=targets),
        last=last,
        edition=edition,
        straddle=straddle,
        basis=basis,
        scope=scope,
    )
    if json:
        print_json(made.to_dict())
        return
    show(made, console())


def show(made: Dispatch, out: Any) -> None:
    """Print a dispatch on a Rich console."""
    from rich.text import Text

    mark = "　（合成数据，不是监测结果）" if made.synthetic else ""
    upto = "当日没有小时读数" if made.as_of is None else f"数据到 {made.as_of.replace('T', ' ')}"
    left = f"，当日还剩 {made.hours_left} 小时" if made.hours_left else ""
    basis = {"realtime": "实况", "audited": "审核", "best": "审核优先"}.get(made.basis, made.basis)
    dust = "，剔除沙尘" if made.scope == "dust_excluded" else ""
    out.print()
    out.print(Text(f"{made.name} {made.day.isoformat()} 空气质量日调度{mark}", style="bold"))
    out.print(f"{upto}{left}；累计到 {made.through.isoformat()}；{basis}数据{dust}；版本 {short_edition(made.edition)}")
    out.print(_to_date_table(made))
    if made.ranks:
        out.print(_rank_table(made))
    if made.targets:
        out.print(_target_table(made))
        for source in dict.fromkeys(f"目标来源：{t.target.source_said}（{_CONFIDENCE[t.target.confidence]}）" for t in made.targets):
            out.print(Text(source, style="dim", overflow="fold"))
    else:
        out.print("没有本时段的目标：用 --targets 文件，或在工作区放 targets.toml。", style="dim")
    if len({h.subject for h in made.hours}) > 1:
        out.print(_latest_table(made))
    elif made.hours:
        for line in _hour_lines(made, fitting=(out.width - 2 * _CELL) // _CELL):
            out.print(Text(line))
        out.print()
    for line in _last_lines(made):
        out.print(Text(line, overflow="fold"))
    for n, note in enumerate(made.notes, start=1):
        out.print(Text(f"注{n}：{note}", style="dim", overflow="fold"))


def _value(figure: Figure | None) -> str:
    if figure is None:
        return "—"
    return display(figure, unit=False) + ("" if figure.usable or figure.display is None else " *")


def _label(to_date: ToDate) -> str:
    if to_date.period is None:
        return to_date.whole.label
    start, end = to_date.period.start, to_date.period.end
    return f"{start.month}月{start.day}日—{end.month}月{end.day}日"


def _to_date_table(made: Dispatch) -> Any:
    from yangban.assess.air.indicators import INDICATORS
    from yangban.cli.common import UNIT_WORDS
    from yangban.publish.dispatch import HEAD

    table = three_line_table()
    table.add_column("指标")
    table.add_column("单位")
    for to_date in (made.month, made.year):
        table.add_column(_label(to_date), justify="right", style="bold")
        table.add_column("同比", justify="right")
    table.add_column("有效/应有天", justify="right", style="dim")
    for word in HEAD:
        cells = [INDICATORS[word].name, UNIT_WORDS.get(INDICATORS[word].unit, INDICATORS[word].unit)]
        for to_date in (made.month, made.year):
            change = to_date.changes.get(word)
            cells += [_value(to_date.figures.get(word)), "—" if change is None or change.display is None else display(change)]
        counted = [f"{f.n_valid}/{f.n_expected}" for t in (made.month, made.year) if (f := t.figures.get(word))]
        table.add_row(*cells, " ".join(counted))
    return table


def _rank_table(made: Dispatch) -> Any:
    from yangban.assess.air.indicators import INDICATORS
    from yangban.publish.dispatch import RANKED

    table = three_line_table("排名（按数值 ‖ 按同比变化，1 为最好；=为并列）")
    table.add_column("范围")
    table.add_column("时段")
    short = {"air.composite_index": "综合指数", "air.good_day_ratio": "优良比例", "air.o3_8h.p90": "O3-8h", "air.pm25.mean": "PM2.5"}
    for word in RANKED:
        table.add_column(short.get(word, INDICATORS[word].name), justify="right")
    found = {(r.span, r.pool.id, r.placed.figure.indicator.removesuffix(".change"), r.by): r.placed for r in made.ranks}
    for pool in dict.fromkeys(r.pool for r in made.ranks):
        ranked = max(r.placed.of for r in made.ranks if r.pool == pool)
        if ranked < 2:
            continue
        name = f"{pool.name}（{ranked}/{len(pool.members)} 有数据）"
        for span, said in _SPANS.items():
            cells = []
            for word in RANKED:
                pair = [found.get((span, pool.id, word, by)) for by in ("value", "change")]
                cells.append(" ‖ ".join("—" if p is None or p.rank is None else f"{p.rank}{'=' * p.tied}/{p.of}" for p in pair))
            table.add_row(name, said, *cells)
            name = ""
    return table


def _target_table(made: Dispatch) -> Any:
    table = three_line_table("目标余量（余下每天都有效时）")
    for head, justify in (("时段", "left"), ("目标", "left"), ("现值", "right"), ("余天", "right"), ("余下允许或需要", "left")):
        table.add_column(head, justify=justify, overflow="fold")
    for outlook in made.targets:
        target = outlook.target
        sign = "≤" if target.direction == "at_most" else "≥"
        unit = {"d": " 天", "%": "%"}.get(target.unit, f" {target.unit}")
        said = "\n".join(_ways(outlook)) or outlook.reason
        aim = f"{_name(target.indicator)} {sign} {target.value:f}{unit}"
        table.add_row(target.period.label, aim, _value(outlook.figure), str(outlook.rest), said)
    return table


def _name(word: str) -> str:
    from yangban.assess.air.indicators import INDICATORS

    return INDICATORS[word].name if word in INDICATORS else word


def _ways(outlook: Outlook) -> list[str]:
    target, said = outlook.target, []
    unit = f" {target.unit}"
    for way, answer in outlook.ways.items():
        how = {"rounded": "按修约值", "unrounded": "按未修约值", "count": ""}[way] + ("（本目标）" if way == target.met_by else "")
        if answer.state == "missed":
            over = f"，已超 {_days(-answer.allowed)} 天" if way == "count" and target.direction == "at_most" else ""
            said.append(f"{how}已无法达标{over}" if outlook.rest else f"{how}未达标{over}")
        elif not outlook.rest:
            said.append(f"{how}达标")
        elif hasattr(answer, "allowed"):
            said.append(how + _days_said(outlook, answer))
        else:
            strict = "" if answer.inside else f"，严格为 < {_places(answer.mean)}"
            said.append(f"{how}余下 {outlook.rest} 天均值 ≤ {answer.display}{unit}{strict}")
    return said


def _days_said(outlook: Outlook, answer: Any) -> str:
    each = "" if outlook.n is not None or "count" in outlook.ways else "各城市平均"
    if answer.needed is None:
        return f"余下 {outlook.rest} 天还可有 {_days(answer.allowed)} 天"
    if answer.state == "met":
        return "已达标，余下不论"
    bad = "" if answer.allowed < 0 else f"，可超标 {_days(answer.allowed)} 天"
    return f"余下 {outlook.rest} 天{each}还需 {_days(answer.needed)} 天{bad}"


def _days(number: Any) -> str:
    from yangban.base.exact import plain

    return plain(number, 1)


def _places(number: Any) -> str:
    from yangban.base.exact import plain

    return plain(number, 3)


def _latest_table(made: Dispatch) -> Any:
    from yangban.base import regions

    table = three_line_table("各城市最新一小时")
    for head in ("城市", "时", "AQI", "等级", "首要污染物"):
        table.add_column(head, justify="right" if head in {"时", "AQI"} else "left")
    for h in made.hours:
        table.add_row(regions.subject_name(h.subject), str(h.hour), *_index_cells(h))
    return table


def _hour_lines(made: Dispatch, *, fitting: int) -> list[str]:
    """The hours of the day as lines, a column an hour, the last ones that fit."""
    from yangban.base.pollutants import pollutant

    hours = made.hours[-fitting:]

    def line(name: str, cells: list[str], wide: int = 0) -> str:
        return name + " " * (2 * _CELL - len(name) - sum(c > "\u2e80" for c in name)) + "".join(f"{c:>{_CELL - wide}}" for c in cells)

    lines = [
        f"当日小时（时为小时的末端；{made.hours[0].index.edition} 实时报；浓度 µg/m³）",
        line("时", [str(h.hour) for h in hours]),
        line("AQI", ["—" if h.index.aqi is None else str(h.index.aqi) for h in hours]),
        line("等级", ["－" if h.index.level is None else h.index.level.category[0] for h in hours], 1),
    ]
    for item in ("pm25", "pm10", "o3", "no2"):
        values = [h.values.get(item) for h in hours]
        lines.append(line(pollutant(item).printed, ["—" if v is None else f"{round(v)}" for v in values]))
    return lines


def _index_cells(hour: Any) -> list[str]:
    from yangban.base.pollutants import pollutant

    index = hour.index
    return [
        "—" if index.aqi is None else str(index.aqi),
        "—" if index.level is None else index.level.category,
        "、".join(pollutant(p).printed for p in index.primary) or "—",
    ]


def _last_lines(made: Dispatch) -> list[str]:
    said = []
    for each in made.last:
        if each.figure.indicator not in {"air.composite_index", "air.pm25.mean"}:
            continue
        where = f"{each.pool.name}{_SPANS[each.span]}{_name(each.figure.indicator)}"
        if each.inside:
            said.append(f"{where} {each.figure.display} 在后 {made.last_n} 名内：降到 {each.leaves_at} 即退出（差 {-each.margin}）。")
        else:
            said.append(f"{where} {each.figure.display} 不在后 {made.last_n} 名内：高于 {each.leaves_at} 即进入（余 {each.margin}）。")
    return said
