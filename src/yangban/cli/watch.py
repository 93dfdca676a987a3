"""``yangban watch``: files are taken in as they appear in a folder."""

from __future__ import annotations

import json
import signal
from pathlib import Path
from typing import Annotated, Any

import typer

app = typer.Typer(add_completion=False)


@app.command(
    help="看守一个文件夹：写完的文件自动读入，连同回执移到 done 或 refused。\n\n"
    "Watch a folder: files that are complete are taken in and moved to done or refused with their receipt. Ctrl+C stops it."
)
def watch(
    folder: Annotated[Path, typer.Argument(metavar="FOLDER", help="放入监测数据文件的文件夹  The folder into which files are put")],
    workspace: Annotated[
        Path, typer.Option("--workspace", "-w", envvar="YANGBAN_HOME", help="工作区文件夹，没有就新建  The workspace, made when absent")
    ] = Path("yangban-data"),
    once: Annotated[
        bool, typer.Option("--once", help="处理完现有文件就结束，用于定时任务  End when those that are there are done")
    ] = False,
    settle: Annotated[float, typer.Option("--settle", help="文件多少秒不再变化算写完  Seconds without a change", min=0.1)] = 2.0,
    interval: Annotated[float, typer.Option("--interval", help="隔多少秒看一次  Seconds between looks", min=0.05)] = 0.5,
    basis: Annotated[str, typer.Option(help="realtime 实况 | audited 审核")] = "realtime",
    level: Annotated[str | None, typer.Option(help="city | station；不写则由内容判断  By default told from the content")] = None,
    label: Annotated[str | None, typer.Option(help="时间标签是小时的 end 末（不写即此）| start 初  What an hour label marks")] = None,
    network: Annotated[str, typer.Option(help="state 国控 | province 省控 | all 全部")] = "state",
    mapping: Annotated[Path | None, typer.Option("--mapping", help="列对应关系（TOML）  Which column means what")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="每个文件一行 JSON  A line of JSON for each file")] = False,
) -> None:
    """Parse the arguments and say what became of each file."""
    from yangban.readings.watch import Watched
    from yangban.readings.workspace import Workspace

    options: dict[str, Any] = {"basis": basis, "level": level, "label": label, "network": network, "mapping": mapping}
    watched = Watched(Workspace.open(workspace, create=True), folder.absolute(), settle=settle, options=options)
    stopping = False

    def stop(*_: Any) -> None:
        nonlocal stopping
        stopping = True

    signal.signal(signal.SIGTERM, stop)
    signal.signal(signal.SIGINT, stop)
    if not as_json:
        typer.echo(f"看守 {folder}，Ctrl+C 停止  Watching", err=True)
    for taken in watched.run(interval=interval, once=once, stop=lambda: stopping):
        if as_json:
            line = {"file": taken.name, "state": taken.state, "path": str(taken.path), **taken.receipt}
            typer.echo(json.dumps(line, ensure_ascii=False))
        else:
            typer.echo(told(taken))


def told(taken: Any) -> str:
    """What became of a file, in one line."""
    counts = taken.receipt
    word = "已入库" if taken.state == "done" else "未采用"
    reason = f"；{counts['rejections'][0]['reason']}" if counts["rejections"] else ""
    return f"{word} {taken.name}：接收 {counts['accepted']}，重复 {counts['duplicate']}，拒绝 {counts['rejected']}{reason}"
