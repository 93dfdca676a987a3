"""``yangban ingest``: readings in, a receipt out."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from yangban.readings.receipts import Receipt

app = typer.Typer(add_completion=False)

SHOWN_FILES = 20
"""Files in the printed table; a folder of a year of day files is told by its sums."""

SHOWN_REASONS = 10
"""Refusals that are printed; the whole list lies in the workspace."""


@app.command(
    help="读入监测数据，给出回执：接收、重复、空值、拒绝（文件、行、原因）。\n\nTake readings into the workspace and print the receipt."
)
def ingest(
    paths: Annotated[
        list[Path], typer.Argument(metavar="PATH...", help="文件或文件夹（.csv .csv.gz .parquet .xlsx .xls）  Files or folders")
    ],
    workspace: Annotated[
        Path, typer.Option("--workspace", "-w", envvar="YANGBAN_HOME", help="工作区文件夹，没有就新建  The workspace, made when absent")
    ] = Path("yangban-data"),
    as_json: Annotated[bool, typer.Option("--json", help="输出 JSON  Print the receipt as JSON")] = False,
    basis: Annotated[str, typer.Option(help="realtime 实况 | audited 审核")] = "realtime",
    level: Annotated[str | None, typer.Option(help="city | station；不写则由内容判断  By default told from the content")] = None,
    unit: Annotated[
        list[str] | None, typer.Option("--unit", help="单位，如 co=ug/m3，可重复  Unit of a pollutant, may be repeated")
    ] = None,
    label: Annotated[
        str | None, typer.Option(help="时间标签是小时的 end 末（不写即此）| start 初  What an hour label marks; end unless said")
    ] = None,
    network: Annotated[str, typer.Option(help="state 国控 | province 省控 | all 全部")] = "state",
    mapping: Annotated[
        Path | None, typer.Option("--mapping", help="列对应关系（TOML），用于 Excel 或 CSV  Which column means what")
    ] = None,
    daily: Annotated[
        bool, typer.Option("--daily", help="按日值表读入（每地每日一行）  A table of days; told from the content else")
    ] = False,
    state: Annotated[
        str | None,
        typer.Option("--state", help="273：气体浓度为 273 K 状态（2018-09-01 前），换算到 298.15 K  Gases are stated at 273 K"),
    ] = None,
) -> None:
    """Parse the arguments, run the intake and print what happened; exit code 1 when something was refused."""
    from yangban.base.errors import UsageError
    from yangban.readings.formats.mapping import load as load_mapping
    from yangban.readings.intake import expand
    from yangban.readings.intake import ingest as take
    from yangban.readings.workspace import Workspace

    units = {}
    for each in unit or ():
        item, sign, text = each.partition("=")
        if not sign:
            raise UsageError(f"unreadable unit {each!r}; expected such as co=ug/m3")
        units[item.strip().lower()] = text
    if mapping is not None:
        load_mapping(mapping)
    # Paths are looked at first, so that a mistyped one does not leave an empty workspace behind.
    size = sum(path.stat().st_size for path in expand(paths, outside=workspace))
    opened = Workspace.open(workspace, create=True)
    with _Bar(size) as advance:
        receipt = take(
            opened,
            paths,
            basis=basis,
            level=level,
            units=units,
            label=label,
            network=network,
            daily=daily,
            mapping=mapping,
            state=state,
            advance=advance,
        )
    if as_json:
        typer.echo(json.dumps(receipt.as_json(), ensure_ascii=False, indent=1))
    else:
        _show(receipt, workspace)
    if receipt.rejections_total:
        raise typer.Exit(1)


class _Bar:
    """A progress bar on stderr when that is a terminal, else nothing."""

    def __init__(self, size: int) -> None:
        from rich.console import Console
        from rich.progress import BarColumn, DownloadColumn, Progress, TextColumn, TimeRemainingColumn

        console = Console(stderr=True)
        self._bar = Progress(
            TextColumn("读入"),
            BarColumn(),
            DownloadColumn(),
            TimeRemainingColumn(),
            console=console,
            transient=True,
            disable=not console.is_terminal,
        )
        self._task = self._bar.add_task("", total=size)

    def __enter__(self) -> _Bar:
        self._bar.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._bar.stop()

    def __call__(self, n: int) -> None:
        self._bar.advance(self._task, n)


_HEADS = (
    ("accepted", "接收"),
    ("duplicate", "重复"),
    ("blank", "空值"),
    ("rejected", "拒绝"),
    ("flagged", "标记"),
    ("ignored", "不存"),
    ("corrected", "更正"),
)


def _show(receipt: Receipt, workspace: Path) -> None:
    from rich import box
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    console = Console(width=None if os.isatty(1) else 120, highlight=False)
    table = Table(
        box=box.SIMPLE_HEAD, caption="单位：个数值（一地或一断面、一个时刻或一日、一项指标）", caption_justify="left", pad_edge=False
    )
    table.add_column("文件", overflow="fold")
    for _, head in _HEADS:
        table.add_column(head, justify="right", no_wrap=True)
    for file in receipt.files[:SHOWN_FILES]:
        name = Text(Path(file.path).name)
        if file.synthetic:
            name.append("（合成数据）")
        table.add_row(name, *(_number(getattr(file, count)) for count, _ in _HEADS))
    if len(receipt.files) > SHOWN_FILES:
        table.add_row(f"…… 另有 {len(receipt.files) - SHOWN_FILES} 个文件", *("" for _ in _HEADS))
    table.add_section()
    table.add_row(f"合计 {len(receipt.files)} 个文件", *(_number(receipt.total(count)) for count, _ in _HEADS))
    console.print(table)
    if receipt.rejections_total:
        console.print(f"拒绝 {receipt.rejections_total} 条，原因（前 {min(SHOWN_REASONS, receipt.rejections_total)} 条）：")
        for each in receipt.rejections[:SHOWN_REASONS]:
            where = Path(each.file).name + (f":{each.line}" if each.line is not None else "")
            console.print(Text(f"  {where}  {each.reason}  [{each.rule}]"))
        console.print(Text(f"  全部清单：{workspace / (receipt.rejected_file or '')}"), soft_wrap=True)
    if receipt.total("corrected"):
        console.print(f"更正 {_number(receipt.total('corrected'))} 个数值：后收到的值替换了先前的值，逐个列在回执中。")
    change = f"数据库版本 {receipt.version}" if receipt.changed else f"没有变化，数据库仍为版本 {receipt.version}"
    console.print(Text(f"{change}；回执：{workspace / 'receipts' / receipt.id}.json"), soft_wrap=True)


def _number(n: int) -> str:
    return f"{n:,}"
