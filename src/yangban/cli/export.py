"""``yangban export``: a release as open data."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from yangban.cli.common import DEFAULT_WORKSPACE, JsonOption, WorkspaceOption, print_json

app = typer.Typer(add_completion=False)


@app.command()
def export(
    format: Annotated[
        str, typer.Option("--format", help="csv、csvw、frictionless、sdmx、geojson、dcat，可并列，all 为全部  One or several, or all.")
    ],
    out: Annotated[Path, typer.Option("--out", help="写到哪个文件夹  The folder to write into.")],
    workspace: WorkspaceOption = DEFAULT_WORKSPACE,
    release: Annotated[int | None, typer.Option("--release", help="第几号发布；不写为最新的非草稿  Default: the newest, no draft.")] = None,
    publisher: Annotated[str, typer.Option("--publisher", help="发布单位  Who publishes.")] = "",
    licence: Annotated[str, typer.Option("--licence", help="许可协议的网址  Address of the licence.")] = "",
    base_url: Annotated[str, typer.Option("--base-url", help="这些文件将放在哪个网址下  Where the files will lie.")] = "",
    period: Annotated[str | None, typer.Option("--period", "-p", help="GeoJSON 的时段；不写为最后一年  Period of the GeoJSON.")] = None,
    boundaries: Annotated[Path | None, typer.Option("--boundaries", help="边界文件（GeoJSON）；不给则用方格示意图  Boundaries.")] = None,
    boundaries_source: Annotated[str, typer.Option("--boundaries-source", help="边界的来源  Their source.")] = "",
    boundaries_licence: Annotated[str, typer.Option("--boundaries-licence", help="边界的许可  Their licence.")] = "",
    map_approval: Annotated[str, typer.Option("--map-approval", help="审图号  The approval number of the map.")] = "",
    sketch: Annotated[
        bool, typer.Option("--sketch", help="用示意图的边界（草稿、内部、合成数据）  The sketch map; not for public releases.")
    ] = False,
    json: JsonOption = False,
) -> None:
    """把一号发布导出为开放数据。

    Write a release as open data: tables with their descriptions, statistics, maps and a catalogue.
    """
    from yangban.packs import home_region
    from yangban.publish.geojson import Boundaries
    from yangban.publish.maps import base_map_of
    from yangban.publish.opendata import FORMATS, Terms, chosen, export
    from yangban.readings.workspace import Workspace

    words = [word.strip() for word in format.replace("，", ",").split(",") if word.strip()]
    place = Workspace.open(workspace)
    one = chosen(place, release)
    written = export(
        one,
        FORMATS if words == ["all"] else words,
        out,
        terms=Terms(publisher, licence, base_url),
        boundaries=Boundaries(boundaries, boundaries_source, boundaries_licence, map_approval) if boundaries else None,
        base_map=base_map_of(place.path, home_region() or ""),
        sketch=sketch,
        period=period,
    )
    if json:
        files = [{"path": str(each.path), "media_type": each.media_type, "title": each.title} for each in written]
        print_json({"release": one.number, "synthetic": one.synthetic, "files": files})
        return
    for each in written:
        typer.echo(f"{each.path}  {each.title}")
    if one.draft:
        typer.echo(f"第 {one.number} 号是草稿。 A draft.")
    if one.manifest["audience"] == "internal":
        typer.echo(f"第 {one.number} 号只供内部使用，请勿公开。 For internal use only.")
    if not licence:
        typer.echo("未注明许可：公开前请用 --licence 写明。 No licence was stated.")
    if one.synthetic:
        typer.echo("合成数据：所列结果由程序生成的示例读数算出，不是监测结果。 Synthetic readings; not monitoring results.")
