"""What the verbs share: options, places by code or Chinese name, and how Figures look on a screen, as JSON and as CSV."""

from __future__ import annotations

import csv
import json
import sys
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Final

import typer

from yangban.base.errors import UnknownRegion, UsageError

if TYPE_CHECKING:
    from rich.console import Console

    from yangban.assess.figure import Figure

WorkspaceOption = Annotated[
    Path,
    typer.Option("--workspace", "-w", envvar="YANGBAN_HOME", help="工作区文件夹  The workspace folder.", show_default="./yangban-data"),
]
JsonOption = Annotated[bool, typer.Option("--json", help="输出 JSON  Print JSON.")]
EditionOption = Annotated[
    str | None,
    typer.Option("--edition", help="标准版本：in-force、2012、2026-transitional、2026，可用逗号并列  Edition(s); default as assessed."),
]
BasisOption = Annotated[
    str, typer.Option("--basis", help="实况 realtime、审核 audited，或两者取优 best  Readings: real-time, audited, or the best.")
]

ScopeOption = Annotated[
    str, typer.Option("--scope", help="as_monitored 含沙尘，dust_excluded 剔除沙尘  With or without days under sand-dust.")
]

MARKS: Final = {"official": "●", "verified": "●", "one-source": "○", "unverified": "△", "unknown": "？"}
"""How sure an entry of the book is, as tables mark it."""

DEFAULT_WORKSPACE: Final = Path("yangban-data")

STATUS_WORDS: Final = {"ok": "有效", "insufficient": "数据不足", "not_applicable": "不适用"}
YES_OR_NO: Final = {
    "air.attains": ("超标", "达标"),
    "water.source_meets": ("超标", "达标"),
    "water.target_met": ("未达到", "达到"),
}
"""Indicators that are 0 or 1, and what these are called."""

UNIT_WORDS: Final = {"d": "天", "section": "个断面", "source": "个水源", "year": "年", "1": "", "percentage point": "个百分点"}


def console(*, stderr: bool = False) -> Console:
    """A Rich console; wide enough for tables when the output is no terminal."""
    from rich.console import Console

    stream = sys.stderr if stderr else sys.stdout
    return Console(stderr=stderr, highlight=False, width=None if stream.isatty() else 120)


def print_json(content: Any) -> None:
    """Print any JSON value, Chinese as itself."""
    typer.echo(json.dumps(content, ensure_ascii=False, indent=1))


def subject_code(text: str) -> str:
    """A subject from what a person types: a code, a Chinese name, or a prefixed subject such as ``group:central-six``."""
    from yangban.base import regions

    if ":" in text:
        regions.subject_name(text)
        return text
    return regions.place(text).code


def subject_codes(text: str | None, *, members: bool = False) -> list[str] | None:
    """A comma list of subjects; with ``members`` a group stands for the places in it, else for itself."""
    from yangban.base import regions

    if text is None:
        return None
    codes: list[str] = []
    for part in filter(None, (each.strip() for each in text.replace("，", ",").split(","))):
        group = regions.groups().get(part) or regions.groups().get(f"group:{part}")
        codes += [subject_code(part)] if group is None else list(group.members) if members else [group.id]
    if not codes:
        raise UsageError("an empty list of places; expected codes or names separated by commas")
    return list(dict.fromkeys(codes))


def is_known(text: str) -> bool:
    """Whether a place of this code or name exists."""
    try:
        subject_code(text)
    except UnknownRegion:
        return False
    return True


def display(figure: Figure, *, unit: bool = True) -> str:
    """The printed value with its unit, ``—`` where there is none."""
    if figure.display is None:
        return "—"
    if figure.indicator == "water.class" and "class" in figure.detail:
        return f"{figure.detail['class']}类"
    if figure.indicator == "water.state" and "state" in figure.detail:
        return str(figure.detail["state"])
    if figure.indicator in YES_OR_NO:
        return YES_OR_NO[figure.indicator][bool(figure.display)]
    if figure.indicator == "water.warning":
        return ("无", "一级", "二级")[int(figure.display)]
    sign = "+" if figure.indicator.endswith(".change") and figure.display > 0 else ""
    word = UNIT_WORDS.get(figure.unit, figure.unit) if unit else ""
    gap = "" if word in {"%", ""} else " "
    graded = " ".join(str(figure.detail[key]) for key in ("numeral", "word") if figure.detail.get(key))
    return f"{sign}{figure.display:f}{gap}{word}" + (f"（{graded}）" if unit and graded else "")


def figure_rows_csv(figures: Iterable[Figure]) -> None:
    """Print Figures as CSV; lists are joined by semicolons."""
    rows = [figure.to_dict() for figure in figures]
    writer: Any = None
    for row in rows:
        row.pop("detail", None)
        flat = {k: ";".join(map(str, v)) if isinstance(v, list) else v for k, v in row.items()}
        if writer is None:
            writer = csv.DictWriter(sys.stdout, fieldnames=list(flat), lineterminator="\n")
            writer.writeheader()
        writer.writerow(flat)


def short_edition(edition: str) -> str:
    """An edition as tables print it: ``2012``, ``2026过渡``, ``2026``."""
    return edition.removeprefix("gb3095-").replace("-transitional", "过渡")


def three_line_table(title: str | None = None, **options: Any) -> Any:
    """A three-line table (三线表), as documents of this field have it.

    No upright lines: in a Chinese terminal they take two cells and would break the columns.
    """
    from rich import box
    from rich.table import Table

    style = {"title_justify": "left", "title_style": "bold", "header_style": "bold", "box": box.SIMPLE_HEAVY, "pad_edge": False}
    return Table(title=title, **{**style, **options})


def text_row(table: Any, *cells: str) -> None:
    """Add a row whose cells are plain text, whatever brackets people wrote into them."""
    from rich.text import Text

    table.add_row(*map(Text, cells))


def figure_table(figures: Sequence[Figure], *, title: str | None = None) -> Any:
    """A table of Figures for the screen."""
    from yangban.run.media import spec

    table = three_line_table(title)
    for head, justify in (
        ("地区", "left"),
        ("时段", "left"),
        ("指标", "left"),
        ("数值", "right"),
        ("有效/应有", "right"),
        ("版本", "left"),
        ("状态", "left"),
    ):
        table.add_column(head, justify=justify, overflow="fold")
    for f in figures:
        name = spec(f.indicator).name + ("变化" if f.indicator.endswith(".change") else "")
        status = STATUS_WORDS[f.status] + (f"：{f.reason}" if f.reason else "")
        table.add_row(
            f.subject_name, f.period, name, display(f), f"{f.n_valid}/{f.n_expected}", short_edition(f.edition), status,
            style=None if f.usable else "dim",
        )  # fmt: skip
    return table


def synthetic_notice(figures: Iterable[Figure]) -> str | None:
    """The sentence that stands under anything that rests on synthetic readings."""
    if any(f.synthetic for f in figures):
        return "合成数据：所列数值由程序生成的示例读数算出，不是监测结果。 Synthetic readings; not monitoring results."
    return None
