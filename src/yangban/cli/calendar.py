"""``yangban calendar``: a year of AQI as a calendar."""

from __future__ import annotations

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
    print_json,
    short_edition,
    subject_code,
)

if TYPE_CHECKING:
    from yangban.publish.products import Calendar

app = typer.Typer(add_completion=False)

_LONGEST_MONTH: Final = 31


@app.command()
def calendar(
    region: Annotated[str, typer.Option("--region", "-r", help="城市、县或站点：代码或名称  A place with days of its own.")],
    year: Annotated[int, typer.Option("--year", "-y", help="年份  The year.")],
    workspace: WorkspaceOption = DEFAULT_WORKSPACE,
    edition: EditionOption = None,
    basis: BasisOption = "realtime",
    scope: ScopeOption = "as_monitored",
    json: JsonOption = False,
) -> None:
    """AQI 日历：每月一行、每日一格，字为类别首字，底色为标准规定的颜色；缺测日留空，不作 0。

    A year of AQI, a row a month; letters and the standard's colours, gaps where there is no reading.
    """
    from yangban.publish.products import Asked, make_calendar
    from yangban.readings.workspace import Workspace
    from yangban.run.hours import edition_on
    from yangban.run.local import open_results

    place = Workspace.open(workspace)
    made = make_calendar(
        Asked(open_results(place), edition, basis, scope), subject=subject_code(region), year=year, edition_on=edition_on(place, edition)
    )
    if json:
        print_json(made.to_dict())
        return
    show(made, console())


def show(made: Calendar, out: Any) -> None:
    """Print a calendar on a Rich console."""
    from rich.text import Text

    mark = "（合成数据，不是监测结果）" if made.synthetic else ""
    out.print()
    out.print(Text(f"{made.name} {made.year} 年 AQI 日历{mark}　版本 {short_edition(made.edition)}", style="bold"))
    out.print(Text("      " + "".join(f"{n:>2} " for n in range(1, _LONGEST_MONTH + 1))))
    for month in range(1, 13):
        line = Text(f"{month:>3}月 ")
        for each in (d for d in made.days if d.day.month == month):
            if each.aqi is None:
                line.append(" · ")
            elif not each.counts:
                line.append(" ? ")
            else:
                line.append(_initial(each.figure.detail["category"]), style=_paint(each.colour))
                line.append(" ")
        out.print(line, soft_wrap=True)
    out.print()
    legend = Text("图例　")
    for (category, colour), days in zip(made.levels, made.counts().values(), strict=True):
        legend.append(_initial(category), style=_paint(colour))
        legend.append(f" {category} {days} 天　")
    legend.append(f"· 缺测 {made.missing} 天　? 数据不足 {made.insufficient} 天")
    out.print(legend)


def _initial(category: str) -> str:
    return category[0]


def _paint(colour: str | None) -> str:
    """The colour as a background, with letters that can be read on it (relative luminance, ITU-R BT.601)."""
    if colour is None:
        return ""
    red, green, blue = (int(colour[k : k + 2], 16) for k in (1, 3, 5))
    dark = 299 * red + 587 * green + 114 * blue < 128_000
    return f"{'white' if dark else 'black'} on {colour}"
