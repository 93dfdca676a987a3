"""``yangban assess``: results of whole years from the readings of a workspace, in every medium."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import typer

from yangban.base.errors import UsageError
from yangban.base.periods import year_of
from yangban.cli.common import DEFAULT_WORKSPACE, JsonOption, WorkspaceOption, console, figure_table, print_json, synthetic_notice

if TYPE_CHECKING:
    from yangban.assess.figure import Figure
    from yangban.readings.lake import Lake
    from yangban.readings.workspace import Workspace
    from yangban.run.spark import SparkRunner

app = typer.Typer(add_completion=False)

HEADLINES = {
    "air": ("air.good_day_ratio", "air.pm25.mean", "air.o3_8h.p90", "air.composite_index"),
    "water": ("water.good_ratio", "water.class12_ratio", "water.inferior_ratio", "water.source_ratio"),
    "sound": ("sound.area_day", "sound.road_day", "sound.zone_day_rate", "sound.zone_night_rate"),
}
_KINDS = {"air": ("hours", "days"), "water": ("water",), "sound": ("sound",)}
_ON_DEMAND = {"ecology": "生态", "biodiversity": "生物多样性"}
"""Media whose Figures are made when they are asked for: nothing is computed beforehand."""
_MOST = 40


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
    medium: Annotated[str, typer.Option("--medium", help="要素：air 空气、water 水、sound 声，all 有读数的都评价  Medium.")] = "all",
    runner: Annotated[
        str, typer.Option("--runner", help="运行方式：local 本机，spark 空气和水交给 Spark（见 docs/how-to/spark.md）  Runner.")
    ] = "local",
    master: Annotated[
        str | None, typer.Option("--master", help="Spark 的地址，如 local[2]、spark://host:7077；用 spark-submit 启动时不填  Spark master.")
    ] = None,
    lake_url: Annotated[
        str | None,
        typer.Option("--lake", help="Spark 读取的 readings 文件夹地址，如 s3a://桶/readings；默认工作区自己的  URL of the lake."),
    ] = None,
    whole: Annotated[bool, typer.Option("--whole", help="全部重算，不沿用未变动的结果  Compute everything anew.")] = False,
    json: JsonOption = False,
) -> None:
    """按标准评价一年或几年的读数；没有新读数或更正的日子沿用原结果。

    Bring the official results of whole years up to date with the readings; days and subjects without new or corrected readings are taken
    over. Exit code 1 when a subject has too few valid days or months for the year.
    """
    from yangban.readings.lake import Lake
    from yangban.readings.workspace import Workspace
    from yangban.run.local import assess_air
    from yangban.run.media import open_all
    from yangban.run.sound import assess_sound
    from yangban.run.water import assess_water

    if medium in _ON_DEMAND:
        raise UsageError(
            f"{_ON_DEMAND[medium]}的结果随问随算，不需要 assess：请用 yangban figures -i {medium}.…；"
            f"results of {medium} are made on demand, ask yangban figures"
        )
    if medium not in {*_KINDS, "all"}:
        raise UsageError(f"--medium {medium!r}: expected one of {', '.join(_KINDS)}, all")
    if runner not in {"local", "spark"}:
        raise UsageError(f"--runner {runner!r}: expected local or spark")
    if runner == "local" and (master or lake_url):
        raise UsageError("--master 和 --lake 只用于 --runner spark；they belong to --runner spark")
    place = Workspace.open(workspace)
    lake = Lake(place)
    years = year or [_latest(lake, medium)]
    media = [m for m in _KINDS if medium in {m, "all"} and (medium == m or any(_has(lake, m, y) for y in years))]
    if not media:
        raise UsageError(f"{'、'.join(map(str, years))} 年没有读数，请先运行 yangban ingest；the workspace holds no readings of that year")
    runs: list[dict[str, Any]] = []
    far = _spark(place, master, lake_url) if runner == "spark" else None
    screen = console(stderr=True)
    with screen.status("评价中…"):
        for m in media:
            held = [y for y in years if medium == m or _has(lake, m, y)]
            if m == "air":
                made = assess_air(place, held, editions=edition, straddle=straddle, first=first, whole=whole, runner=far)
                runs += [
                    {
                        "medium": m, "year": r.year, "subjects": r.subjects, "rows": r.rows, "computed": r.worked, "days": r.days,
                        "editions": r.editions,
                    }
                    for r in made
                ]  # fmt: skip
            elif m == "water":
                runs += [
                    {"medium": m, "year": r.year, "subjects": r.sections, "sources": r.sources, "rows": r.rows, "computed": r.worked}
                    for r in assess_water(place, held, whole=whole, runner=far)
                ]
            else:
                runs += [{"medium": m, "year": r.year, "subjects": r.points, "rows": r.rows} for r in assess_sound(place, held)]
    results = open_all(place)
    # Where all that came in has been audited, the audited results are the headlines.
    basis = "realtime" if results.subjects("air.good_days") else "audited"
    figures = [
        figure
        for m in media
        for figure in results.figures(
            # The headlines of water are those of places; thousands of sections are not asked for what they do not have.
            subjects=None if m == "air" else [code for code in results.subjects("water.good_ratio") if ":" not in code],
            periods=[year_of(y) for y in years],
            indicators=HEADLINES[m],
            edition=edition if m == "air" else None,
            straddle=straddle if m == "air" else None,
            basis=basis if m == "air" else "realtime",
        )
    ]
    short = [f for f in figures if not f.usable]
    if json:
        print_json({"runs": runs, "figures": [f.to_dict() for f in figures], "insufficient": len(short)})
    else:
        _show(runs, figures, short)
    raise typer.Exit(1 if short else 0)


def _spark(place: Workspace, master: str | None, url: str | None) -> SparkRunner:
    from yangban.run.spark import SparkRunner, session

    return SparkRunner(session(master), url or place.readings)


def _show(runs: list[dict[str, Any]], figures: list[Figure], short: list[Figure]) -> None:
    out = console()
    for run in runs:
        if run["medium"] == "air":
            out.print(
                f"{run['year']} 年空气：{run['subjects']} 个地区（点位），{run['rows']} 个日结果{_taken_over(run)}，版本 {run['editions']}"
            )
        elif run["medium"] == "water":
            drawn = f"、{run['sources']} 个饮用水水源" if run["sources"] else ""
            out.print(f"{run['year']} 年水：{run['subjects']} 个断面{drawn}，{run['rows']} 个月结果{_taken_over(run)}")
        else:
            out.print(f"{run['year']} 年声环境：{run['subjects']} 个测点，{run['rows']} 个昼间或夜间结果")
    regional = [f for f in figures if f.subject_level in {"province", "nation"}]
    shown = regional or figures
    out.print(figure_table(shown[:_MOST]))
    if len(shown) > _MOST:
        out.print(f"…… 另有 {len(shown) - _MOST} 行，用 yangban figures 查询")
    if short:
        subjects = list(dict.fromkeys(f.subject_name for f in short))
        out.print(f"[bold]数据不足或不适用[/]：{'、'.join(subjects[:12])}{' 等' if len(subjects) > 12 else ''}（{len(subjects)} 个）")
    if notice := synthetic_notice(figures):
        out.print(notice, style="bold")


def _taken_over(run: dict[str, Any]) -> str:
    """What of a run was computed and what taken over, where something was."""
    if run["computed"] >= run["rows"]:
        return ""
    days = f"、{run['days']} 天" if run.get("days") else ""
    return f"（本次计算 {run['computed']} 个{days}，其余未变沿用）"


def _has(lake: Lake, medium: str, year: int) -> bool:
    """Whether the lake holds a reading of a medium in a year."""
    first, last = f"{year}-01-01", f"{year}-12-31"
    return any(part.kind in _KINDS[medium] and part.first_day <= last and part.last_day >= first for part in lake.parts())


def _latest(lake: Lake, medium: str) -> int:
    """The year of the last day with readings of a medium, or of any."""
    kinds = tuple(kind for each in _KINDS.values() for kind in each) if medium == "all" else _KINDS[medium]
    days = [part.last_day for part in lake.parts() if part.kind in kinds]
    if not days:
        raise UsageError("工作区里还没有读数，请先运行 yangban ingest；the workspace holds no readings yet")
    return int(max(days)[:4])
