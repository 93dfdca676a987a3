"""``yangban events``: dust, exceptional events, exclusions, reviews and the station log of a workspace."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from yangban.cli.common import DEFAULT_WORKSPACE, JsonOption, WorkspaceOption

if TYPE_CHECKING:
    from yangban.readings.events import Event

app = typer.Typer(
    add_completion=False,
    no_args_is_help=True,
    help="沙尘、异常事件、剔除、审核和站点日志：只增不改的记录  Events, exclusions and reviews: records that are only added",
)

ByOption = Annotated[str, typer.Option("--by", help="经手人姓名  Who answers for the record")]
ReasonOption = Annotated[str, typer.Option("--reason", help="理由  Why")]


@app.command("import")
def import_(
    file: Annotated[
        Path, typer.Argument(metavar="FILE", help=".csv .xlsx .toml：类型、地区/点位、污染物、开始、结束、通知编号/原因、经手人")
    ],
    workspace: WorkspaceOption = DEFAULT_WORKSPACE,
    by: ByOption = "",
    as_json: JsonOption = False,
) -> None:
    """登记一份事件清单，整份登记或整份不登记  Add a list of events, all or none."""
    from yangban.readings.event_sheets import read_events
    from yangban.readings.events import append, known_stations
    from yangban.readings.workspace import Workspace

    opened = Workspace.open(workspace)
    done = append(opened, read_events(file, stations=known_stations(opened), by=by))
    if as_json:
        _print({"recorded": [each.to_dict() for each in done.recorded], "already": [each.to_dict() for each in done.already]})
        return
    _table(done.recorded, ())
    typer.echo(f"登记 {len(done.recorded)} 条；先前已有 {len(done.already)} 条，未重复登记。")


@app.command()
def add(
    kind: Annotated[
        str, typer.Option("--kind", help="dust | exclusion | review | exceptional:何事 | log:何事（maintenance power visit …）")
    ],
    subject: Annotated[str, typer.Option("--subject", help="地区或点位  A place or a station")],
    start: Annotated[str, typer.Option("--from", help="开始：首个小时的标签（小时的结束时刻，北京时间）如 2022-03-08 14；只写日期为整日")],
    end: Annotated[str, typer.Option("--to", help="结束：末个小时的标签  The label of the last hour")],
    workspace: WorkspaceOption = DEFAULT_WORKSPACE,
    by: ByOption = "",
    reason: ReasonOption = "",
    notice: Annotated[str, typer.Option("--notice", help="通知或认定的编号  Number of the notice")] = "",
    pollutant: Annotated[str, typer.Option("--pollutant", help="污染物，可用逗号并列；不写为全部  Default: all")] = "",
    state: Annotated[str, typer.Option("--state", help="审核级别 city | province | signed；raw 为退回  Level of a review")] = "",
    verdict: Annotated[str, typer.Option("--verdict", help="审核结论 valid | invalid  What the review says")] = "",
    code: Annotated[str, typer.Option("--code", help="审核代码（本单位的标识）  The office's own mark")] = "",
    replaces: Annotated[str, typer.Option("--replaces", help="更正哪一条记录（编号）  The record that this one corrects")] = "",
    as_json: JsonOption = False,
) -> None:
    """登记一条记录；更正也是新的一条  Add one record; a correction is a new record too."""
    from yangban.readings.event_sheets import event_of
    from yangban.readings.events import append, known_stations
    from yangban.readings.workspace import Workspace

    opened = Workspace.open(workspace)
    words = {
        "kind": kind,
        "subject": subject,
        "from": start,
        "to": end,
        "by": by,
        "reason": reason,
        "notice": notice,
        "pollutant": pollutant,
        "state": state,
        "verdict": verdict,
        "code": code,
        "replaces": replaces,
    }
    done = append(opened, [event_of(words, stations=known_stations(opened))])
    if as_json:
        _print({"recorded": [each.to_dict() for each in done.recorded], "already": [each.to_dict() for each in done.already]})
        return
    _table((*done.recorded, *done.already), ())
    typer.echo("已登记。" if done.recorded else "先前已有同样的记录，未重复登记。")


@app.command()
def withdraw(
    record: Annotated[str, typer.Argument(metavar="ID", help="记录编号，如 E000001  The record")],
    workspace: WorkspaceOption = DEFAULT_WORKSPACE,
    by: ByOption = "",
    reason: ReasonOption = "",
    as_json: JsonOption = False,
) -> None:
    """撤销一条记录：原记录保留，不再生效  Withdraw a record: it stays readable and no longer holds."""
    from yangban.readings.events import withdraw as take_back
    from yangban.readings.workspace import Workspace

    event = take_back(Workspace.open(workspace), record, by=by, reason=reason)
    if as_json:
        _print(event.to_dict())
        return
    typer.echo(f"{record} 已撤销（{event.id}，{event.by}：{event.reason}）。")


@app.command("list")
def list_(
    workspace: WorkspaceOption = DEFAULT_WORKSPACE,
    kind: Annotated[str | None, typer.Option("--kind", help="只看一类，如 dust、exclusion、log  Only this kind")] = None,
    subject: Annotated[str | None, typer.Option("--subject", help="只看一个地区或点位  Only this place or station")] = None,
    everything: Annotated[bool, typer.Option("--all", help="连同已更正和撤销的  Corrected and withdrawn ones too")] = False,
    as_json: JsonOption = False,
) -> None:
    """列出记录  List the records."""
    from yangban.readings.events import active, known_stations, load, subject_of
    from yangban.readings.workspace import Workspace

    opened = Workspace.open(workspace)
    events = load(opened)
    holding = {each.id for each in active(events)}
    code = None if subject is None else subject_of(subject, known_stations(opened))
    shown = [
        each
        for each in events
        if (everything or each.id in holding) and (kind is None or kind in {each.kind, each.family}) and code in {None, each.subject}
    ]
    if as_json:
        _print([{**each.to_dict(), "active": each.id in holding} for each in shown])
        return
    _table(shown, [each.id for each in shown if each.id not in holding])
    typer.echo(f"{len(shown)} 条记录。")


@app.command()
def verify(
    workspace: WorkspaceOption = DEFAULT_WORKSPACE,
    expect: Annotated[str, typer.Option("--expect", help="先前记下的末行摘要，须仍在其中  A digest noted earlier")] = "",
    as_json: JsonOption = False,
) -> None:
    """核对记录是否被改动、移除，有问题则退出码为1  Whether any record was edited or removed."""
    from yangban.readings.events import verify as look
    from yangban.readings.workspace import Workspace

    found = look(Workspace.open(workspace), expect=expect)
    if as_json:
        _print(
            {
                "ok": not found.problems,
                "count": found.count,
                "digest": found.digest,
                "problems": list(found.problems),
                "torn": found.torn,
            }
        )
    else:
        for problem in found.problems:
            typer.echo(f"✗ {problem}")
        if found.torn:
            typer.echo(f"提示：{found.torn}；下次登记时移入 rejected/")
        if not found.problems:
            typer.echo(f"✓ {found.count} 条记录逐行相接，无改动。")
        typer.echo(f"末行摘要 {found.digest}")
    if found.problems:
        raise typer.Exit(1)


def _print(content: object) -> None:
    from yangban.cli.common import print_json

    print_json(content)


def _table(events: Sequence[Event], gone: Sequence[str]) -> None:
    from rich.text import Text

    from yangban.base.pollutants import pollutant
    from yangban.base.regions import subject_name
    from yangban.cli.common import console, three_line_table
    from yangban.readings.events import STATE_NAMES, VERDICTS

    if not events:
        return
    table = three_line_table()
    for head in ("编号", "类型", "对象", "污染物", "起止（小时的结束时刻）", "依据或理由", "经手人"):
        table.add_column(head, overflow="fold")
    for each in events:
        why = [each.notice, each.reason]
        if each.family == "review":
            why = [STATE_NAMES[each.state], VERDICTS.get(each.verdict, ""), each.code, *why]
        if each.replaces:
            why.append(f"更正 {each.replaces}" if each.kind != "withdrawal" else f"撤销 {each.replaces}")
        items = "、".join(pollutant(item).printed for item in each.pollutants) or "全部"
        span = f"{each.start:%Y-%m-%d %H:%M}\n{each.end:%Y-%m-%d %H:%M}"
        table.add_row(
            each.id,
            each.kind_name,
            Text(subject_name(each.subject)),
            items,
            span,
            Text("；".join(filter(None, why))),
            Text(each.by),
            style="dim strike" if each.id in gone else None,
        )
    console().print(table)
