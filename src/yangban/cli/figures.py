"""``yangban figures``: query computed Figures."""

from __future__ import annotations

from typing import Annotated

import typer

from yangban.cli.common import (
    DEFAULT_WORKSPACE,
    BasisOption,
    EditionOption,
    JsonOption,
    ScopeOption,
    WorkspaceOption,
    console,
    figure_rows_csv,
    figure_table,
    print_json,
    subject_codes,
    synthetic_notice,
)

app = typer.Typer(add_completion=False)


@app.command()
def figures(
    workspace: WorkspaceOption = DEFAULT_WORKSPACE,
    indicator: Annotated[
        list[str] | None, typer.Option("--indicator", "-i", help="指标，可重复；加 .change 为变化  Indicator; suffix .change for changes.")
    ] = None,
    subject: Annotated[str | None, typer.Option("--subject", "-s", help="地区代码或名称，可用逗号并列  Code(s) or name(s).")] = None,
    period: Annotated[
        list[str] | None, typer.Option("--period", "-p", help="2022、2022-Q1、2022-06、2022-06-13、2022-01-01/2022-04-30")
    ] = None,
    edition: EditionOption = None,
    scope: ScopeOption = "as_monitored",
    basis: BasisOption = "realtime",
    base: Annotated[str, typer.Option("--base", help="变化的对比期：yoy 同比、mom 环比、year:2020、period:2021-06")] = "yoy",
    straddle: Annotated[str | None, typer.Option("--straddle", help="refuse、old、new")] = None,
    json: JsonOption = False,
    csv: Annotated[bool, typer.Option("--csv", help="输出 CSV  Print CSV.")] = False,
) -> None:
    """查询评价结果：任意指标、地区、时段、版本。

    Query Figures. Without --period the latest assessed year is shown; without --subject every subject.
    """
    from yangban.base.periods import parse, year_of
    from yangban.readings.workspace import Workspace
    from yangban.run.media import open_all

    results = open_all(Workspace.open(workspace))
    periods = [parse(p) for p in period] if period else [year_of(results.latest_year)]
    found = results.figures(
        subjects=subject_codes(subject),
        periods=periods,
        indicators=indicator,
        edition=edition,
        straddle=straddle,
        basis=basis,
        scope=scope,
        base=base,
    )
    if json:
        print_json([f.to_dict() for f in found])
    elif csv:
        figure_rows_csv(found)
    else:
        out = console()
        if not found:
            out.print("没有符合条件的结果。可用 yangban figures 查看全部，或检查 --scope、--basis。 Nothing matches.")
            return
        out.print(figure_table(found))
        if notice := synthetic_notice(found):
            out.print(notice, style="bold")
