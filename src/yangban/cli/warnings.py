"""``yangban warnings``: for every target of a year whether it is on its way, with word and symbol beside the colour."""

from __future__ import annotations

from typing import Annotated, Any

import typer

from yangban.cli.common import (
    DEFAULT_WORKSPACE,
    BasisOption,
    EditionOption,
    JsonOption,
    WorkspaceOption,
    console,
    print_json,
    subject_code,
    three_line_table,
)
from yangban.cli.course import RegionOption, RulesOption, TargetsOption, ThroughOption, YearOption, rules_of

app = typer.Typer(add_completion=False)


@app.command()
def warnings(
    region: RegionOption,
    year: YearOption,
    workspace: WorkspaceOption = DEFAULT_WORKSPACE,
    through: ThroughOption = None,
    below: Annotated[bool, typer.Option("--below", help="连同所辖市县的目标  Also the places below.")] = False,
    targets: TargetsOption = None,
    rules: RulesOption = "default",
    edition: EditionOption = None,
    basis: BasisOption = "realtime",
    json: JsonOption = False,
) -> None:
    """逐个目标给出预警：红、黄、绿或无数据，附符号、文字和所据的数。

    The sign of every target of the year (or of the nearest later one), with symbol, words and the numbers that gave it.
    """
    from yangban.base.errors import UsageError
    from yangban.publish.course import courses_of
    from yangban.publish.dispatch import targets_of
    from yangban.readings.workspace import Workspace
    from yangban.run.media import open_all

    place, code = Workspace.open(workspace), subject_code(region)
    held = targets_of(place, file=targets)
    made = courses_of(
        open_all(place), held, region=code, year=year, rules=rules_of(rules), through=through, below=below, edition=edition, basis=basis
    )
    if not made:
        raise UsageError(f"{region} 没有 {year} 年或以后的目标：写进工作区的 targets.toml，或用 --targets 给出文件；no targets")
    if json:
        print_json([each.to_dict() for each in made])
        return
    table = three_line_table(f"{year} 年目标预警（{rules}）")
    for head, justify in (("预警", "left"), ("地区", "left"), ("指标", "left"), ("目标", "right"), ("年初累计", "right"), ("说明", "left")):
        table.add_column(head, justify=justify, overflow="fold")
    for each in made:
        table.add_row(*_row(each))
    console().print(table)
    for each in made:
        if each.notes:
            typer.echo(f"注：{each.target.subject} {each.target.indicator}：{'；'.join(each.notes)}。")


def _row(course: Any) -> tuple[str, ...]:
    from yangban.base import regions
    from yangban.run.media import spec

    target = course.target
    sign = "≤" if target.direction == "at_most" else "≥"
    now = "—" if course.display is None else f"{course.display:f}"
    because = f"（{'，'.join(course.warning.because)}）" if course.warning.because else ""
    return (
        f"{course.warning.symbol} {course.warning.name}",
        regions.subject_name(target.subject),
        spec(target.indicator).name,
        f"{sign} {target.value:f} {target.unit}（{target.period.label}）",
        now,
        course.warning.text + because,
    )
