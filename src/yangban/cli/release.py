"""``yangban release``: freeze Figures under a number, list and show releases, compute one again."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import typer

from yangban.cli.common import DEFAULT_WORKSPACE, JsonOption, WorkspaceOption, console, print_json, subject_codes, three_line_table

if TYPE_CHECKING:
    from yangban.publish.release import Release

app = typer.Typer(
    add_completion=False,
    no_args_is_help=True,
    help="发布：冻结结果、编号、复算核对；更正是新的一号  Freeze results under a number, and compute them again",
)

_AUDIENCES = {"public": "公开", "internal": "内部"}


@app.command()
def create(
    workspace: WorkspaceOption = DEFAULT_WORKSPACE,
    year: Annotated[
        list[int] | None, typer.Option("--year", help="年份，可重复：该年及其半年、季、月  Year(s); default all assessed.")
    ] = None,
    period: Annotated[list[str] | None, typer.Option("--period", "-p", help="另加的时段，可重复  Further period(s).")] = None,
    days: Annotated[bool, typer.Option("--days/--no-days", help="连同每一天（网站的日历要用）  Every day too, for calendars.")] = False,
    subject: Annotated[str | None, typer.Option("--subject", "-s", help="地区或点位，可用逗号并列；不写为全部  Default: all.")] = None,
    edition: Annotated[
        str | None, typer.Option("--edition", help="标准版本，可并列，如 2012,2026-transitional；不写按评价时的设定")
    ] = None,
    straddle: Annotated[str | None, typer.Option("--straddle", help="跨两个版本的时段：refuse、old、new")] = None,
    basis: Annotated[list[str] | None, typer.Option("--basis", help="realtime 实况、audited 审核（可重复），或 best")] = None,
    scope: Annotated[list[str] | None, typer.Option("--scope", help="as_monitored、dust_excluded（可重复）")] = None,
    medium: Annotated[
        str, typer.Option("--medium", help="air 空气、water 水、sound 声、ecology 生态、biodiversity 物种，all 全部有结果的")
    ] = "all",
    note: Annotated[str, typer.Option("--note", help="说明  What this release is.")] = "",
    draft: Annotated[bool, typer.Option("--draft", help="草稿：网站不显示  A draft; no site shows it.")] = False,
    audience: Annotated[str, typer.Option("--audience", help="public 公开 | internal 内部")] = "public",
    embargo: Annotated[str | None, typer.Option("--embargo", help="此日（北京时间）之前不公开  Not shown before this date.")] = None,
    number: Annotated[str, typer.Option("--number", help="文号  The document's own number.")] = "",
    corrects: Annotated[int | None, typer.Option("--corrects", help="更正哪一号  The release that this one corrects.")] = None,
    why: Annotated[str, typer.Option("--why", help="更正的理由  Why.")] = "",
    only_new: Annotated[bool, typer.Option("--only-new", help="与最新一号相同则不再发布  Nothing when the newest holds the same.")] = False,
    json: JsonOption = False,
) -> None:
    """冻结现有结果，成为下一号发布。

    Freeze the Figures as the next release. Refuses when the results are older than the readings.
    """
    from yangban.publish.release import create as freeze
    from yangban.readings.workspace import Workspace

    made = freeze(
        Workspace.open(workspace),
        years=year or (),
        periods=period or (),
        days=days,
        subjects=subject_codes(subject),
        edition=edition,
        straddle=straddle,
        bases=basis or ("realtime",),
        scopes=scope or ("as_monitored",),
        medium=medium,
        note=note,
        draft=draft,
        audience=audience,
        embargo=embargo,
        document_number=number,
        corrects=corrects,
        why=why,
        only_new=only_new,
    )
    if json:
        print_json(made.to_dict())
        return
    what = "草稿" if made.draft else "发布"
    typer.echo(f"{what} {made.name}：{made.manifest['figures']['rows']} 个结果，{len(made.manifest['subjects'])} 个地区（点位、断面），")
    typer.echo(f"时段 {_span(made)}，数据截至 {made.manifest['through']}。")
    typer.echo(f"结果摘要 {made.manifest['figures']['sha256']}")
    typer.echo(f"清单摘要 {made.digest}")
    _warn(made)


@app.command("list")
def list_(workspace: WorkspaceOption = DEFAULT_WORKSPACE, json: JsonOption = False) -> None:
    """列出各号发布  List the releases."""
    from yangban.publish.release import corrected_by, latest, releases
    from yangban.readings.workspace import Workspace

    place = Workspace.open(workspace)
    held = releases(place)
    shown = latest(place, public=True)
    if json:
        print_json([{**each.to_dict(), "corrected_by": corrected_by(held, each.number)} for each in held])
        return
    if not held:
        typer.echo("还没有任何发布。用 yangban release create 作出第一号。 No release yet.")
        return
    table = three_line_table()
    for head in ("号", "时间（北京）", "时段", "范围", "状态", "文号", "说明"):
        table.add_column(head, overflow="fold")
    for each in held:
        state = _state(each, corrected_by(held, each.number)) + ("；网站显示" if shown and shown.number == each.number else "")
        audience = _AUDIENCES[each.manifest["audience"]]
        table.add_row(each.name, _beijing(each), _span(each), audience, state, each.manifest["document_number"], each.manifest["note"])
    console().print(table)


@app.command()
def show(
    number: Annotated[int, typer.Argument(metavar="N", help="第几号  Its number")],
    workspace: WorkspaceOption = DEFAULT_WORKSPACE,
    json: JsonOption = False,
) -> None:
    """看一号发布：时段、依据、各项摘要  Show a release and what it rests on."""
    from yangban.publish.release import corrected_by, find, releases
    from yangban.readings.workspace import Workspace

    place = Workspace.open(workspace)
    one, later = find(place, number), corrected_by(releases(place), number)
    if json:
        print_json({**one.manifest, "digest": one.digest, "corrected_by": later})
        return
    inputs: Any = one.manifest["inputs"]
    lines = [
        ("号", f"{one.name}（{_state(one, later)}）"),
        ("时间", f"{_beijing(one)}（北京时间）"),
        ("文号", one.manifest["document_number"] or "—"),
        ("说明", one.manifest["note"] or "—"),
        ("范围", _AUDIENCES[one.manifest["audience"]]),
        ("不公开至", one.manifest["embargo"] or "—"),
        ("时段", f"{_span(one)}，数据截至 {one.manifest['through']}"),
        ("版本", f"{one.manifest['asked']['edition']}（跨版本时段：{one.manifest['asked']['straddle']}）"),
        ("结果", f"{one.manifest['figures']['rows']} 个，摘要 {one.manifest['figures']['sha256']}"),
        ("读数", f"{len(inputs['lake']['readings'])} 个月份分区，{len(inputs['files'])} 份原始文件，摘要 {inputs['lake']['sha256']}"),
        ("记录", f"{len(inputs['events']['records'])} 条沙尘、剔除或审核"),
        ("标准", f"{'、'.join(inputs['book']['documents'])}，摘要 {inputs['book']['sha256']}"),
        ("模板", "、".join(inputs["templates"]) or "—"),
        ("上一号", one.manifest["chain"]),
        ("程序", f"yangban {one.manifest['program']}"),
        ("清单摘要", one.digest),
    ]
    if one.corrects is not None:
        lines.insert(1, ("更正", f"第 {one.corrects} 号：{one.manifest['why']}"))
    for name, text in lines:
        typer.echo(f"{name}：{text}")
    _warn(one)


@app.command()
def verify(
    number: Annotated[int | None, typer.Argument(metavar="[N]", help="第几号；不写为最新一号  Default: the newest")] = None,
    workspace: WorkspaceOption = DEFAULT_WORKSPACE,
    json: JsonOption = False,
) -> None:
    """从读数起重新计算一号发布，逐位比较。

    Compute a release again from the readings and compare bit for bit. Exit code 1 when anything differs.
    """
    from yangban.publish.release import verify as compute_again
    from yangban.readings.workspace import Workspace

    done = compute_again(Workspace.open(workspace), number)
    if json:
        print_json(done.to_dict())
    else:
        for each in done.findings:
            typer.echo(f"{'不符' if each.fails else '提示'}：{each.text}")
        rows = done.release.manifest["figures"]["rows"]
        if done.reproduces:
            typer.echo(f"第 {done.release.number} 号发布可以复现：{rows} 个结果逐位相同，摘要 {done.recomputed}")
        else:
            typer.echo(
                f"第 {done.release.number} 号发布不能复现：{sum(each.fails for each in done.findings)} 处不符。 It does not reproduce."
            )
    raise typer.Exit(0 if done.reproduces else 1)


def _span(release: Release) -> str:
    labels = release.manifest["periods"]
    years = [label for label in labels if len(label) == 4]
    rest = [label for label in labels if label[:4] not in years]
    parts = [*(f"{label} 年" for label in years), *rest]
    return "、".join(parts) if len(parts) <= 6 else f"{parts[0]} … {parts[-1]}（{len(labels)} 个）"


def _state(release: Release, later: int | None) -> str:
    state = "草稿" if release.draft else "已发布"
    if release.manifest["embargo"]:
        state += f"，{release.manifest['embargo']} 前不公开"
    if release.corrects is not None:
        state += f"，更正第 {release.corrects} 号"
    return state if later is None else f"{state}，已由第 {later} 号更正"


def _beijing(release: Release) -> str:
    from yangban.publish.release import BEIJING

    return f"{release.created.astimezone(BEIJING):%Y-%m-%d %H:%M}"


def _warn(release: Release) -> None:
    if release.synthetic:
        typer.echo("合成数据：所列结果由程序生成的示例读数算出，不是监测结果。 Synthetic readings; not monitoring results.")
