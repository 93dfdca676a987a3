"""The ``yangban`` command.

A verb's module is imported only when that verb runs, so that ``--help`` answers at once and ``yangban aqi pm25=75`` never pays for
Polars. Exit codes: 0 done; 1 done, but something was refused or fell short (only ingest, assess, verify, check); 2 unusable arguments
or input.
"""

from __future__ import annotations

import importlib
import os
import sys
from typing import Any, Final

import typer
from typer.core import TyperGroup

from yangban.base.errors import UsageError, YangbanError

VERBS: Final[dict[str, tuple[str, str]]] = {
    "sample": ("yangban.cli.sample", "写出合成读数（真实归档格式）  Synthetic readings in real archive layouts"),
    "ingest": ("yangban.cli.ingest", "读入监测数据，给出回执  Readings in, a receipt out"),
    "watch": ("yangban.cli.watch", "看守文件夹：新文件自动读入  Take in files as they appear in a folder"),
    "stations": ("yangban.cli.stations", "站点登记表：导入、列出、核对  The dated registry of stations"),
    "sections": ("yangban.cli.sections", "水质断面登记表：导入、列出、核对  The registry of water sections"),
    "assess": ("yangban.cli.assess", "按标准评价  Official results from readings"),
    "figures": ("yangban.cli.figures", "查询评价结果  Query the computed Figures"),
    "rank": ("yangban.cli.rank", "排名，并列同名次  Competition ranking"),
    "card": ("yangban.cli.card", "一个地区一年的成绩单  A region's report card"),
    "dispatch": ("yangban.cli.dispatch", "日调度：累计、排名、目标余量、当日小时  The numbers of the day"),
    "calendar": ("yangban.cli.calendar", "AQI 日历  A year of AQI as a calendar"),
    "episodes": ("yangban.cli.episodes", "污染过程  Runs of polluted days"),
    "rose": ("yangban.cli.rose", "按月和钟点的浓度与污染小时  Concentrations by month and hour"),
    "cumulative": ("yangban.cli.cumulative", "逐日累计与上年比较  Year to date, day by day, beside last year"),
    "quality": ("yangban.cli.quality", "数据质量：需要查看的现象及其证据  Signals in the readings, with evidence"),
    "events": ("yangban.cli.events", "沙尘、剔除、审核和站点日志  Dust, exclusions, reviews and the station log"),
    "difference": ("yangban.cli.difference", "审核与实况的差别  Audited readings against real-time ones"),
    "trend": ("yangban.cli.trend", "变化趋势：秩相关系数  Whether an indicator rises or falls"),
    "compare": ("yangban.cli.compare", "同一份数据，新旧标准并排  The same readings under several editions"),
    "report": ("yangban.cli.report", "公报、月报、排名通报、新旧标准对照、日调度：Word、网页、Excel  Bulletins as files"),
    "explain": ("yangban.cli.explain", "这个数怎么算出来的：走到小时、文件和行，再走回来  Walk a result back to its readings"),
    "release": ("yangban.cli.release", "发布：冻结、编号、复算核对、更正  Freeze results under a number, compute them again"),
    "export": ("yangban.cli.export", "开放数据：CSV、CSVW、SDMX、GeoJSON、DCAT、Frictionless  A release as open data"),
    "systems": ("yangban.cli.systems", "指标体系：逐项判断、计分  Indicator systems: judge and score"),
    "biodiversity": ("yangban.cli.biodiversity", "物种名录、数量趋势、公开记录  Species, trends, public records"),
    "gep": ("yangban.cli.gep", "生态产品总值核算表：计算、登记  Accounts of ecosystem products"),
    "targets": ("yangban.cli.targets", "目标：列出、分解到市县、核对分解  Targets: list, split, check a split"),
    "path": ("yangban.cli.path", "序时路径与累计盈亏  The path to a target, month by month, and the distance from it"),
    "forecast": ("yangban.cli.forecast", "全年预测、区间和回测  What the year may come to, how sure, how it did before"),
    "warnings": ("yangban.cli.warnings", "目标预警：红黄绿，附文字和符号  Green, yellow, red, with word and symbol"),
    "reported": ("yangban.cli.reported", "部门填报的数值  Values that departments report"),
    "points": ("yangban.cli.points", "碳积分：方案、试算、账本核验  Carbon points: schemes, what-if runs, proof of a ledger"),
    "pack": ("yangban.cli.pack", "地区包：列出、新建、检查  Region packs: list, start, check"),
    "aqi": ("yangban.cli.aqi", "由浓度算 AQI，单日或整张表格  AQI of one day or of a spreadsheet of days"),
    "water-class": ("yangban.cli.water_class", "由浓度判水质类别，单个样品或表格  Water class of a sample or a spreadsheet"),
    "standards": ("yangban.cli.standards", "标准之书：列出、查看、检查  The book of standards"),
}


OFFERED: Final[dict[str, str]] = {
    "serve": "启动网站  Serve the site",
    "manage": "网站的管理命令  Management commands of the site",
}
"""Verbs that other rooms offer as entry points of the group ``yangban.verbs``; the command line does not know who does."""


def _offered(name: str) -> Any:
    """The application of an offered verb; raises :class:`~yangban.base.errors.UsageError` saying what to install."""
    from importlib.metadata import entry_points

    for point in entry_points(group="yangban.verbs", name=name):
        try:
            return point.load()
        except ModuleNotFoundError as problem:
            raise UsageError(
                f"yangban {name} 需要网站的组件（缺少 {problem.name}）：pip install 'yangban[web]'；the site's parts are not installed"
            ) from None
    raise UsageError(f"yangban {name}：没有安装提供它的组件；pip install 'yangban[web]'；nothing offers this verb")


class LazyGroup(TyperGroup):
    """A group that knows its verbs by name and help line and imports only the one that is called."""

    def list_commands(self, ctx: Any) -> list[str]:
        """The verbs, in the order in which the work goes."""
        return [*VERBS, *OFFERED]

    def get_command(self, ctx: Any, cmd_name: str) -> Any:
        """Import and build one verb; ``None`` when there is no such verb."""
        if cmd_name in OFFERED:
            command = typer.main.get_command(_offered(cmd_name))
            command.name = cmd_name
            return command
        if cmd_name not in VERBS:
            return None
        command = typer.main.get_command(importlib.import_module(VERBS[cmd_name][0]).app)
        command.name = cmd_name
        return command

    def format_commands(self, ctx: Any, formatter: Any) -> None:
        """List the verbs without importing them."""
        with formatter.section("命令 Commands"):
            formatter.write_dl([*((name, text) for name, (_, text) in VERBS.items()), *OFFERED.items()])


app = typer.Typer(
    cls=LazyGroup,
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
    context_settings={"help_option_names": ["-h", "--help"]},
    help="样板 Yangban：由监测数据得出合乎国家标准、可逐步追溯的评价结果。\n\n"
    "Official Chinese environmental-quality results, exact and traceable.",
)


def _version(wanted: bool) -> None:
    if wanted:
        from importlib.metadata import version

        typer.echo(f"yangban {version('yangban')}")
        raise typer.Exit


@app.callback()
def _main(
    show_version: bool = typer.Option(False, "--version", callback=_version, is_eager=True, help="版本号  Print the version and stop."),
    packs: str = typer.Option("", "--packs", metavar="DIR", help="自己的地区包所在的文件夹  A folder of region packs."),
) -> None:
    """Take the options that stand before the verb."""
    del show_version  # Its callback has answered.
    if packs:
        os.environ["YANGBAN_PACKS"] = packs


def run() -> None:
    """Entry point: errors raised on purpose become one plain message and exit code 2; a closed pipe ends quietly."""
    try:
        app()
    except YangbanError as problem:
        typer.echo(f"错误 error: {problem}", err=True)
        sys.exit(2)
    except BrokenPipeError:
        sys.stderr.close()
        sys.exit(0)


if __name__ == "__main__":
    run()
