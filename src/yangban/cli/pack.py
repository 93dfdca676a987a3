"""``yangban pack``: region packs: list them, start one, check one."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

from yangban.cli.common import JsonOption, console, print_json, three_line_table

app = typer.Typer(add_completion=False, no_args_is_help=True, help="地区包：列出、新建、检查  Region packs: list, start, check.")


@app.command("list")
def list_(json: JsonOption = False) -> None:
    """列出已有的地区包  The packs that are here."""
    from yangban.packs import load_pack, pack_names

    rows = [_row(load_pack(name)) for name in pack_names()]
    if json:
        print_json(rows)
        return
    table = three_line_table("地区包")
    for head, justify in (("名称", "left"), ("地区", "left"), ("城市", "right"), ("公布值", "right"), ("公布排名", "right")):
        table.add_column(head, justify=justify)
    for row in rows:
        table.add_row(row["pack"], f"{row['name']} {row['code']}", str(row["cities"]), str(row["published"]), str(row["rankings"]))
    console().print(table)


@app.command()
def new(
    region: Annotated[str, typer.Argument(metavar="REGION", help="省或直辖市的代码或名称  A province or municipality, by code or name.")],
    folder: Annotated[Path, typer.Argument(metavar="FOLDER", help="新建的文件夹，末段为包名，如 hunan  The folder to make.")],
    english: Annotated[str, typer.Option("--english", help="英文名，如 Hunan  Name in Latin letters.")],
) -> None:
    """为另一个省（直辖市）新建地区包：代码和下属地区已填好，公布值、目标、园区和断面留空待填。

    Start the pack of another province or municipality. It is used when its parent folder is named by --packs or YANGBAN_PACKS.
    """
    from yangban.base.regions import children
    from yangban.packs.new import new_pack

    made = new_pack(region, english=english, folder=folder)
    cities = made.region.cities
    parts = f"{len(cities)} 个地级行政区" if cities else f"{len(children(made.region.code, level='county'))} 个县级行政区"
    typer.echo(f"已新建 {folder}：{made.region.name} {made.region.code}，{parts}。")
    typer.echo(
        "待填：published.toml 公布值，targets.toml 目标，zones.toml 功能区，sections.toml 断面，tiles.toml 方格位置，"
        "plans.toml 规划，units.toml 单位，邻省。"
    )
    typer.echo(f"填好后检查：yangban pack check {folder}；使用：yangban --packs {folder.parent} …，或设 YANGBAN_PACKS={folder.parent}")


@app.command()
def check(
    folder: Annotated[Path, typer.Argument(metavar="FOLDER", help="地区包文件夹  The folder of a pack.", exists=True, file_okay=False)],
    json: JsonOption = False,
) -> None:
    """检查地区包；有错时指出文件和条目，退出码 2  Check a pack; an error names file and entry."""
    from yangban.packs import read_pack

    row = _row(read_pack(folder.resolve()))
    if json:
        print_json(row)
        return
    counts = f"{row['cities']} 个城市，公布值 {row['published']} 条，排名 {row['rankings']} 条"
    typer.echo(f"{row['pack']}：{row['name']} {row['code']}，{counts}。无误。")


def _row(pack: Any) -> dict[str, Any]:
    return {
        "pack": pack.name, "code": pack.region.code, "name": pack.region.name, "cities": len(pack.region.cities),
        "published": len(pack.published), "rankings": len(pack.rankings),
    }  # fmt: skip
