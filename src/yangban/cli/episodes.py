"""``yangban episodes``: pollution processes, runs of days above 100."""

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
    print_json,
    subject_code,
    subject_codes,
    three_line_table,
)

app = typer.Typer(add_completion=False)


@app.command()
def episodes(
    region: Annotated[
        str, typer.Option("--region", "-r", help="地区代码或名称；省为其各城市  Code or name; a province: each of its cities.")
    ],
    period: Annotated[str, typer.Option("--period", "-p", help="时段，如 2022、2022-09、2022-09-01/2022-09-20  Period.")],
    workspace: WorkspaceOption = DEFAULT_WORKSPACE,
    at_least: Annotated[int, typer.Option("--min-days", min=1, help="至少连续几天  Shortest run of days.")] = 1,
    neighbours: Annotated[
        str | None,
        typer.Option("--neighbours", help="同日比较的周边地区，默认同省同级  Places looked at beside; default: of the province."),
    ] = None,
    edition: EditionOption = None,
    basis: BasisOption = "realtime",
    scope: ScopeOption = "as_monitored",
    json: JsonOption = False,
) -> None:
    """污染过程：连续超标日、首要污染物、峰值、超标小时和同日超标的周边地区。

    Runs of days with an AQI above 100; primary pollutants, peak, hours above, places that exceeded on the same days.
    """
    from yangban.base.periods import parse
    from yangban.base.pollutants import pollutant
    from yangban.publish.products import Asked, make_episodes
    from yangban.readings.workspace import Workspace
    from yangban.run.hours import edition_on
    from yangban.run.local import open_results

    place, when = Workspace.open(workspace), parse(period)
    made = make_episodes(
        Asked(open_results(place), edition, basis, scope),
        place,
        region=subject_code(region),
        period=when,
        edition_on=edition_on(place, edition),
        neighbours=subject_codes(neighbours, members=True),
        at_least=at_least,
    )
    if json:
        print_json([each.to_dict() for each in made])
        return
    from yangban.base import regions

    out = console()
    out.print()
    out.print(f"{regions.subject_name(subject_code(region))} {when.label} 污染过程（AQI > 100 的连续日）", style="bold")
    table = three_line_table()
    for head, justify in (
        ("地区", "left"), ("起止", "left"), ("天", "right"), ("首要污染物（天）", "left"), ("峰值 AQI", "right"), ("超标小时", "right"),
        ("同日超标的周边（天）", "left"),
    ):  # fmt: skip
        table.add_column(head, justify=justify, overflow="fold")
    for each in made:
        span = each.start.isoformat() + ("" if each.end == each.start else f"—{each.end:%m-%d}")
        span = ("?" if each.open_before else "") + span + ("?" if each.open_after else "")
        lead = "、".join(f"{pollutant(p).printed} {n}" for p, n in each.primary.items())
        beside = "、".join(f"{regions.subject_name(c)} {n}" for c, n in list(each.neighbours.items())[:4])
        more = f" 等 {len(each.neighbours)} 地" if len(each.neighbours) > 4 else ""
        table.add_row(
            each.name, span, str(len(each.figures)), lead, f"{each.peak.exact}（{each.peak.detail['category']}）",
            f"{each.hours_above}/{each.hours_known}", beside + more or "—",
        )  # fmt: skip
    out.print(table)
    days = sum(len(each.figures) for each in made)
    out.print(f"共 {len(made)} 次、{days} 天次；超标小时为实时报 AQI > 100 的小时数/有实时报的小时数。")
    if any(each.open_before or each.open_after for each in made):
        out.print("? 前一天或后一天数据不足或缺测，过程可能更长。")
    if any(f.synthetic for each in made for f in each.figures):
        out.print("合成数据：不是监测结果。 Synthetic readings; not monitoring results.", style="bold")
