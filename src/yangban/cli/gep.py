"""``yangban gep``: accounts of ecosystem products, worked out line by line and kept in a workspace."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from yangban.cli.common import DEFAULT_WORKSPACE, JsonOption, WorkspaceOption, console, print_json, three_line_table

if TYPE_CHECKING:
    from yangban.assess.ecology.gep import Account
    from yangban.readings.accounts import AccountFile

app = typer.Typer(
    add_completion=False,
    no_args_is_help=True,
    help="生态产品总值(GEP)核算表：计算、登记、列出  Accounts of ecosystem products",
)

FileArgument = Annotated[Path, typer.Argument(metavar="FILE", help="核算表：.toml、.csv 或 .xlsx  The account.", dir_okay=False)]


@app.command()
def show(
    file: FileArgument,
    workspace: Annotated[
        Path | None, typer.Option("--workspace", "-w", help="用这个工作区的 overlays  Take the overlays of this workspace.")
    ] = None,
    out: Annotated[Path | None, typer.Option("--out", help="另存为 .xlsx 核算表  Write the account as a workbook.")] = None,
    json: JsonOption = False,
) -> None:
    """计算一份核算表：功能量 × 价格，逐项列出公式、系数和来源  Work out an account."""
    from yangban.readings.accounts import read_account
    from yangban.readings.workspace import Workspace
    from yangban.run.ecology import account_of
    from yangban.run.local import workspace_book
    from yangban.standards import load_book

    account = read_account(file)
    book = workspace_book(Workspace.open(workspace)) if workspace else load_book()
    worked = account_of(account, book)
    if out is not None:
        from yangban.publish.accounts import write_account

        write_account(account, worked, book, out)
    if json:
        print_json(as_json(account, worked))
        return
    _print(account, worked)
    if out is not None:
        typer.echo(f"已写出 {out}")


@app.command("import")
def import_(file: FileArgument, workspace: WorkspaceOption = DEFAULT_WORKSPACE, json: JsonOption = False) -> None:
    """登记一份核算表；同一地区、同一年的新表是旧表的更正  Keep an account in the workspace."""
    from yangban.readings.accounts import keep, read_account
    from yangban.readings.workspace import Workspace
    from yangban.run.ecology import account_of
    from yangban.run.local import workspace_book

    place = Workspace.open(workspace, create=True)
    # An account that cannot be worked out is refused before it is kept.
    account_of(read_account(file), workspace_book(place))
    kept, new = keep(place, file)
    if json:
        print_json({"region": kept.region, "year": kept.year, "revision": kept.revision, "digest": kept.digest, "new": new})
        return
    typer.echo(f"{'登记' if new else '先前已有'}：{kept.region} {kept.year} 年，第 {kept.revision} 版，{kept.name}")


@app.command("list")
def list_(workspace: WorkspaceOption = DEFAULT_WORKSPACE, json: JsonOption = False) -> None:
    """列出工作区中的核算表  List the accounts."""
    from dataclasses import asdict

    from yangban.base.regions import subject_name
    from yangban.readings.accounts import load
    from yangban.readings.workspace import Workspace

    found = load(Workspace.open(workspace))
    if json:
        print_json([asdict(each) for each in found])
        return
    table = three_line_table()
    for head in ("地区", "年份", "版次", "文件", "登记于"):
        table.add_column(head)
    for each in found:
        table.add_row(subject_name(each.region), str(each.year), str(each.revision), each.name, each.recorded_at)
    console().print(table)


def _yi(value: Fraction) -> str:
    from yangban.assess.ecology.gep import YI
    from yangban.base.exact import round_half_even

    return f"{round_half_even(value / YI, 2):,f}"


def as_json(account: AccountFile, worked: Account) -> dict[str, Any]:
    """The account as ``--json`` prints it; money in yuan."""
    from yangban.base.exact import plain

    return {
        "region": worked.region,
        "year": worked.year,
        "source": account.source,
        "synthetic": account.synthetic,
        "items": [
            {
                "category": entry.item.category,
                "subject": entry.item.subject,
                "part": entry.item.part,
                "quantity": None if entry.item.quantity is None else plain(entry.item.quantity),
                "unit": entry.item.unit,
                "method": entry.item.method,
                "coefficients": {name: {"value": plain(c.value), "unit": c.unit, "source": c.source} for name, c in entry.took},
                "price": None if entry.item.price is None else plain(entry.item.price),
                "value": plain(entry.value),
                "source": entry.item.source,
                "notes": list(entry.notes),
            }
            for entry in worked.entries
        ],
        "totals": {name: plain(value) for name, value in worked.totals.items()},
        "gep": plain(worked.total),
        "unit": "CNY",
        "unverified": list(worked.unverified),
    }


def _print(account: AccountFile, worked: Account) -> None:
    from rich.text import Text

    from yangban.base.exact import plain
    from yangban.base.regions import subject_name
    from yangban.standards import load_book

    names = dict(load_book().medium("ecology", "eqi").rule("gep.categories").value)
    table = three_line_table(f"{subject_name(worked.region)} {worked.year} 年生态产品总值核算（亿元）")
    for head, justify in (("类别", "left"), ("科目", "left"), ("功能量", "right"), ("价格与系数", "left"), ("价值量", "right")):
        table.add_column(head, justify=justify, overflow="fold")
    for entry, line in zip(worked.entries, account.lines, strict=True):
        took = "，".join(f"{plain(c.value)} {c.unit.replace('CNY', '元').removeprefix('1')}".strip() for _, c in entry.took)
        price = f"{plain(entry.item.price)} 元/{entry.item.unit}" if entry.item.price is not None else took
        name = f"{entry.name}{f'（{entry.item.part}）' if entry.item.part else ''}"
        table.add_row(names[entry.item.category], name, line.shown, Text(price or entry.words), _yi(entry.value))
    table.add_section()
    for category, value in worked.totals.items():
        table.add_row(names[category], "小计", "", "", _yi(value))
    table.add_row("GEP", "合计", "", "", _yi(worked.total), style="bold")
    out = console()
    out.print(table)
    for number, entry in enumerate(worked.entries, start=1):
        if entry.notes:
            out.print(Text(f"第 {number} 项 {entry.item.subject}：{'；'.join(entry.notes)}"), soft_wrap=True)
    if worked.unverified:
        out.print(Text(f"未核实：{'、'.join(worked.unverified)}"), soft_wrap=True)
    if account.synthetic:
        out.print("合成数据，不是核算结果。 Synthetic.", style="bold")
