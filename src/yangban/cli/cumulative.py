"""``yangban cumulative``: the year to date, day by day, beside last year."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

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
    subject_code,
    three_line_table,
)

if TYPE_CHECKING:
    from yangban.assess.figure import Figure
    from yangban.publish.products import Cumulative

app = typer.Typer(add_completion=False)


@app.command()
def cumulative(
    region: Annotated[str, typer.Option("--region", "-r", help="地区代码或名称  Code or name.")],
    year: Annotated[int, typer.Option("--year", "-y", help="年份  The year.")],
    workspace: WorkspaceOption = DEFAULT_WORKSPACE,
    indicator: Annotated[
        str | None, typer.Option("--indicator", "-i", help="air.good_day_ratio 或 air.<pm25|pm10|so2|no2>.mean；默认 PM2.5 和优良比例")
    ] = None,
    edition: EditionOption = None,
    basis: BasisOption = "realtime",
    scope: ScopeOption = "as_monitored",
    json: JsonOption = False,
) -> None:
    """逐日累计：年初至今的均值或优良天数比例，与上年同期并列；JSON 逐日列出，屏幕列月末和最后一日。

    Cumulative mean or share of good days, day by day, this year beside last year.
    """
    from yangban.publish.products import Asked, make_cumulative
    from yangban.readings.workspace import Workspace
    from yangban.run.local import open_results

    ask = Asked(open_results(Workspace.open(workspace)), edition, basis, scope)
    words = [indicator] if indicator else ["air.pm25.mean", "air.good_day_ratio"]
    made = [make_cumulative(ask, region=subject_code(region), year=year, word=word) for word in words]
    if json:
        print_json([each.to_dict() for each in made])
        return
    out = console()
    for each in made:
        show(each, out)


def show(made: Cumulative, out: Any) -> None:
    """Print the month ends of one indicator on a Rich console."""
    from yangban.assess.air.indicators import indicator
    from yangban.base.periods import parse

    mark = "（合成数据，不是监测结果）" if made.synthetic else ""
    name = indicator(made.indicator).name
    out.print()
    out.print(f"{made.name} {made.year} 年初至今{name}（{made.unit}）{mark}", style="bold")
    table = three_line_table()
    table.add_column("1月1日至")
    table.add_column(str(made.year), justify="right", style="bold")
    table.add_column(str(made.year - 1), justify="right")
    table.add_column("同比", justify="right")
    table.add_column("有效/应有", justify="right", style="dim")
    table.add_column("状态", overflow="fold")
    for this, last, change in made.marks:
        end = parse(this.period).end
        reason = "有效" if this.usable else f"不足：{this.reason}"
        if change is not None and not change.usable and this.usable:
            reason += f"；同比：{change.reason}"
        table.add_row(
            f"{end.month}月{end.day}日", _said(this), _said(last), "—" if change is None or change.display is None else display(change),
            f"{this.n_valid}/{this.n_expected}", reason,
        )  # fmt: skip
    out.print(table)


def _said(figure: Figure | None) -> str:
    if figure is None or figure.display is None:
        return "—"
    return display(figure, unit=False) + ("" if figure.usable else " *")
