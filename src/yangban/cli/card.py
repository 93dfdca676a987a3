"""``yangban card``: the report card of a region for a year."""

from __future__ import annotations

from typing import Annotated, Any

import typer

from yangban.base.errors import UsageError, WorkspaceError
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

app = typer.Typer(add_completion=False)


@app.command()
def card(
    workspace: WorkspaceOption = DEFAULT_WORKSPACE,
    region: Annotated[
        str | None, typer.Option("--region", "-r", help="地区代码或名称；默认本系统所属地区  Code or name; default the region of the pack.")
    ] = None,
    year: Annotated[
        str | None, typer.Option("--year", "--period", help="年份，或其他时段；默认最近评价的一年  Year or another period.")
    ] = None,
    edition: EditionOption = None,
    basis: BasisOption = "realtime",
    scope: ScopeOption = "as_monitored",
    json: JsonOption = False,
) -> None:
    """成绩单：一段话、关键指标（旁列公布值）和各城市。

    The headline paragraph of a region, computed from readings, with published values beside it.
    """
    from yangban.base.periods import parse
    from yangban.packs import home_region
    from yangban.publish.card import make_card
    from yangban.readings.workspace import Workspace
    from yangban.run.media import open_all

    results = open_all(Workspace.open(workspace))
    if results.air is None:
        raise WorkspaceError("还没有空气评价结果，请先 yangban ingest、yangban assess；no air has been assessed yet")
    place = region or home_region()
    if place is None:
        raise UsageError("请用 --region 指定地区；several region packs are here: say --region, such as a code or a name")
    when = parse(year or str(results.latest_year))
    made = make_card(
        results.air, region=subject_code(place), period=when, edition=edition, basis=basis, scope=scope, water=results.water,
        others=results.others,
    )  # fmt: skip
    if json:
        print_json(made.to_dict())
        return
    show(made, console())


def show(made: Any, out: Any) -> None:
    """Print a card on a Rich console."""
    from rich.padding import Padding
    from rich.text import Text

    mark = "（合成数据）" if made.synthetic else ""
    out.print()
    out.print(Text(f"{made.name} {made.period} 空气质量成绩单{mark}", style="bold"))
    out.print()
    out.print(Padding(Text(made.paragraph, overflow="fold"), (0, 2)))
    out.print()
    has_published = any(line.published for line in made.lines)
    has_change = any(line.change for line in made.lines)
    table = three_line_table(f"指标　版本 {short_edition(made.edition)}　实况数据")
    table.add_column("指标")
    table.add_column("计算值", justify="right")
    if has_change:
        table.add_column("同比", justify="right")
    if has_published:
        table.add_column("公布值", justify="right")
        table.add_column("比较", justify="left")
    table.add_column("未修约", justify="right", style="dim")
    table.add_column("状态", overflow="fold")
    for line in made.lines:
        cells = [line.name, Text(display(line.figure), style="bold")]
        if has_change:
            cells.append("—" if line.change is None else display(line.change))
        if has_published:
            cells += ["—", ""] if line.published is None else [f"{line.published.value}", _verdict(line)]
        cells += [line.figure.value or "—", "有效" if line.figure.usable else f"不足：{line.figure.reason}"]
        table.add_row(*cells)
    out.print(table)
    if made.places:
        _show_places(made, out)
    for n, note in enumerate(made.notes, start=1):
        out.print(Text(f"注{n}：{note}", style="dim", overflow="fold"))


def _verdict(line: Any) -> str:
    if line.agrees is None:
        return ""
    return "✓ 一致" if line.agrees else f"差 {line.difference:+f}"


def _show_places(made: Any, out: Any) -> None:
    from rich.text import Text

    table = three_line_table("各城市（按综合指数排名，1 为最好）")
    table.add_column("名次", justify="right")
    table.add_column("城市")
    for head in ("优良/有效天", "优良比例 %", "PM2.5 µg/m³", "O3-8h 90% µg/m³", "综合指数", "六项达标"):
        table.add_column(head, justify="right")
    order = sorted(made.places, key=lambda row: (row.rank.rank if row.rank and row.rank.rank else 10_000, row.code))
    for row in order:
        f = row.figures

        def cell(word: str, row: Any = row) -> Text:
            figure = row.figures[word]
            return Text(display(figure, unit=False) + ("" if figure.usable else " *"), style="" if figure.usable else "dim")

        attains = f["air.attains"]
        attained = "—" if attains.exact is None else "达标" if attains.exact else "超标"
        place = "—" if row.rank is None or row.rank.rank is None else f"{row.rank.rank}{'=' if row.rank.tied else ''}"
        cells = [
            place, row.name, Text(f"{display(f['air.good_days'], unit=False)}/{display(f['air.valid_days'], unit=False)}"),
            cell("air.good_day_ratio"), cell("air.pm25.mean"), cell("air.o3_8h.p90"), cell("air.composite_index"), attained,
        ]  # fmt: skip
        table.add_row(*cells)
    out.print(table)
    if any(not figure.usable for row in made.places for figure in row.figures.values()):
        out.print("* 数据不足，不作正式使用，不参与排名。", style="dim")
    for row in order:
        if row.published:
            area = next(iter(row.published.values())).area_note
            said = "；".join(_beside(word, p.value, row.figures[word]) for word, p in row.published.items())
            out.print(f"公布值　{row.name}{f'（{area}）' if area else ''}：{said}")


def _beside(word: str, published: str, figure: Any) -> str:
    """A published value with what was computed, when the two differ."""
    from decimal import Decimal
    from fractions import Fraction

    from yangban.assess.figure import displayed

    text = f"{_SHORT.get(word, word)} {published}"
    if figure.exact is None:
        return text
    computed = displayed(Fraction(figure.exact), -int(Decimal(published).as_tuple().exponent))
    return f"{text} ✓" if computed == Decimal(published) else f"{text}（计算 {computed:f}）"


_SHORT = {
    "air.good_days": "优良天数",
    "air.good_day_ratio": "优良比例",
    "air.pm25.mean": "PM2.5",
    "air.composite_index": "综合指数",
}
