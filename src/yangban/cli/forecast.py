"""``yangban forecast``: what a year may come to, with an interval and the score of the method."""

from __future__ import annotations

from fractions import Fraction

import typer

from yangban.base.exact import round_half_even
from yangban.cli.common import DEFAULT_WORKSPACE, BasisOption, EditionOption, JsonOption, WorkspaceOption, print_json
from yangban.cli.course import (
    IndicatorOption,
    RegionOption,
    RulesOption,
    TargetsOption,
    ThroughOption,
    YearOption,
    followed,
    say_target,
    way_of,
)

app = typer.Typer(add_completion=False)


@app.command()
def forecast(
    region: RegionOption,
    indicator: IndicatorOption,
    year: YearOption,
    workspace: WorkspaceOption = DEFAULT_WORKSPACE,
    through: ThroughOption = None,
    targets: TargetsOption = None,
    rules: RulesOption = "default",
    edition: EditionOption = None,
    basis: BasisOption = "realtime",
    json: JsonOption = False,
) -> None:
    """据往年各月之比预测全年，给出区间和回测成绩；至少要三个往年。

    The year from its months so far and the ratios of past years: the median, an interval with the coverage that it promises, and how the
    method did on past years.
    """
    course = followed(
        workspace, region=region, indicator=indicator, year=year, through=through, targets=targets,
        way=way_of("seasonal", None, None, None), rules=rules, edition=edition, basis=basis,
    )  # fmt: skip
    if json:
        print_json(course.to_dict())
        return
    typer.echo(say_target(course))
    made, score, unit = course.forecast, course.score, course.target.unit
    if made is None:
        typer.echo(f"没有预测：{course.forecast_reason}。")
    else:
        typer.echo(
            f"全年预测 {_shown(made.value)} {unit}，区间 {_shown(made.low)}–{_shown(made.high)} {unit}"
            f"（据 {made.years} 个往年，区间所许的可能为 {_shown(made.promised * 100)}%）。"
        )
    if score is None:
        typer.echo(f"没有回测：{course.score_reason}。")
    else:
        typer.echo(
            f"回测 {score.years} 年：平均绝对误差 {_shown(score.error)} {unit}，偏差 {_shown(score.bias)} {unit}，"
            f"{score.inside} 年落在区间内。"
        )
    typer.echo(str(course.warning))
    for note in course.notes:
        typer.echo(f"注：{note}。")


def _shown(value: Fraction) -> str:
    return f"{round_half_even(value, 1):f}"
