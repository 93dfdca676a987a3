"""``yangban difference``: audited readings against real-time ones."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import typer

from yangban.cli.common import DEFAULT_WORKSPACE, JsonOption, WorkspaceOption, console, print_json, subject_code, three_line_table

if TYPE_CHECKING:
    from yangban.publish.basis import Difference

app = typer.Typer(add_completion=False)

SHOWN_LEVELS = 20
"""Days of another level that are printed; ``--json`` gives all."""


@app.command()
def difference(
    region: Annotated[str, typer.Option("--region", "-r", help="地区代码或名称  Code or name.")],
    period: Annotated[str, typer.Option("--period", "-p", help="时段  Period.")],
    workspace: WorkspaceOption = DEFAULT_WORKSPACE,
    top: Annotated[int, typer.Option("--top", min=1, help="每项污染物列出差别最大的几天  Largest days listed per pollutant.")] = 5,
    json: JsonOption = False,
) -> None:
    """审核数据与实况数据的差别：各地各项污染物的日值，以及 AQI 级别不同的日子。

    Audited minus real-time day values, and days whose level differs, under the edition in force on each day.
    """
    from yangban.base.periods import parse
    from yangban.publish.basis import difference as compute
    from yangban.readings.workspace import Workspace
    from yangban.run.local import open_results, workspace_book

    opened = Workspace.open(workspace)
    report = compute(open_results(opened), workspace_book(opened), region=subject_code(region), period=parse(period), top=top)
    if json:
        print_json(report.to_dict())
        return
    _show(report)


def _show(report: Difference) -> None:
    from yangban.base.exact import round_half_even
    from yangban.base.pollutants import pollutant

    out = console()
    out.print(f"[bold]{report.name} {report.period}[/]：审核与实况的差别（审核减实况，日值）")
    table = three_line_table("各地各项", caption="相差天数按报出的位数比较（整数 µg/m³，CO 一位小数）；平均差由未修约的日值算出")
    for head, justify in (("地区", "left"), ("污染物", "left"), ("实况天数", "right"), ("审核天数", "right"), ("都有", "right")):
        table.add_column(head, justify=justify)
    for head in ("相差天数", "平均差"):
        table.add_column(head, justify="right")
    previous = ""
    for item in report.items:
        mean = "—" if item.mean is None else f"{round_half_even(item.mean, 2 if item.pollutant == 'co' else 1):+f} {item.unit}"
        name = "" if item.subject == previous else item.name
        counts = (str(n) for n in (item.realtime, item.audited, item.both, item.differ))
        table.add_row(name, pollutant(item.pollutant).printed, *counts, mean)
        previous = item.subject
    out.print(table)
    if report.largest:
        out.print(_largest(report))
    out.print(f"AQI 级别：两者都有的 {report.days_with_level} 天（各地合计）中，{len(report.levels)} 天级别不同。", markup=False)
    for each in report.levels[:SHOWN_LEVELS]:
        out.print(
            f"  {each.name} {each.day}：实况 {each.aqi_realtime} {each.level_realtime} → 审核 {each.aqi_audited} {each.level_audited}",
            markup=False,
        )
    if report.synthetic:
        out.print("合成数据：所列数值由程序生成的示例读数算出，不是监测结果。 Synthetic readings; not monitoring results.", style="bold")


def _largest(report: Difference) -> Any:
    from yangban.base.pollutants import pollutant

    table = three_line_table("差别最大的日子")
    for head, justify in (("污染物", "left"), ("地区", "left"), ("日期", "left"), ("实况", "right"), ("审核", "right")):
        table.add_column(head, justify=justify)
    for each in report.largest:
        table.add_row(
            pollutant(each.pollutant).printed, each.name, each.day.isoformat(), f"{each.realtime:f}", f"{each.audited:f} {each.unit}"
        )
    return table
