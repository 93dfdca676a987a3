"""``yangban sections``: the registry of water sections; import, list, check."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from yangban.cli.common import DEFAULT_WORKSPACE, JsonOption, WorkspaceOption, console, print_json, three_line_table

if TYPE_CHECKING:
    from yangban.readings.sections import Section

app = typer.Typer(add_completion=False, no_args_is_help=True, help="水质断面登记表：导入、列出、核对。  The registry of water sections.")

SHOWN = 20
"""Rows of a list that are printed; ``--json`` gives all."""

NETWORK_WORDS = {"state": "国控", "province": "省控", "city": "市控", "county": "县控"}
KIND_WORDS = {"river": "河流", "lake": "湖库", "source-river": "河流型水源", "source-lake": "湖库型水源", "source-ground": "地下水水源"}
CLASS_WORDS = ("", "Ⅰ", "Ⅱ", "Ⅲ", "Ⅳ", "Ⅴ")


@app.command("import")
def import_(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="断面表（CSV、Excel）  A table of sections.")],
    workspace: WorkspaceOption = DEFAULT_WORKSPACE,
    province: Annotated[str | None, typer.Option("--province", help="没写省份和城市的行属于哪个省  Province of rows without one.")] = None,
    network: Annotated[
        str,
        typer.Option("--network", help="没写明的行：state 国控 | province 省控 | city 市控 | county 县控  Network of rows without one."),
    ] = "state",
    target_year: Annotated[
        int | None, typer.Option("--target-year", help="“水质目标”一列是哪一年的目标  Year of a column of targets that names none.")
    ] = None,
    trust: Annotated[
        str, typer.Option("--trust", help="坐标：surveyed 实测 | stated 来源所写 | unreliable 不可靠  How far coordinates are trusted.")
    ] = "stated",
    json: JsonOption = False,
) -> None:
    """把断面表导入登记表；空格不改动已登记的内容，历年目标逐年加入。

    Take a table of sections in; exit code 1 when a row was refused.
    """
    from yangban.base.errors import InputError
    from yangban.readings.section_lists import import_file
    from yangban.readings.workspace import Workspace

    if not file.is_file():
        raise InputError(f"{file}: 找不到这个文件 no such file")
    opened = Workspace.open(workspace, create=True)
    done = import_file(opened, file, province=province, network=network, year=target_year, trust=trust)
    if json:
        print_json(done.to_dict())
    else:
        out = console()
        counts = f"新增 {done.added}，更新 {done.updated}，不变 {done.unchanged}，拒绝 {done.rejected}"
        out.print(f"{file.name}：{done.rows} 行，{counts}", markup=False)
        for each in done.rejections[:SHOWN]:
            out.print(f"  {file.name}:{each.line}  {each.reason}  [{each.rule}]", markup=False, soft_wrap=True)
        if done.rejected_file:
            out.print(f"  全部清单：{workspace / done.rejected_file}", markup=False, soft_wrap=True)
    if done.rejected:
        raise typer.Exit(1)


@app.command()
def deduct(
    section: Annotated[str, typer.Option("--section", "-s", help="断面  Section, such as section:110000:古北口.")],
    period: Annotated[str, typer.Option("--period", "-p", help="考核时段：2022、2022-06  The period that is checked.")],
    item: Annotated[str, typer.Option("--item", help="项目：tp、nh3n、codmn …  Item.")],
    kind: Annotated[str, typer.Option("--kind", help="upstream 上游来水影响 | background 自然本底")],
    document: Annotated[str, typer.Option("--document", help="准予扣除的文件  The document that grants it.")],
    by: Annotated[str, typer.Option("--by", help="登记人  Who enters it.")],
    amount: Annotated[
        str | None,
        typer.Option("--amount", help="扣除的浓度；不写则该项目不参加考核  Taken off the concentration; without it the item is left out."),
    ] = None,
    workspace: WorkspaceOption = DEFAULT_WORKSPACE,
    json: JsonOption = False,
) -> None:
    """登记目标考核中准予的扣除；只进入 water.target_met 和 water.target_ratio，不改变水质类别。

    Enter what a document grants in the target check of a section; the class as monitored stays what it is.
    """
    from decimal import Decimal, InvalidOperation

    from yangban.base.errors import UsageError
    from yangban.readings.deductions import Granted, append
    from yangban.readings.workspace import Workspace

    try:
        taken = None if amount is None else Decimal(amount)
    except InvalidOperation:
        raise UsageError(f"--amount {amount!r} is no number; expected a concentration such as 0.02") from None
    row = append(Workspace.open(workspace), Granted(section, period, item, kind, taken, document, by))
    if json:
        print_json({**vars(row), "amount": None if row.amount is None else f"{row.amount}"})
    else:
        console().print(
            f"已登记：{row.section} {row.period} {row.item} {row.amount or '不参加考核'}，{row.document}（{row.by}）", markup=False
        )


@app.command("list")
def list_(
    workspace: WorkspaceOption = DEFAULT_WORKSPACE,
    region: Annotated[str | None, typer.Option("--region", "-r", help="地区代码或名称  Only sections of this place.")] = None,
    date: Annotated[str | None, typer.Option("--date", "-d", help="哪一天有效的  Only rows that hold on this day.")] = None,
    json: JsonOption = False,
) -> None:
    """列出登记的断面；工作区没有登记的，列出地区包里的。

    The registered sections, and those of the region packs.
    """
    from datetime import date as day_type

    from yangban.base.errors import UsageError
    from yangban.cli.common import subject_code
    from yangban.readings.formats.times import day_label
    from yangban.readings.sections import Sections
    from yangban.readings.workspace import Workspace

    day = None if date is None else day_label(date)
    if isinstance(day, str):
        raise UsageError(f"--date {date!r} is not a day; expected such as 2021-01-01")
    sections = Sections.load(Workspace.open(workspace))
    rows = sections.rows
    if region is not None:
        rows = sections.members(subject_code(region), day or day_type.today())
    elif day is not None:
        rows = tuple(row for row in rows if row.holds_on(day))
    if json:
        print_json([row.to_dict() for row in rows])
        return
    console().print(_table(rows, title=f"登记的断面 {len(rows)} 行"))


def _table(rows: tuple[Section, ...], *, title: str) -> Any:
    from yangban.base import regions

    table = three_line_table(title)
    for head in ("省份", "断面", "城市", "河流、湖库", "类型", "网络", "最近一年的目标", "来源"):
        table.add_column(head, overflow="fold")
    for row in rows:
        goal = max(row.targets.items(), default=None)
        table.add_row(
            regions.subject_name(row.province), row.name, regions.subject_name(row.city) if row.city else "", row.lake or row.river,
            KIND_WORDS[row.kind], NETWORK_WORDS[row.network], f"{goal[0]} 年 {CLASS_WORDS[goal[1]]} 类" if goal else "",
            "地区包" if row.pack else "登记表",
        )  # fmt: skip
    return table


@app.command("check")
def check_(workspace: WorkspaceOption = DEFAULT_WORKSPACE, json: JsonOption = False) -> None:
    """核对登记表与读数：没有城市的断面、有读数而没有登记的、有登记而没有读数的、指向两个断面的名称。

    Hold the registry against the readings; exit code 1 when a row has no city, a reading no row or a name two sections.
    """
    from yangban.readings.sections import check
    from yangban.readings.workspace import Workspace

    found = check(Workspace.open(workspace))
    if json:
        print_json(found.to_dict())
    else:
        out = console()
        if found.without_city:
            out.print(_table(found.without_city[:SHOWN], title=f"没有城市的断面 {len(found.without_city)} 行"))
        if found.without_row:
            table = three_line_table(f"有读数、没有登记的断面 {len(found.without_row)} 个")
            for head in ("断面", "读数", "首日", "末日"):
                table.add_column(head)
            for gap in found.without_row[:SHOWN]:
                table.add_row(gap.subject.removeprefix("section:"), str(gap.readings), str(gap.first_day), str(gap.last_day))
            out.print(table)
        for text, one, other in found.clashes:
            out.print(f"名称 {text} 指向两个断面：{one}、{other}", markup=False, soft_wrap=True)
        if found.without_readings:
            named = "、".join(each.removeprefix("section:") for each in found.without_readings[:SHOWN])
            more = "等" if len(found.without_readings) > SHOWN else ""
            out.print(f"有登记、没有读数的断面 {len(found.without_readings)} 个：{named}{more}", markup=False)
        out.print("核对完毕，没有问题。" if found.clean else "核对完毕，以上各项需要处理。", markup=False)
    if not found.clean:
        raise typer.Exit(1)
