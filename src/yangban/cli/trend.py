"""``yangban trend``: whether an indicator rises or falls over several periods."""

from __future__ import annotations

from typing import Annotated

import typer

from yangban.base.errors import UsageError
from yangban.cli.common import (
    DEFAULT_WORKSPACE,
    STATUS_WORDS,
    BasisOption,
    EditionOption,
    JsonOption,
    ScopeOption,
    WorkspaceOption,
    console,
    print_json,
    subject_codes,
    synthetic_notice,
    three_line_table,
)

app = typer.Typer(add_completion=False)

WORDS = {"rising": "上升", "falling": "下降", "steady": "无显著变化", "": "—"}


@app.command()
def trend(
    indicator: Annotated[str, typer.Option("--indicator", "-i", help="指标，空气或水  Indicator of air or water.")],
    subject: Annotated[str, typer.Option("--subject", "-s", help="地区、断面、湖库、河流，可用逗号并列  Code(s) or name(s).")],
    first: Annotated[str, typer.Option("--from", help="起始时段：2018、2021-Q1、2021-01  The first period.")],
    last: Annotated[str, typer.Option("--to", help="终止时段，同类  The last period, of the same kind.")],
    workspace: WorkspaceOption = DEFAULT_WORKSPACE,
    level: Annotated[str, typer.Option("--level", help="显著性水平：0.05 或 0.01  Level of significance.")] = "0.05",
    edition: EditionOption = None,
    basis: BasisOption = "realtime",
    scope: ScopeOption = "as_monitored",
    straddle: Annotated[str | None, typer.Option("--straddle", help="refuse、old、new")] = None,
    json: JsonOption = False,
) -> None:
    """变化趋势：秩相关系数（Spearman）与临界值比较，至少五个时段。

    Spearman's rank correlation with time, against the table of critical values; at least five periods.
    """
    from yangban.base.periods import parse
    from yangban.readings.workspace import Workspace
    from yangban.run.local import workspace_book
    from yangban.run.media import open_all, spec
    from yangban.run.trend import trends

    place = Workspace.open(workspace)
    codes = subject_codes(subject)
    found = trends(
        open_all(place),
        workspace_book(place),
        indicator=indicator,
        subjects=codes or [],
        first=parse(first),
        last=parse(last),
        level=level,
        edition=edition,
        straddle=straddle,
        basis=basis,
        scope=scope,
    )
    if not found:
        raise UsageError(f"{indicator} 对 {subject} 没有结果；this indicator has no Figure for such a subject and such periods")
    if json:
        print_json([figure.to_dict() for figure in found])
        return
    out = console()
    table = three_line_table(f"{spec(indicator).name}的变化趋势　{first}—{last}　显著性水平 {level}")
    for head, justify in (
        ("地区", "left"),
        ("时段数", "right"),
        ("秩相关系数", "right"),
        ("临界值", "right"),
        ("判断", "left"),
        ("状态", "left"),
    ):
        table.add_column(head, justify=justify, overflow="fold")
    for f in found:
        status = STATUS_WORDS[f.status] + (f"：{f.reason}" if f.reason else "")
        shown = "—" if f.display is None else f"{f.display:f}"
        table.add_row(
            f.subject_name, f"{f.n_valid}/{f.n_expected}", shown, f.detail["critical"] or "—", WORDS[f.detail["direction"]], status
        )
    out.print(table)
    if notice := synthetic_notice(found):
        out.print(notice, style="bold")
