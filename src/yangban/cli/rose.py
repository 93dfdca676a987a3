"""``yangban rose``: how pollution runs through the day, month by month."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, Annotated, Any, Final

import typer

from yangban.cli.common import (
    DEFAULT_WORKSPACE,
    BasisOption,
    EditionOption,
    JsonOption,
    WorkspaceOption,
    console,
    print_json,
    subject_code,
)

if TYPE_CHECKING:
    from yangban.publish.products import Rose

app = typer.Typer(add_completion=False)

HOURS: Final = range(1, 25)
_POLLUTED: Final = "polluted"
_SHADES: Final = (" ", "░", "▒", "▓", "█")


@app.command()
def rose(
    region: Annotated[str, typer.Option("--region", "-r", help="城市、县或站点：代码或名称  A place with readings of its own.")],
    period: Annotated[str, typer.Option("--period", "-p", help="时段，如 2022  Period.")],
    workspace: WorkspaceOption = DEFAULT_WORKSPACE,
    show_item: Annotated[
        str, typer.Option("--show", "-i", help="pm25、pm10、so2、no2、co、o3 或 polluted（污染小时数）  What the table shows.")
    ] = "pm25",
    edition: EditionOption = None,
    basis: BasisOption = "realtime",
    json: JsonOption = False,
) -> None:
    """污染玫瑰：各污染物按月、按钟点的平均浓度，以及各钟点的污染小时数（实时报 AQI > 100）。

    Mean concentrations by month and hour of the day, and polluted hours; JSON holds all pollutants.
    """
    from yangban.base.errors import UsageError
    from yangban.base.periods import parse
    from yangban.base.pollutants import HOURLY_SIX
    from yangban.publish.products import make_rose
    from yangban.readings.workspace import Workspace
    from yangban.run.hours import edition_on
    from yangban.run.local import open_results

    if show_item not in {*HOURLY_SIX, _POLLUTED}:
        raise UsageError(f"--show {show_item!r} is none of {', '.join(HOURLY_SIX)}, {_POLLUTED}")
    place, when = Workspace.open(workspace), parse(period)
    results = open_results(place)
    made = make_rose(
        place,
        subject=subject_code(region),
        period=when,
        edition_on=edition_on(place, edition),
        decimals=lambda item: int(results.decimals(item, when).value),
        basis=basis,
    )
    if json:
        print_json(made.to_dict())
        return
    show(made, show_item, console())


def show(made: Rose, item: str, out: Any) -> None:
    """Print one pollutant of a rose, or the polluted hours, on a Rich console: a row a month, a column an hour."""
    from rich.text import Text

    from yangban.base.pollutants import pollutant

    what = "污染小时数（实时报 AQI > 100）" if item == _POLLUTED else f"{pollutant(item).printed} 小时均值（{pollutant(item).unit}）"
    mark = "（合成数据，不是监测结果）" if made.synthetic else ""
    out.print()
    out.print(Text(f"{made.name} {made.period.label} {what}{mark}", style="bold"))
    if not made.months:
        out.print("没有读数。")
        return
    out.print(Text("月＼时  " + "".join(f"{h:>4}" for h in HOURS)))
    for month in made.months:
        line = Text(f"{month} ")
        for h in HOURS:
            value = _cell(made, item, month, h)
            line.append("   —" if value is None else f"{value:>4}")
        out.print(line, soft_wrap=True)
    whole = [_whole(made, item, h) for h in HOURS]
    out.print(Text("全期    " + "".join("   —" if value is None else f"{value:>4}" for value in whole)), soft_wrap=True)
    out.print(Text("        " + "".join("   " + _shade(value, whole) for value in whole)), soft_wrap=True)
    out.print("时为小时的末端；缺测不作 0。底行自最低（空白）到最高（█）。", style="dim")


def _cell(made: Rose, item: str, month: str, hour: int) -> Decimal | None:
    if item != _POLLUTED:
        return made.shown(item, month, hour)
    return Decimal(made.polluted.get((month, hour), 0)) if made.reported.get((month, hour)) else None


def _whole(made: Rose, item: str, hour: int) -> Decimal | None:
    """The hour's value over the whole period: the mean, or the number of polluted hours."""
    if item != _POLLUTED:
        return made.by_hour(item, hour)
    if not any(made.reported.get((month, hour)) for month in made.months):
        return None
    return Decimal(sum(made.polluted.get((month, hour), 0) for month in made.months))


def _shade(value: Decimal | None, among: list[Decimal | None]) -> str:
    known = [each for each in among if each is not None]
    span = max(known) - min(known)
    return _SHADES[0] if value is None or not span else _SHADES[int((value - min(known)) * (len(_SHADES) - 1) / span)]
