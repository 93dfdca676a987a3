"""``yangban stations``: the dated registry of stations; import, list, check."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from yangban.cli.common import DEFAULT_WORKSPACE, JsonOption, WorkspaceOption, console, print_json, three_line_table

if TYPE_CHECKING:
    from yangban.readings.stations import Station

app = typer.Typer(add_completion=False, no_args_is_help=True, help="站点登记表：导入、列出、核对。  The registry of stations.")

SHOWN = 20
"""Rows of a list that are printed; ``--json`` gives all."""

NETWORK_WORDS = {"state": "国控", "province": "省控", "county": "县控"}
ROLE_WORDS = {"evaluation": "评价点", "background": "背景点", "control": "对照点"}
FIELD_WORDS = {
    "name": "名称", "city": "城市", "county": "区县", "network": "网络", "role": "类型", "longitude": "经度", "latitude": "纬度",
    "valid_from": "启用", "valid_to": "停用",
}  # fmt: skip


def _day(text: str | None, option: str) -> Any:
    from yangban.base.errors import UsageError
    from yangban.readings.formats.times import day_label

    if text is None:
        return None
    day = day_label(text)
    if isinstance(day, str):
        raise UsageError(f"{option} {text!r} is not a day; expected such as 2021-01-01")
    return day


@app.command("import")
def import_(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="站点表（CSV、Excel）或小时发布快照  A table of stations, or a snapshot.")],
    workspace: WorkspaceOption = DEFAULT_WORKSPACE,
    network: Annotated[
        str, typer.Option("--network", help="没写明网络的行：state 国控 | province 省控 | county 县控  Network of rows without one.")
    ] = "state",
    since: Annotated[
        str | None, typer.Option("--from", help="没写启用日期的新站点和变动从哪天起  First day of new or changed rows without one.")
    ] = None,
    json: JsonOption = False,
) -> None:
    """把站点表导入登记表；站点改名、换城市或区县时另起一行，旧行到前一天为止。

    Take a list of stations in; exit code 1 when a row was refused.
    """
    from yangban.base.errors import InputError
    from yangban.readings.station_lists import import_file
    from yangban.readings.workspace import Workspace

    day = _day(since, "--from")
    if not file.is_file():
        raise InputError(f"{file}: 找不到这个文件 no such file")
    done = import_file(Workspace.open(workspace, create=True), file, network=network, since=day)
    if json:
        print_json(done.to_dict())
    else:
        out = console()
        out.print(
            f"{file.name}：{done.rows} 行，新增 {done.added}，更新 {done.updated}，不变 {done.unchanged}，拒绝 {done.rejected}；"
            f"关闭旧行 {done.closed}",
            markup=False,
        )
        for change in [each for each in done.changes if each.what in {"changed", "updated"}][:SHOWN]:
            field = FIELD_WORDS.get(change.field, change.field)
            out.print(f"  {change.station}  {field}：{change.old or '（空）'} → {change.new}", markup=False)
        if done.rejections:
            out.print(f"拒绝 {done.rejected} 行，原因（前 {min(SHOWN, done.rejected)} 行）：", markup=False)
        for each in done.rejections[:SHOWN]:
            out.print(f"  {file.name}:{each.line}  {each.reason}  [{each.rule}]", markup=False, soft_wrap=True)
        if done.rejected_file:
            out.print(f"  全部清单：{workspace / done.rejected_file}", markup=False, soft_wrap=True)
        for note in done.notes:
            out.print(f"注意：{note}", markup=False)
    if done.rejected:
        raise typer.Exit(1)


@app.command("list")
def list_(
    workspace: WorkspaceOption = DEFAULT_WORKSPACE,
    region: Annotated[str | None, typer.Option("--region", "-r", help="地区代码或名称  Only stations of this place.")] = None,
    date: Annotated[str | None, typer.Option("--date", "-d", help="哪一天有效的  Only rows that hold on this day.")] = None,
    json: JsonOption = False,
) -> None:
    """列出登记的站点。

    The registered stations, of every role.
    """
    from datetime import date as day_type

    from yangban.cli.common import subject_code
    from yangban.readings.stations import Registry
    from yangban.readings.workspace import Workspace

    registry, day = Registry.load(Workspace.open(workspace)), _day(date, "--date")
    rows = registry.rows
    if region is not None:
        rows = registry.members(subject_code(region), day or day_type.today(), role=None)
    elif day is not None:
        rows = tuple(row for row in rows if row.holds_on(day))
    if json:
        print_json([row.to_dict() for row in rows])
        return
    out = console()
    out.print(_table(rows, title=f"登记的站点 {len(rows)} 行"))


def _table(rows: tuple[Station, ...], *, title: str) -> Any:
    table = three_line_table(title)
    for head in ("编号", "名称", "城市", "区县", "网络", "类型", "启用", "停用"):
        table.add_column(head, overflow="fold")
    for row in rows:
        table.add_row(
            row.station.removeprefix("station:"), row.name, _place(row.city), _place(row.county), NETWORK_WORDS[row.network],
            ROLE_WORDS[row.role], str(row.valid_from or ""), str(row.valid_to or ""),
        )  # fmt: skip
    return table


def _place(code: str) -> str:
    from yangban.base import regions

    return regions.subject_name(code) if code else ""


@app.command("check")
def check_(workspace: WorkspaceOption = DEFAULT_WORKSPACE, json: JsonOption = False) -> None:
    """核对登记表与读数：没有城市的站点、有读数而没有登记的、有登记而没有读数的。

    Hold the registry against the readings; exit code 1 when a row has no place or a reading no row.
    """
    from yangban.readings.stations import check
    from yangban.readings.workspace import Workspace

    found = check(Workspace.open(workspace))
    if json:
        print_json(found.to_dict())
    else:
        out = console()
        if found.without_place:
            out.print(_table(found.without_place[:SHOWN], title=f"没有城市和区县的站点 {len(found.without_place)} 行"))
        if found.without_row:
            table = three_line_table(f"有读数、没有登记的站点 {len(found.without_row)} 个")
            for head in ("编号", "天数", "首日", "末日"):
                table.add_column(head)
            for gap in found.without_row[:SHOWN]:
                table.add_row(gap.station.removeprefix("station:"), str(gap.days), str(gap.first_day), str(gap.last_day))
            out.print(table)
        if found.only_county:
            out.print(f"只计入区县、不计入地级市的站点：{len(found.only_county)} 行（县级市等）", markup=False)
        if found.without_readings:
            named = "、".join(each.removeprefix("station:") for each in found.without_readings[:SHOWN])
            more = "等" if len(found.without_readings) > SHOWN else ""
            out.print(f"有登记、没有读数的站点 {len(found.without_readings)} 个：{named}{more}", markup=False)
        out.print("核对完毕，没有问题。" if found.clean else "核对完毕，以上各项需要处理。", markup=False)
    if not found.clean:
        raise typer.Exit(1)
