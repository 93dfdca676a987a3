"""``yangban biodiversity``: the species of a place, the trend of their numbers, records for the public."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from yangban.cli.common import (
    DEFAULT_WORKSPACE,
    JsonOption,
    WorkspaceOption,
    console,
    display,
    figure_rows_csv,
    print_json,
    subject_codes,
    synthetic_notice,
    three_line_table,
)

app = typer.Typer(
    add_completion=False,
    no_args_is_help=True,
    help="生物多样性：名录、各地数量与趋势、公开记录  Species, trends, public records",
)

SubjectOption = Annotated[str | None, typer.Option("--subject", "-s", help="地区或调查地点（site:…），不写则全部  Place or site.")]


@app.command()
def species(json: JsonOption = False) -> None:
    """列出地区包中的旗舰物种：中文名、学名、保护级别及其来源  The flagship species of the packs."""
    from dataclasses import asdict

    from yangban.packs.species import species as listed

    found = listed().values()
    if json:
        print_json([asdict(each) for each in found])
        return
    table = three_line_table("旗舰物种（用于核对名称，不是物种名录）")
    for head in ("代号", "中文名", "学名", "保护级别", "可信度", "来源"):
        table.add_column(head, overflow="fold")
    words = {1: "一级", 2: "二级", 0: "无", None: "不详"}
    sure = {"verified": "多源核实", "one-source": "单一来源", "unverified": "未核实"}
    for each in found:
        table.add_row(each.id, each.chinese, each.latin, words[each.protection], sure[each.confidence], each.source)
    console().print(table)


@app.command()
def trend(
    season: Annotated[str, typer.Option("--season", help="winter 越冬季、summer 繁殖季、year 全年  Which season.")] = "winter",
    taxon: Annotated[str | None, typer.Option("--species", help="物种代号、中文名或学名；不写则全部个体  One species.")] = None,
    subject: SubjectOption = None,
    since: Annotated[int | None, typer.Option("--from", help="从哪一年起  First year.")] = None,
    until: Annotated[int | None, typer.Option("--to", help="到哪一年  Last year.")] = None,
    workspace: WorkspaceOption = DEFAULT_WORKSPACE,
    json: JsonOption = False,
    csv: Annotated[bool, typer.Option("--csv", help="输出 CSV  Print CSV.")] = False,
) -> None:
    """各地一个季节的数量趋势：年均变化率及其 95% 区间  The yearly rate of change with its interval.

    Log-linear over the seasons inside the years; corrected for effort where every season states it in one unit.
    """
    from datetime import date

    from yangban.assess.biodiversity.indicators import SEASONS, slug
    from yangban.base.errors import UsageError
    from yangban.base.periods import between
    from yangban.packs.species import resolve
    from yangban.readings.workspace import Workspace
    from yangban.run.biodiversity import biodiversity_years, open_biodiversity

    if season not in SEASONS:
        raise UsageError(f"--season {season!r} is none of {', '.join(SEASONS)}")
    place = Workspace.open(workspace)
    word = f"biodiversity.trend_{season}"
    if taxon is not None:
        named = resolve(taxon)
        if named is None:
            raise UsageError(f"--species {taxon!r} 不是物种名称；用 yangban biodiversity species 查看名录，或写学名")
        word += f".{slug(named.taxon)}"
    results = open_biodiversity(place)
    years = biodiversity_years(place)
    # A winter runs into the next year.
    period = between(date(since or years[0], 1, 1), date((until or years[-1]) + 1, 6, 30))
    found = results.figures(subjects=subject_codes(subject), periods=[period], indicators=[word])
    if json:
        print_json([f.to_dict() for f in found])
    elif csv:
        figure_rows_csv(found)
    else:
        table = three_line_table(f"{found[0].detail.get('years', '') if found else ''} 年均变化率")
        for head, justify in (
            ("地点", "left"),
            ("季数", "right"),
            ("年均变化", "right"),
            ("95% 区间", "right"),
            ("判断", "left"),
            ("依据", "left"),
        ):
            table.add_column(head, justify=justify, overflow="fold")
        words = {"rising": "上升", "falling": "下降", "uncertain": "不能判断", "": "—"}
        for f in found:
            d = f.detail
            span = f"{d['low']}% — {d['high']}%" if "low" in d else "—"
            of = "个体数" if d["of"] == "count" else f"每{d['of'].partition('/')[2]}个体数"
            table.add_row(f.subject_name, str(d["n"]), display(f), span, words[d["direction"]], f.reason or of)
        console().print(table)
        if notice := synthetic_notice(found):
            console().print(notice, style="bold")


@app.command()
def export(
    out: Annotated[Path, typer.Option("--out", help="写到哪个 .csv  The file to write.")],
    workspace: WorkspaceOption = DEFAULT_WORKSPACE,
) -> None:
    """公开记录（Darwin Core），敏感地点已模糊  Records for the public, sensitive places blurred."""
    from yangban.publish.occurrences import export_occurrences
    from yangban.readings.workspace import Workspace
    from yangban.run.local import workspace_book

    place = Workspace.open(workspace)
    n = export_occurrences(place, out, workspace_book(place))
    typer.echo(f"已写出 {n} 条记录：{out}；经纬度按保护级别落到网格中心，一级和名录之外的物种不写地点名称。")
