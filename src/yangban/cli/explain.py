"""``yangban explain``: walk a result back to the hours, files and lines that it rests on."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from yangban.cli.common import DEFAULT_WORKSPACE, BasisOption, EditionOption, JsonOption, WorkspaceOption, print_json, subject_code

app = typer.Typer(add_completion=False)


@app.command()
def explain(
    indicator: Annotated[str, typer.Option("--indicator", "-i", help="指标；加 .change 为变化  Indicator; suffix .change for changes.")],
    subject: Annotated[str, typer.Option("--subject", "-s", help="地区代码或名称  Code or name.")],
    period: Annotated[str, typer.Option("--period", "-p", help="2022、2022-Q1、2022-06、2022-06-13、2022-01-01/2022-04-30")],
    workspace: WorkspaceOption = DEFAULT_WORKSPACE,
    edition: EditionOption = None,
    day: Annotated[
        str | None,
        typer.Option("--day", "-d", help="逐步说明这一天（水：所在的月）；默认最差的  The day, of water the month, shown in full."),
    ] = None,
    depth: Annotated[
        int,
        typer.Option(
            "--depth", help="1 公式与完整性，2 各地与逐日（水：断面与月份），3 一天（水：一个月）的各项，4 读数、文件与行  How far down."
        ),
    ] = 4,
    basis: BasisOption = "realtime",
    scope: Annotated[
        str, typer.Option("--scope", help="as_monitored、dust_excluded（沙尘剔除）；水：auto_only（只用自动监测）  Scope.")
    ] = "as_monitored",
    base: Annotated[str, typer.Option("--base", help="变化的对比期：yoy 同比、mom 环比、year:2020、period:2021-06")] = "yoy",
    straddle: Annotated[str | None, typer.Option("--straddle", help="refuse、old、new")] = None,
    json: JsonOption = False,
    html: Annotated[Path | None, typer.Option("--html", help="写成一个网页文件  Write one self-contained page.")] = None,
) -> None:
    """这个数怎么算出来的：从结果一步步走到小时（水：断面、月份、读数）、文件和行，再走回来。

    Walk a Figure back to hours (water: sections, months, readings), files and lines, with every clause, count, exclusion and rounding; and
    up again.
    """
    from yangban.base.periods import parse
    from yangban.publish import explanation, explanation_water
    from yangban.readings.workspace import Workspace
    from yangban.run.explain import explain as walk
    from yangban.run.explain_nature import walk as walk_nature
    from yangban.run.explain_water import explain_water
    from yangban.run.media import is_water, other

    place, subject, when = Workspace.open(workspace), subject_code(subject), parse(period)
    if other(indicator) is not None:
        down = walk_nature(place, indicator=indicator, subject=subject, period=when, base=base)
        if json:
            print_json(down.to_dict())
        else:
            typer.echo(down.text(), nl=False)
        return
    chosen = None if day is None else parse(day).start
    if is_water(indicator):
        of_water = explain_water(place, indicator=indicator, subject=subject, period=when, scope=scope, base=base, day=chosen, depth=depth)
        data = [explanation.to_json(each) for each in of_water]
        texts, page = map(explanation_water.as_text, of_water), explanation_water.as_html(of_water)
    else:
        found = walk(
            place,
            indicator=indicator,
            subject=subject,
            period=when,
            edition=edition,
            straddle=straddle,
            basis=basis,
            scope=scope,
            base=base,
            day=chosen,
            depth=depth,
        )
        data = [explanation.to_json(each) for each in found]
        texts, page = map(explanation.as_text, found), explanation.as_html(found)
    if html is not None:
        explanation.write_page(page, html)
    if json:
        print_json(data)
    elif html is None:
        typer.echo("\n".join(texts), nl=False)
    else:
        typer.echo(f"已写出 {html}")
