"""``yangban rank``: competition ranking of places on one indicator."""

from __future__ import annotations

from typing import Annotated

import typer

from yangban.cli.common import (
    DEFAULT_WORKSPACE,
    STATUS_WORDS,
    BasisOption,
    EditionOption,
    JsonOption,
    ScopeOption,
    WorkspaceOption,
    console,
    display,
    print_json,
    short_edition,
    subject_codes,
    synthetic_notice,
    three_line_table,
)

app = typer.Typer(add_completion=False)


@app.command()
def rank(
    indicator: Annotated[str, typer.Option("--indicator", "-i", help="指标  Indicator, e.g. air.pm25.mean")],
    period: Annotated[str, typer.Option("--period", "-p", help="时段  Period")],
    level: Annotated[str, typer.Option("--level", help="county、city、province")] = "city",
    workspace: WorkspaceOption = DEFAULT_WORKSPACE,
    among: Annotated[
        str | None, typer.Option("--among", help="参与排名的地区：代码、名称或组（如 central-six）  Codes, names or a group.")
    ] = None,
    top: Annotated[int | None, typer.Option("--top", "--first", min=1, help="前几名（并列全列）  First N, all ties kept.")] = None,
    bottom: Annotated[int | None, typer.Option("--bottom", "--last", min=1, help="后几名（并列全列）  Last N, all ties kept.")] = None,
    edition: EditionOption = None,
    basis: BasisOption = "realtime",
    scope: ScopeOption = "as_monitored",
    base: Annotated[str, typer.Option("--base", help="变化的对比期：yoy、mom、year:2020、period:2021-06")] = "yoy",
    straddle: Annotated[str | None, typer.Option("--straddle", help="refuse、old、new")] = None,
    include_insufficient: Annotated[
        bool, typer.Option("--include-insufficient", help="数据不足的也排名  Rank those with too few data as well.")
    ] = False,
    deterioration: Annotated[
        bool, typer.Option("--deterioration", help="恶化排名：由差到好，六项均达标的地区不列入（用于 .change）  Worst change first.")
    ] = False,
    json: JsonOption = False,
) -> None:
    """排名：按公布值排序，并列同名次，之后的名次跳过（1、1、3）。

    Competition ranking on displayed values. With several editions each is ranked on its own.
    """
    from yangban.assess.ranking import first_and_last
    from yangban.assess.ranking import rank as ranked
    from yangban.base.periods import parse
    from yangban.publish.products import Asked
    from yangban.publish.products import deterioration as worst_changes
    from yangban.readings.workspace import Workspace
    from yangban.run.media import is_descending, is_water, open_all, spec
    from yangban.run.results import ranking_pool

    results = open_all(Workspace.open(workspace))
    when = parse(period)
    named = subject_codes(among, members=True)
    known = spec(indicator)
    if results.air is None or is_water(indicator):
        codes = named or results.subjects(indicator, level=level)
    else:
        codes = ranking_pool(results.air, level=level, among=named, on=when.end, basis=basis)
    found = results.figures(
        subjects=codes, periods=[when], indicators=[indicator], edition=edition, straddle=straddle, basis=basis, scope=scope, base=base
    )
    rows = []
    attaining: list[str] = []
    for each in dict.fromkeys(f.edition for f in found):
        pool = [f for f in found if f.edition == each]
        if deterioration and results.air is not None:
            one, attaining = worst_changes(Asked(results.air, edition, basis, scope), pool, when, include_insufficient=include_insufficient)
        else:
            one = ranked(pool, descending=is_descending(indicator), include_insufficient=include_insufficient)
        rows += first_and_last(one, top=top, bottom=bottom)
    if json:
        print_json([{**r.figure.to_dict(), "rank": r.rank, "tied": r.tied, "of": r.of} for r in rows])
        return

    out = console()
    table = three_line_table(f"{when.label} {known.name}{'变化' if indicator.endswith('.change') else ''}{'恶化' * deterioration}排名")
    table.add_column("名次", justify="right")
    table.add_column("地区")
    table.add_column("数值", justify="right")
    table.add_column("有效/应有", justify="right")
    table.add_column("版本")
    table.add_column("说明", overflow="fold")
    for r in rows:
        f = r.figure
        note = f.reason if f.reason else "" if f.usable else STATUS_WORDS[f.status]
        table.add_row(
            "—" if r.rank is None else f"{r.rank}{'（并列）' if r.tied else ''}", f.subject_name, display(f), f"{f.n_valid}/{f.n_expected}",
            short_edition(f.edition), note, style="dim" if r.rank is None else None,
        )  # fmt: skip
    out.print(table)
    order = "高到低" if is_descending(indicator) != deterioration else "低到高"
    out.print(f"共 {rows[0].of if rows else 0} 个参与排名；按公布值由{order}，并列同名次。")
    if attaining:
        out.print(f"六项均达标，不列入恶化排名：{'、'.join(attaining)}。")
    if notice := synthetic_notice(r.figure for r in rows):
        out.print(notice, style="bold")
