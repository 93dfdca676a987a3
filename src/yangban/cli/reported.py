"""``yangban reported``: values that departments report, with evidence and revisions."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from yangban.cli.common import DEFAULT_WORKSPACE, JsonOption, WorkspaceOption, console, print_json, subject_code, three_line_table

app = typer.Typer(
    add_completion=False,
    no_args_is_help=True,
    help="部门填报的数值：导入、列出；只增不改，更正为新的一版  Reported values: only added, a correction is a new revision",
)


@app.command("import")
def import_(
    file: Annotated[
        Path,
        typer.Argument(metavar="FILE", help=".csv .xlsx .toml：指标、地区、时段、数值、单位、范围、依据、部门、填报人", dir_okay=False),
    ],
    workspace: WorkspaceOption = DEFAULT_WORKSPACE,
    by: Annotated[str, typer.Option("--by", help="填报人，用于没有写明的行  Who reports")] = "",
    department: Annotated[str, typer.Option("--department", help="部门，用于没有写明的行  Which department")] = "",
    json: JsonOption = False,
) -> None:
    """登记一份填报表，整份登记或整份不登记  Add a table of values, all or none."""
    from yangban.readings.reported import append, read_reported
    from yangban.readings.workspace import Workspace

    done = append(Workspace.open(workspace), read_reported(file, by=by, department=department))
    if json:
        print_json({"recorded": [each.to_dict() for each in done.recorded], "already": [each.to_dict() for each in done.already]})
        return
    revised = sum(each.revision > 1 for each in done.recorded)
    typer.echo(f"登记 {len(done.recorded)} 条，其中更正 {revised} 条；先前已有 {len(done.already)} 条，未重复登记。")


@app.command("list")
def list_(
    workspace: WorkspaceOption = DEFAULT_WORKSPACE,
    subject: Annotated[str | None, typer.Option("--subject", "-r", help="只看一个地区  Only this place")] = None,
    period: Annotated[str | None, typer.Option("--period", "-p", help="只看一个时段  Only this period")] = None,
    everything: Annotated[bool, typer.Option("--all", help="连同已被更正的各版  Every revision")] = False,
    json: JsonOption = False,
) -> None:
    """列出填报的数值  List the values."""
    from rich.text import Text

    from yangban.base.regions import subject_name
    from yangban.indicators.values import from_reported, shown
    from yangban.readings.reported import load, newest
    from yangban.readings.workspace import Workspace

    rows = load(Workspace.open(workspace))
    holding = {each.id for each in newest(rows)}
    code = None if subject is None else subject_code(subject)
    chosen = [
        each
        for each in rows
        if (everything or each.id in holding) and code in {None, each.subject} and (period is None or each.period == period)
    ]
    if json:
        print_json([{**each.to_dict(), "newest": each.id in holding} for each in chosen])
        return
    if chosen:
        table = three_line_table()
        for head, justify in (("编号", "left"), ("指标", "left"), ("地区", "left"), ("时段", "left"), ("数值", "right"), ("版次", "right"),
                              ("依据", "left"), ("部门/填报人", "left")):  # fmt: skip
            table.add_column(head, justify=justify, overflow="fold")
        for each in chosen:
            table.add_row(
                each.id, Text(f"{each.key}{f'（{each.scope}）' if each.scope else ''}"), subject_name(each.subject), each.period,
                Text(shown(from_reported(each))), str(each.revision), Text(each.evidence), Text(f"{each.department}/{each.by}"),
                style=None if each.id in holding else "dim strike",
            )  # fmt: skip
        console().print(table)
    typer.echo(f"{len(chosen)} 条。")
