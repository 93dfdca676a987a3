"""``yangban assess``: day results of whole years from the readings of a workspace."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from yangban.base.errors import UsageError
from yangban.base.periods import year_of
from yangban.cli.common import DEFAULT_WORKSPACE, JsonOption, WorkspaceOption, console, figure_table, print_json, synthetic_notice

if TYPE_CHECKING:
    from yangban.readings.workspace import Workspace

app = typer.Typer(add_completion=False)

HEADLINES = ("air.good_day_ratio", "air.pm25.mean", "air.o3_8h.p90", "air.composite_index")


@app.command()
def assess(
    workspace: WorkspaceOption = DEFAULT_WORKSPACE,
    year: Annotated[
        list[int] | None, typer.Option("--year", help="评价年份，可重复；默认为读数最近的一年  Year(s); default the latest with readings.")
    ] = None,
    edition: Annotated[
        str, typer.Option("--edition", help="in-force（按监测日期）或 2012、2026-transitional、2026，可并列  Edition(s).")
    ] = "in-force",
    straddle: Annotated[
        str, typer.Option("--straddle", help="跨两个版本的时段：refuse 不评价、old 按旧、new 按新  A period that lies in two editions.")
    ] = "refuse",
    first: Annotated[
        str, typer.Option("--first", help="由点位到城市：stations 先算点位日值，hours 先算城市小时值  Order of averaging.")
    ] = "stations",
    medium: Annotated[str, typer.Option("--medium", help="要素：air、all  Medium.")] = "air",
    runner: Annotated[str, typer.Option("--runner", help="运行方式：local  Runner.")] = "local",
    json: JsonOption = False,
) -> None:
    """按标准评价一年或几年的读数。

    Compute the official results of whole years. Exit code 1 when a subject has too few valid days for the year.
    """
    from yangban.readings.workspace import Workspace
    from yangban.run.local import assess_air, open_results

    if medium not in {"air", "all"}:
        raise UsageError(f"--medium {medium!r}: this version assesses air; expected air or all")
    if runner != "local":
        raise UsageError(f"--runner {runner!r}: this version has the local runner; expected local")
    place = Workspace.open(workspace)
    years = year or [_latest(place)]
    screen = console(stderr=True)
    if screen.is_terminal:
        with screen.status("评价中…"):
            runs = assess_air(place, years, editions=edition, straddle=straddle, first=first)
    else:
        runs = assess_air(place, years, editions=edition, straddle=straddle, first=first)
    results = open_results(place)
    figures = results.figures(periods=[year_of(y) for y in years], indicators=HEADLINES, edition=edition, straddle=straddle)
    short = [f for f in figures if not f.usable]
    if json:
        print_json(
            {
                "runs": [{"year": r.year, "subjects": r.subjects, "rows": r.rows, "editions": r.editions} for r in runs],
                "figures": [f.to_dict() for f in figures],
                "insufficient": len(short),
            }
        )
    else:
        out = console()
        for run in runs:
            out.print(f"{run.year} 年：{run.subjects} 个地区（点位），{run.rows} 个日结果，版本 {run.editions}")
        regional = [f for f in figures if f.subject_level in {"province", "nation"}]
        shown = regional or figures
        out.print(figure_table(shown[:40]))
        if len(shown) > 40:
            out.print(f"…… 另有 {len(shown) - 40} 行，用 yangban figures 查询")
        if short:
            subjects = list(dict.fromkeys(f.subject_name for f in short))
            out.print(f"[bold]数据不足或不适用[/]：{'、'.join(subjects[:12])}{' 等' if len(subjects) > 12 else ''}（{len(subjects)} 个）")
        if notice := synthetic_notice(figures):
            out.print(notice, style="bold")
    raise typer.Exit(1 if short else 0)


def _latest(place: Workspace) -> int:
    """The year of the last day with readings."""
    from yangban.readings.lake import Lake

    days = [span for basis in ("realtime", "audited") if (span := Lake(place).days(basis=basis))]
    if not days:
        raise UsageError("工作区里还没有读数，请先运行 yangban ingest；the workspace holds no readings yet")
    return max(last for _, last in days).year
