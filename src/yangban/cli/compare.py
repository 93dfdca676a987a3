"""``yangban compare``: the same readings under several editions, side by side."""

from __future__ import annotations

from typing import Annotated

import typer

from yangban.cli.common import (
    DEFAULT_WORKSPACE,
    BasisOption,
    JsonOption,
    ScopeOption,
    WorkspaceOption,
    console,
    display,
    print_json,
    short_edition,
    subject_code,
    synthetic_notice,
    three_line_table,
)

app = typer.Typer(add_completion=False)


@app.command()
def compare(
    region: Annotated[str, typer.Option("--region", "-r", help="地区代码或名称  Code or name.")],
    period: Annotated[str, typer.Option("--period", "-p", help="时段  Period.")],
    workspace: WorkspaceOption = DEFAULT_WORKSPACE,
    editions: Annotated[str, typer.Option("--editions", help="并排的版本  Editions, separated by commas.")] = "2012,2026-transitional",
    basis: BasisOption = "realtime",
    scope: ScopeOption = "as_monitored",
    json: JsonOption = False,
) -> None:
    """同一份读数在不同版本标准下的结果：地区及其各城市并排。

    The region and its places under each edition; the first edition is the base of the differences.
    """
    from yangban.base.periods import parse
    from yangban.publish.compare import compare_editions
    from yangban.readings.workspace import Workspace
    from yangban.run.local import open_results

    results = open_results(Workspace.open(workspace))
    table = compare_editions(results, region=subject_code(region), period=parse(period), editions=editions, basis=basis, scope=scope)
    if json:
        print_json(table.to_dict())
        return

    out = console()
    out.print(f"[bold]{table.name} {table.period}[/]：同一份读数，{len(table.editions)} 个版本并排")
    for title, rows in (("全区域" if table.has_places else "结果", table.headline), ("各城市", table.places)):
        if not rows:
            continue
        grid = three_line_table(title)
        grid.add_column("地区")
        grid.add_column("指标")
        for edition in table.editions:
            grid.add_column(short_edition(edition), justify="right")
        for edition in table.editions[1:]:
            grid.add_column(f"差（{short_edition(edition)}）", justify="right")
        previous = ""
        for row in rows:
            cells = [display(f) + ("" if f.usable else " *") for f in row.figures]
            differences = ["—" if d is None else f"{d:+f}" if d else "持平" for d in row.differences]
            grid.add_row("" if row.name == previous else row.name, row.indicator_name, *cells, *differences)
            previous = row.name
        out.print(grid)
    if any(not f.usable for row in (*table.headline, *table.places) for f in row.figures):
        out.print("* 数据不足或不适用，不作正式使用。")
    if notice := synthetic_notice(f for row in table.headline for f in row.figures):
        out.print(notice, style="bold")
