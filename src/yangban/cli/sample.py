"""``yangban sample``: a synthetic year in the real archive layout."""

from __future__ import annotations

import sys
from datetime import date
from pathlib import Path
from typing import Annotated

import typer

from yangban.cli.common import JsonOption, console, print_json

app = typer.Typer(add_completion=False)


@app.command()
def sample(
    region: Annotated[str, typer.Option("--region", help="省、市的代码或名称  Code or name of a province or city.")],
    year: Annotated[int, typer.Option("--year", help="年份 2013—2030  The year.")],
    out: Annotated[Path, typer.Option("--out", help="输出文件夹  The folder to write to.")],
    seed: Annotated[int, typer.Option("--seed", help="随机种子：相同则文件逐字节相同  The same seed gives the same bytes.")] = 1,
    level: Annotated[str, typer.Option("--level", help="city 城市，或 station 站点  One column a city, or a station.")] = "city",
    one_file: Annotated[
        bool, typer.Option("--one-file", help="写成一个 .csv.gz，而不是每日一个文件  One .csv.gz instead of a file a day.")
    ] = False,
    medium: Annotated[
        str, typer.Option("--medium", help="air 空气，water 地表水，或 nature 声环境、物种、生态填报、GEP 核算  Which medium.")
    ] = "air",
    json: JsonOption = False,
) -> None:
    """写出一年的合成小时读数，格式与全国城市空气质量实时发布的归档相同；不是监测结果。water 写出断面逐月采样和断面表。

    Synthetic hourly readings in the real archive layout, marked as synthetic in every file name; water gives samplings and sections.
    """
    from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn

    from yangban.base.errors import UsageError
    from yangban.readings.sample import write_sample

    if medium == "nature":
        _nature(region, year, out, seed, json=json)
        return
    if medium == "water":
        _water(region, year, out, seed, json=json)
        return
    if medium != "air":
        raise UsageError(f"--medium {medium!r}: expected air, water or nature")

    days = (date(year + 1, 1, 1) - date(year, 1, 1)).days + 1 if 0 < year < date.max.year else None
    bar = Progress(
        TextColumn("{task.description}"), BarColumn(), TextColumn("{task.completed}/{task.total} 天"), TimeRemainingColumn(),
        console=console(stderr=True), transient=True, disable=not sys.stderr.isatty(),
    )  # fmt: skip
    with bar:
        task = bar.add_task("写出合成读数", total=days)
        done = write_sample(
            region, year=year, out=out, seed=seed, level=level, one_file=one_file, progress=lambda n: bar.update(task, completed=n)
        )
    size = sum(file.stat().st_size for file in done.files)
    if json:
        print_json(
            {
                "synthetic": True, "region": region, "year": year, "seed": seed, "level": level, "folder": str(out),
                "files": len(done.files), "places": list(done.places), "hours": done.hours, "bytes": size,
            }
        )  # fmt: skip
        return
    names = "、".join(done.places[:12]) + ("……" if len(done.places) > 12 else "")
    typer.echo(f"合成读数（不是监测结果）：{year} 年，{len(done.places)} 个{'城市' if level == 'city' else '站点'}：{names}")
    typer.echo(f"{len(done.files)} 个文件，{done.hours} 小时，{size / 1e6:.1f} MB，种子 {seed}，写入 {out}")
    _warn_of_the_future(year)
    typer.echo(f"下一步：yangban ingest {out} --workspace yangban-data{' --level station' if level == 'station' else ''}")


def _nature(region: str, year: int, out: Path, seed: int, *, json: bool) -> None:
    from yangban.readings.sample_nature import write_nature

    done = write_nature(region, year=year, out=out, seed=seed)
    if json:
        files = [str(path) for path in (*done.tables, done.reported, done.account)]
        print_json({"synthetic": True, "region": region, "year": year, "seed": seed, "folder": str(out), "files": files})
        return
    typer.echo(f"合成数据（不是监测结果）：{year} 年声环境、物种调查、生态填报和 GEP 核算，种子 {seed}，写入 {out}")
    typer.echo(
        f"下一步：yangban ingest {out} ；yangban reported import {done.reported} ；yangban gep import {done.account}（各加 --workspace）"
    )


def _water(region: str, year: int, out: Path, seed: int, *, json: bool) -> None:
    from yangban.readings.sample_water import write_water

    done = write_water(region, year=year, out=out, seed=seed)
    if json:
        print_json(
            {
                "synthetic": True, "region": region, "year": year, "seed": seed, "folder": str(out),
                "files": [str(done.readings), str(done.sections)], "sections": done.count, "samplings": done.rows,
            }
        )  # fmt: skip
        return
    typer.echo(f"合成数据（不是监测结果）：{year} 年地表水，{done.count} 个示例断面，{done.rows} 次采样，种子 {seed}，写入 {out}")
    _warn_of_the_future(year)
    typer.echo(f"下一步：yangban sections import {done.sections} ；yangban ingest {done.readings}（各加 --workspace）")


def _warn_of_the_future(year: int) -> None:
    if date(year, 12, 31) >= date.today():
        typer.echo("注意：这一年尚未过完，导入时未来时刻的读数会被拒收。", err=True)
