"""``yangban report``: bulletins as Word, page or workbook."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from yangban.cli.common import DEFAULT_WORKSPACE, BasisOption, EditionOption, ScopeOption, WorkspaceOption, subject_code

app = typer.Typer(add_completion=False)


@app.command()
def report(
    kind: Annotated[
        str,
        typer.Argument(
            metavar="KIND",
            help="monthly 月报、annual 公报、ranking 排名通报、compare 新旧标准对照、dispatch 日调度  What to write.",
        ),
    ],
    region: Annotated[str, typer.Option("--region", "-r", help="地区代码或名称  Code or name.")],
    period: Annotated[str, typer.Option("--period", "-p", help="时段：2022、2022-06；日调度为一天  Period; a day for dispatch.")],
    out: Annotated[Path, typer.Option("--out", "-o", help="写到哪里：.docx、.html 或 .xlsx  The file to write.")],
    workspace: WorkspaceOption = DEFAULT_WORKSPACE,
    template: Annotated[Path | None, typer.Option("--template", help="自己改过的 Word 模板  A Word template of your own.")] = None,
    edition: EditionOption = None,
    editions: Annotated[str | None, typer.Option("--editions", help="并排的版本  Editions to set side by side, with commas.")] = None,
    straddle: Annotated[str | None, typer.Option("--straddle", help="跨标准更替的时段：refuse、old、new")] = None,
    basis: BasisOption = "realtime",
    scope: ScopeOption = "as_monitored",
    edge: Annotated[int | None, typer.Option("--edge", min=1, help="排名通报写前后几名  First and last N of a ranking.")] = None,
    targets: Annotated[Path | None, typer.Option("--targets", help="日调度的目标文件  Targets for dispatch (TOML).")] = None,
    release: Annotated[str | None, typer.Option("--release", help="发布号，印在页脚  Number of the release, in the footer.")] = None,
) -> None:
    """写公报、月报、排名通报、新旧标准对照和日调度。

    Bulletins composed from results: Word (GB/T 9704 page), HTML or Excel by the suffix of the file.
    """
    from yangban.base.errors import UnknownPeriod, UsageError
    from yangban.base.periods import parse
    from yangban.publish.bulletin import BOTH, DISPATCH, KINDS, Asked, check_target, daily_bulletin, make_bulletin, write
    from yangban.publish.maps import workspace_base_map
    from yangban.publish.release import holding, releases
    from yangban.readings.sections import Sections
    from yangban.readings.workspace import Workspace
    from yangban.run.local import open_results, workspace_book
    from yangban.run.media import open_all

    if kind not in KINDS:
        raise UsageError(f"没有这种报告 {kind!r}：可用的是 {'、'.join(f'{k}（{name}）' for k, name in KINDS.items())}")
    check_target(out)
    place, code, when = Workspace.open(workspace), subject_code(region), parse(period)
    book = workspace_book(place)
    results = open_results(place, book=book)
    if kind == DISPATCH:
        from yangban.publish.dispatch import make_dispatch, targets_for

        if when.kind != "day":
            raise UnknownPeriod(f"--period {period!r} is a {when.kind}; a dispatch is of one day such as 2022-06-13")
        dispatch = make_dispatch(
            place, results, region=code, day=when.start, targets=targets_for(place, code, file=targets), edition=edition, straddle=straddle,
            basis=basis, scope=scope,
        )  # fmt: skip
        made = daily_bulletin(dispatch, book, release=release)
    else:
        base_map = workspace_base_map(place.path)
        number = int(release) if release is not None and release.isdecimal() else 0
        frozen = next((each for each in releases(place) if each.number == number), None)
        asked = Asked(
            results, book, code, when, edition, straddle, basis, scope, release, open_all(place), Sections.load(place), base_map,
            holds=None if frozen is None else holding(frozen, when),
        )  # fmt: skip
        made = make_bulletin(kind, asked, editions=editions or BOTH, edge=edge)
    write(made, out, template=template)
    typer.echo(f"已写出 {out}：{made.title}" + (f"（{made.mark}）" if made.mark else ""))
