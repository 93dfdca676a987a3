"""What the verbs on a target's course share: ``path``, ``forecast`` and ``warnings``."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from yangban.cli.common import subject_code

if TYPE_CHECKING:
    from yangban.indicators.course import Course
    from yangban.publish.course import Way
    from yangban.standards.systems import Warnings

RegionOption = Annotated[str, typer.Option("--region", "-r", help="地区代码或名称  Code or name.")]
IndicatorOption = Annotated[str, typer.Option("--indicator", "-i", help="指标，如 air.pm25.mean  An indicator.")]
YearOption = Annotated[int, typer.Option("--year", "-y", help="年份  The year.")]
ThroughOption = Annotated[int | None, typer.Option("--through", min=1, max=12, help="算到几月；不写为有数据的最后一月  Last month.")]
TargetsOption = Annotated[Path | None, typer.Option("--targets", help="自己的目标文件（TOML）  Targets of your own.")]
KindOption = Annotated[str, typer.Option("--kind", help="月路径：seasonal 按往年季节、linear 各月相同、given 给定  Path by months.")]
FileOption = Annotated[Path | None, typer.Option("--file", help="给定路径的文件（TOML）  The file of a given path.")]
BaseYearOption = Annotated[int | None, typer.Option("--base-year", help="多年直线路径的基年  Base year of a way over years.")]
BaseOption = Annotated[str | None, typer.Option("--base", help="基年的值  The value of the base year.")]
RulesOption = Annotated[str, typer.Option("--rules", help="预警规则的编号或文件  Rules of warning: id or file.")]


def way_of(kind: str, file: Path | None, base_year: int | None, base: str | None) -> Way:
    """The path as the options say it."""
    from yangban.base.errors import UsageError
    from yangban.publish.course import Way, read_path

    if (base_year is None) != (base is None):
        raise UsageError("--base-year 和 --base 要同时给出；give both or neither")
    try:
        start = None if base_year is None or base is None else (base_year, Fraction(base))
    except (ValueError, ZeroDivisionError):
        raise UsageError(f"--base {base!r} 不是数；expected a number such as 30") from None
    return Way(kind, None if file is None else read_path(file), start)


def rules_of(text: str) -> Warnings:
    """The rules of warning of this id, or in this file."""
    from yangban.base.errors import UsageError
    from yangban.standards.systems import Warnings, load_file, load_systems

    path = Path(text)
    if path.suffix == ".toml":
        if not path.is_file():
            raise UsageError(f"--rules {text}：没有这个文件；no such file")
        made = load_file(path)
        if not isinstance(made, Warnings):
            raise UsageError(f'--rules {text}：不是预警规则（kind = "warnings"）；expected a file of rules of warning')
        return made
    known = load_systems().warnings
    if text not in known:
        raise UsageError(f"没有预警规则 {text!r}：有 {'、'.join(known)}；no such rules")
    return known[text]


def followed(
    workspace: Path, *, region: str, indicator: str, year: int, through: int | None, targets: Path | None, way: Way, rules: str,
    edition: str | None, basis: str,
) -> Course:  # fmt: skip
    """The course that the options ask for."""
    from yangban.publish.course import course_of, target_for
    from yangban.publish.dispatch import targets_of
    from yangban.readings.workspace import Workspace
    from yangban.run.media import open_all, spec

    place, code = Workspace.open(workspace), subject_code(region)
    spec(indicator)
    target = target_for(targets_of(place, file=targets), region=code, indicator=indicator, year=year)
    return course_of(
        open_all(place), target, year=year, rules=rules_of(rules), through=through, way=way, edition=edition, basis=basis
    )  # fmt: skip


def say_target(course: Course) -> str:
    """The target and the year to date in one line."""
    from yangban.base import regions
    from yangban.run.media import spec

    target, sign = course.target, "不高于" if course.target.direction == "at_most" else "不低于"
    unit = target.unit
    now = "没有结果" if course.display is None else f"{course.display:f} {unit}"
    asked = "" if course.asked == Fraction(target.value) else f"，{course.year} 年要求 {float(course.asked):.2f} {unit}"
    return (
        f"{regions.subject_name(target.subject)} {spec(target.indicator).name}：{target.period.label} 年目标{sign} "
        f"{target.value:f} {unit}{asked}；{course.year} 年 1–{course.through} 月 {now}。"
    )
