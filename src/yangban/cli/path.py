"""``yangban path``: the path to a target through the months of a year, and the distance from it."""

from __future__ import annotations

from fractions import Fraction

import typer

from yangban.base.exact import round_half_even
from yangban.cli.common import (
    DEFAULT_WORKSPACE,
    BasisOption,
    EditionOption,
    JsonOption,
    WorkspaceOption,
    console,
    print_json,
    three_line_table,
)
from yangban.cli.course import (
    BaseOption,
    BaseYearOption,
    FileOption,
    IndicatorOption,
    KindOption,
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
def path(
    region: RegionOption,
    indicator: IndicatorOption,
    year: YearOption,
    workspace: WorkspaceOption = DEFAULT_WORKSPACE,
    through: ThroughOption = None,
    kind: KindOption = "seasonal",
    file: FileOption = None,
    base_year: BaseYearOption = None,
    base: BaseOption = None,
    targets: TargetsOption = None,
    rules: RulesOption = "default",
    edition: EditionOption = None,
    basis: BasisOption = "realtime",
    json: JsonOption = False,
) -> None:
    """一年各月的路径、实际值、差距和累计盈亏。

    The path of a year by months, what came, the gap, and the account of credit and debt in days times units.
    """
    course = followed(
        workspace, region=region, indicator=indicator, year=year, through=through, targets=targets,
        way=way_of(kind, file, base_year, base), rules=rules, edition=edition, basis=basis,
    )  # fmt: skip
    if json:
        print_json(course.to_dict())
        return
    typer.echo(say_target(course))
    if course.path:
        table = three_line_table(f"{year} 年各月路径（{_KINDS[course.path_kind]}），{course.target.unit}")
        for head in ("月", "天数", "路径", "实际", "差距", "当月盈亏", "累计盈亏", "累计值", "路径累计"):
            table.add_column(head, justify="right")
        came = {row.number: row for row in course.accounts}
        for step in course.path:
            row = came.get(step.number)
            cells = ["—"] * 6 if row is None else [
                _shown(each) for each in (row.value, row.gap, row.profit, row.cumulative, row.year_to_date, row.path_to_date)
            ]  # fmt: skip
            table.add_row(str(step.number), str(step.days), _shown(step.value), *cells)
        console().print(table)
        typer.echo("差距为正表示在不利的一侧；盈亏单位为天×单位，正为盈余，负为亏欠。")
    typer.echo(str(course.warning))
    for note in course.notes:
        typer.echo(f"注：{note}。")


_KINDS = {"seasonal": "按往年季节", "linear": "各月相同", "given": "给定"}


def _shown(value: Fraction) -> str:
    return f"{round_half_even(value, 1):f}"
