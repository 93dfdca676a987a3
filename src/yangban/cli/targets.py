"""``yangban targets``: list targets, split one to the places below, check that the parts fulfil the whole."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from yangban.cli.common import DEFAULT_WORKSPACE, JsonOption, WorkspaceOption, console, print_json, subject_code, three_line_table
from yangban.cli.course import IndicatorOption, RegionOption, TargetsOption, YearOption

if TYPE_CHECKING:
    from yangban.indicators.targets import Target

app = typer.Typer(add_completion=False, no_args_is_help=True, help="目标：列出、分解、核对  Targets: list, split, check a split.")

LevelOption = Annotated[str, typer.Option("--level", help="分解到 city 地级 或 county 县级  The level of the parts.")]
HowOption = Annotated[str, typer.Option("--how", help="mean 各地平均、sum 合计、each 各地均不宽于总目标  How the parts make the whole.")]


@app.command("list")
def list_(
    workspace: WorkspaceOption = DEFAULT_WORKSPACE,
    region: Annotated[str | None, typer.Option("--region", "-r", help="只列此地区  Of one region.")] = None,
    targets: TargetsOption = None,
    json: JsonOption = False,
) -> None:
    """列出目标：地区包的、工作区 targets.toml 的、--targets 的，后者替代前者。

    Targets of the packs, of the workspace's targets.toml, and of --targets; a later one replaces an earlier one.
    """
    from yangban.publish.dispatch import targets_of
    from yangban.readings.workspace import Workspace

    code = None if region is None else subject_code(region)
    found = [t for t in targets_of(Workspace.open(workspace), file=targets) if code in {None, t.subject}]
    if json:
        print_json([t.to_dict() for t in found])
        return
    table = three_line_table("目标")
    for head in ("地区", "时段", "指标", "目标", "达标方式", "核对", "来源"):
        table.add_column(head, overflow="fold")
    for t in found:
        table.add_row(*_row(t))
    console().print(table)


_MET_BY = {"rounded": "按修约值", "unrounded": "按未修约值", "unknown": "未说明"}


def _row(target: Target) -> tuple[str, ...]:
    from yangban.base import regions
    from yangban.base.errors import UnknownIndicator
    from yangban.run.media import spec

    try:
        name = spec(target.indicator).name
    except UnknownIndicator:
        name = target.indicator
    sign = "≤" if target.direction == "at_most" else "≥"
    value = f"{sign} {target.value:f} {target.unit}"
    place = regions.subject_name(target.subject)
    return place, target.period.label, name, value, _MET_BY[target.met_by], target.confidence, target.source_said


@app.command()
def split(
    region: RegionOption,
    indicator: IndicatorOption,
    year: YearOption,
    workspace: WorkspaceOption = DEFAULT_WORKSPACE,
    start: Annotated[int | None, typer.Option("--from", help="按哪一年的现值分；不写为目标前最近一年  Year of the present values.")] = None,
    level: LevelOption = "city",
    decimals: Annotated[int | None, typer.Option("--decimals", min=0, max=6, help="各地目标的小数位  Decimals of the parts.")] = None,
    targets: TargetsOption = None,
    out: Annotated[Path | None, typer.Option("--out", "-o", help="写成目标文件（TOML）  Write a file of targets.")] = None,
    json: JsonOption = False,
) -> None:
    """把一个目标按现值同比例分到所辖市县，作为草案；已优于要求的地方不放宽。

    A first draft of a split by mean: every place changes by the same percentage, rounded to the safe side.
    """
    from yangban.base import regions
    from yangban.publish.splitting import split_target, write_targets
    from yangban.readings.workspace import Workspace
    from yangban.run.media import open_all

    place, code = Workspace.open(workspace), subject_code(region)
    whole = _whole(place, code, indicator, year, targets)
    made = split_target(open_all(place), whole, level=level, start=start, decimals=decimals)
    if out is not None:
        write_targets(made.parts, out)
    if json:
        print_json(made.to_dict())
        return
    table = three_line_table(f"{regions.subject_name(code)} {year} 年 {indicator} 目标 {whole.value:f} {whole.unit} 的分解草案")
    for head, justify in (("地区", "left"), (f"{made.start} 年现值", "right"), ("目标", "right")):
        table.add_column(head, justify=justify)
    for part in made.parts:
        table.add_row(regions.subject_name(part.subject), made.now[part.subject], f"{part.value:f}")
    console().print(table)
    typer.echo(made.check_line)
    if out is not None:
        typer.echo(f"已写出 {out}；改动后用 yangban targets check --targets {out} 核对。")


@app.command()
def check(
    region: RegionOption,
    indicator: IndicatorOption,
    year: YearOption,
    workspace: WorkspaceOption = DEFAULT_WORKSPACE,
    level: LevelOption = "city",
    how: HowOption = "mean",
    weights: Annotated[Path | None, typer.Option("--weights", help="权重表：地区,权重（CSV），用于 mean  Weights of a mean.")] = None,
    targets: TargetsOption = None,
    json: JsonOption = False,
) -> None:
    """核对各地目标合起来是否达到总目标；达不到或有地方没有目标时退出码 1。

    Whether meeting every part means meeting the whole. Exit code 1 when it does not, or when a place has no part.
    """
    from yangban.publish.splitting import check_parts, read_weights
    from yangban.readings.workspace import Workspace

    place, code = Workspace.open(workspace), subject_code(region)
    whole = _whole(place, code, indicator, year, targets)
    from yangban.publish.dispatch import targets_of

    held = targets_of(place, file=targets)
    made = check_parts(whole, held, level=level, how=how, weights=None if weights is None else read_weights(weights))
    if json:
        print_json(made.to_dict())
    else:
        for line in made.lines():
            typer.echo(line)
    if not made.check.ok:
        raise typer.Exit(1)


def _whole(place: object, code: str, indicator: str, year: int, targets: Path | None) -> Target:
    from yangban.base import regions
    from yangban.base.errors import UsageError
    from yangban.publish.dispatch import targets_of
    from yangban.readings.workspace import Workspace

    assert isinstance(place, Workspace)
    held = [t for t in targets_of(place, file=targets) if (t.subject, t.indicator, t.period.label) == (code, indicator, str(year))]
    if not held:
        raise UsageError(f"{regions.subject_name(code)}没有 {indicator} {year} 年的目标：yangban targets list 列出已有的；no such target")
    return held[0]
