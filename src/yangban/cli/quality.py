"""``yangban quality``: what a person should look at in the readings, with the evidence and no verdict."""

from __future__ import annotations

from collections import Counter
from dataclasses import asdict
from typing import TYPE_CHECKING, Annotated, Any

import typer

from yangban.cli.common import DEFAULT_WORKSPACE, BasisOption, JsonOption, WorkspaceOption

if TYPE_CHECKING:
    from yangban.run.quality import Look

app = typer.Typer(add_completion=False)

SYNTHETIC = "合成数据：所查看的读数由程序生成，不是监测结果。 Synthetic readings; not monitoring results."

SHOWN = 40
"""Signals that are printed one by one; all are in the JSON."""


@app.command(help="数据质量：需要查看的现象及其证据，不作结论\n\nSignals with their evidence, and counts of flags; no verdict.")
def quality(
    workspace: WorkspaceOption = DEFAULT_WORKSPACE,
    subject: Annotated[
        str | None, typer.Option("--subject", help="点位或地区，可用逗号并列，如 station:1299A,南昌  Stations or places")
    ] = None,
    region: Annotated[
        str | None, typer.Option("--region", help="地区：其中所有地方和点位  A region: all places and stations in it")
    ] = None,
    period: Annotated[str | None, typer.Option("--period", help="时段，如 2022、2022-06；不写为最后一年  Default: the last year")] = None,
    rule: Annotated[str | None, typer.Option("--rule", help="只看这些规则，可用逗号并列  Only these rules")] = None,
    basis: BasisOption = "realtime",
    as_json: JsonOption = False,
) -> None:
    """Look, and print what was found."""
    from yangban.base import periods
    from yangban.base.errors import UsageError
    from yangban.cli.common import print_json, subject_code
    from yangban.readings.signals import RULES
    from yangban.readings.workspace import Workspace
    from yangban.run.local import workspace_book
    from yangban.run.quality import look

    if subject is not None and region is not None:
        raise UsageError("--subject 和 --region 只能写一个  give one of them")
    rules = _listed(rule) or list(RULES)
    unknown = [each for each in rules if each not in RULES]
    if unknown:
        raise UsageError(f"没有规则 {unknown[0]!r}；现有 {'、'.join(RULES)}")
    named = None if subject is None else [_code(each) for each in _listed(subject)]
    opened = Workspace.open(workspace)
    found = look(
        opened,
        workspace_book(opened),
        subjects=named,
        region=None if region is None else subject_code(region),
        period=None if period is None else periods.parse(period),
        basis=basis,
    )
    if as_json:
        from yangban.base.regions import subject_name

        told = [{**each.to_dict(), "subject_name": subject_name(each.subject)} for each in found.signals if each.rule in rules]
        print_json(
            {
                "period": found.period.label,
                "basis": found.basis,
                "subjects": found.subjects,
                "signals": told,
                "flags": [asdict(each) for each in found.flags],
                "notes": found.notes,
                "synthetic": found.synthetic,
            }
        )
    else:
        _show(found, rules)


def _code(text: str) -> str:
    from yangban.cli.common import subject_code
    from yangban.readings.subjects import resolve

    station = resolve(text)
    return station.subject if station else subject_code(text)


def _listed(text: str | None) -> list[str]:
    return [] if text is None else [each.strip() for each in text.replace("，", ",").split(",") if each.strip()]


def _show(found: Look, rules: list[str]) -> None:
    from rich.text import Text

    from yangban.base.regions import subject_name
    from yangban.cli.common import console, three_line_table
    from yangban.readings.signals import RULES

    screen = console()
    basis = {"realtime": "实况", "audited": "审核"}.get(found.basis, found.basis)
    screen.print(Text(f"{found.period.label} {basis}数据，{len(found.subjects)} 个地方和点位。以下现象供查看，不是结论；数值均未改动。"))
    shown = [each for each in found.signals if each.rule in rules]
    totals = Counter(each.rule for each in shown)
    table = three_line_table("现象")
    table.add_column("规则")
    table.add_column("次数", justify="right")
    table.add_column("阈值", overflow="fold")
    for rule in rules:
        table.add_row(f"{RULES[rule].name}\n{rule}", str(totals[rule]), Text(RULES[rule].text))
    screen.print(table)
    if shown:
        screen.print(_signals(shown[:SHOWN], subject_name, three_line_table))
    if len(shown) > SHOWN:
        screen.print(f"另有 {len(shown) - SHOWN} 条未列出；用 --rule、--subject 或 --period 缩小范围，或用 --json 看全部。")
    if found.flags:
        screen.print(_flags(found, subject_name, three_line_table))
    for note in found.notes:
        screen.print(Text(note))
    if found.synthetic:
        screen.print(Text(SYNTHETIC))


def _signals(shown: list[Any], subject_name: Any, three_line_table: Any) -> Any:
    from rich.text import Text

    table = three_line_table("证据")
    table.add_column("对象", overflow="fold")
    table.add_column("起止（小时的结束时刻）", no_wrap=True)
    table.add_column("现象", overflow="fold")
    for each in shown:
        span = f"{each.start:%Y-%m-%d %H:%M}" + ("" if each.start == each.end else f"\n{each.end:%Y-%m-%d %H:%M}")
        table.add_row(Text(subject_name(each.subject)), span, Text(each.sentence))
    return table


def _flags(found: Look, subject_name: Any, three_line_table: Any) -> Any:
    from rich.text import Text

    from yangban.base.pollutants import HOURLY_SIX, pollutant

    counts = {(each.subject, each.name, each.pollutant): each.count for each in found.flags}
    table = three_line_table("标记的数值个数（标记不影响采用）")
    table.add_column("对象", overflow="fold")
    table.add_column("标记")
    for item in HOURLY_SIX:
        table.add_column(pollutant(item).printed, justify="right")
    for subject, name in dict.fromkeys((each.subject, each.name) for each in found.flags):
        table.add_row(Text(subject_name(subject)), name, *(str(counts.get((subject, name, item), "")) for item in HOURLY_SIX))
    return table
