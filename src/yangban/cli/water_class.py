"""``yangban water-class``: the class of one water sample, or of every row of a spreadsheet of samples.

The single sample is answered without Polars, as ``yangban aqi`` answers for air.
"""

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Iterable, Sequence
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Final

import typer

from yangban.base.errors import UsageError
from yangban.base.exact import plain, round_half_even
from yangban.base.water_items import printed_zh, water_item
from yangban.cli.common import STATUS_WORDS, JsonOption, console, print_json, three_line_table

if TYPE_CHECKING:
    from fractions import Fraction

    from yangban.assess.water.sample import SampleClass
    from yangban.readings.water_sheets import Classed, Sample, SampleSheet
    from yangban.standards import Book, WaterEdition

app = typer.Typer(add_completion=False)

IN_FORCE: Final = "in-force"
_ROWS_ON_SCREEN: Final = 30
_NOTES_ON_SCREEN: Final = 8


@app.command()
def water_class(
    values: Annotated[
        list[str] | None,
        typer.Argument(metavar="[do=6.1 codmn=3.2 …]", help="项目=数值，单位 mg/L；未检出写 petroleum=<0.05 或 0.05L  Items and values."),
    ] = None,
    kind: Annotated[str | None, typer.Option("--type", help="河流 river，湖库 lake  River, or lake and reservoir.")] = None,
    rounding: Annotated[
        str, typer.Option("--rounding", help="none 不修约（单次监测），item 按项目修约（时段评价）  Round each item first, or not.")
    ] = "none",
    edition: Annotated[str, typer.Option("--edition", help="标准版本，默认今天有效的版本  Edition; by default in force today.")] = IN_FORCE,
    source: Annotated[Path | None, typer.Option("--input", "-i", help="表格 .csv .xlsx，一行一个样品  A spreadsheet of samples.")] = None,
    csv: Annotated[bool, typer.Option("--csv", help="把加了列的表格以 CSV 输出到屏幕  The table with its new columns as CSV.")] = False,
    out: Annotated[Path | None, typer.Option("--out", "-o", help="写入文件 .xlsx .csv  Write to a file.")] = None,
    json: JsonOption = False,
) -> None:
    """由各项目的浓度判定地表水水质类别：一个样品，或一张表格（中文、英文表头均可）。

    The class of surface water (GB 3838) of one sample, or of every row of a spreadsheet.
    """
    from yangban.assess.water.rules import check_rounding
    from yangban.readings.water_sheets import kind_of
    from yangban.standards import load_book

    if sum((csv, json, out is not None)) > 1:
        raise UsageError("--csv、--json、--out 只能选一个 choose one of --csv, --json and --out")
    if source is None and (csv or out is not None):
        raise UsageError("--csv 和 --out 用于表格，请同时给出 --input 文件 they go with --input")
    if source is not None and values:
        raise UsageError(f"不能同时给出 --input 和 {values[0]!r} give either --input or values")
    if source is None and not values:
        raise UsageError("请给出项目和数值，例如 yangban water-class --type river do=6.1 codmn=3.2；或用 --input 给出表格")
    check_rounding(rounding)
    water = None if kind is None else kind_of(kind)
    if kind is not None and water is None:
        raise UsageError(f"不认识的水体类型 unknown type {kind!r}；请用 river（河流）或 lake（湖库）")
    book = load_book()
    chosen = book.water_on(date.today()) if edition == IN_FORCE else book.water(edition)
    if source is not None:
        _table(book, source, chosen, water, rounding=rounding, csv=csv, out=out, as_json=json)
    elif water is None:
        raise UsageError("请用 --type river 或 --type lake 说明是河流还是湖库（总磷限值不同）say --type river or lake")
    else:
        _one(book, values or (), chosen, water, rounding=rounding, as_json=json)


def parse_values(pairs: Iterable[str]) -> tuple[dict[str, Fraction], tuple[str, ...]]:
    """Values by item word in the units of GB 3838 from texts such as ``do=6.1``, ``石油类=<0.05`` and ``hg=0.1µg/L``.

    The second part names the items that were below the detection limit, whose half is given.

    >>> parse_values(["do=6.1", "petroleum=0.05L"])
    ({'do': Fraction(61, 10), 'petroleum': Fraction(1, 40)}, ('petroleum',))
    """
    from yangban.base.water_items import WATER_WORDS
    from yangban.readings.water_headings import water_heading
    from yangban.readings.water_sheets import value_of

    found: dict[str, Fraction] = {}
    below: list[str] = []
    for pair in pairs:
        name, equals, text = pair.partition("=")
        if not equals:
            raise UsageError(f"看不懂 {pair!r}：应写成 项目=数值，例如 do=6.1；可用的项目：{' '.join(WATER_WORDS)}")
        meant = water_heading(name)
        if meant is None:
            raise UsageError(f"不认识的项目 unknown item {name!r}；可用的项目：{' '.join(WATER_WORDS)}")
        if meant.word in found:
            raise UsageError(f"{meant.word} 给出了两次 given twice")
        found[meant.word], is_below = value_of(text, meant.word)
        below += [meant.word] * is_below
    return found, tuple(below)


def _decimals(edition: WaterEdition) -> int:
    """Printed decimals of an exceedance multiple."""
    return int(edition.rule("rounding.multiple").value)


def _as_dict(found: SampleClass, edition: WaterEdition, below: Sequence[str]) -> dict[str, Any]:
    places = _decimals(edition)
    return {
        "edition": found.edition,
        "type": found.kind,
        "rounding": found.rounding,
        "values": {item: plain(value, 8) for item, value in found.values.items()},
        "below_detection": list(below),
        "class": found.numeral or None,
        "class_number": found.klass,
        "state": found.state or None,
        "colour": found.colour or None,
        "items": dict(found.items),
        "deciding": list(found.deciding),
        "exceeding": [
            {"item": item, "multiple": None if times is None else f"{round_half_even(times, places)}"} for item, times in found.exceeding
        ],
        "main": list(found.main),
        "reference": dict(found.reference),
        "status": found.status,
        "reason": found.reason,
        "unverified": list(found.unverified),
    }


# ---------------------------------------------------------------------------------------------------------------- one sample


def _one(book: Book, pairs: Iterable[str], edition: WaterEdition, kind: str, *, rounding: str, as_json: bool) -> None:
    from yangban.assess.water.sample import classify

    values, below = parse_values(pairs)
    found = classify(values, kind, edition, rounding=rounding)
    if as_json:
        print_json([_as_dict(found, edition, below)])
        return
    _print_one(console(), book, found, edition, below)


def _print_one(screen: Any, book: Book, found: SampleClass, edition: WaterEdition, below: Sequence[str]) -> None:
    from yangban.assess.water.rules import numeral

    document = book.document(edition.id)
    water = "河流" if found.kind == "river" else "湖库"
    screen.print(f"[bold]地表水水质类别  {water}  {document.number}[/bold]")
    table = three_line_table()
    table.add_column("项目")
    table.add_column("采用值", justify="right")
    table.add_column("类别", justify="right")
    table.add_column("")
    multiples = dict(found.exceeding)
    for item, value in found.values.items():
        klass = found.items.get(item) or found.reference.get(item)
        times = multiples.get(item)
        marks = [
            *["定类"] * (item in found.deciding),
            *["超Ⅲ类" + (f" {round_half_even(times, _decimals(edition))} 倍" if times is not None else "")] * (item in multiples),
            *["仅供参考"] * (item in found.reference),
            *["不参与评价"] * (item in found.unused),
            *["低于检出限，按其一半计"] * (item in below),
        ]
        unit = water_item(item).unit
        shown = f"{plain(value, 8)}{'' if unit == '1' else f' {unit}'}"
        table.add_row(water_item(item).printed, shown, "—" if klass is None else numeral(klass), " ".join(marks))
    screen.print(table)
    screen.print(f"水质类别    {_swatch(found)}")
    if found.klass is not None:
        screen.print(f"定类因子    {printed_zh(found.deciding) or '无（各项均为Ⅰ类）'}")
        screen.print(f"主要污染物  {_main(found, edition) or '无（没有超过Ⅲ类的项目）'}")
    status = STATUS_WORDS[found.status]
    screen.print(f"状态        {status}{f'：{found.reason}' if found.reason else ''}")
    screen.print(f"修约        {'按项目修约后评价' if found.rounding == 'item' else '不修约'}")
    method = book.document("assess-2011")
    screen.print(f"依据        {document.number} {document.title}；{method.number} {method.title}")
    if found.unverified:
        screen.print(f"未核实规则  {'、'.join(found.unverified)}")


def _main(found: SampleClass, edition: WaterEdition) -> str:
    multiples = dict(found.exceeding)
    told = []
    for item in found.main:
        times = multiples[item]
        told.append(water_item(item).printed + ("" if times is None else f"({round_half_even(times, _decimals(edition))})"))
    return "、".join(told)


def _swatch(found: SampleClass) -> str:
    """The class with its state in words on the state's colour; the words stand alone where there is no class."""
    from yangban.readings.cells import ink_on

    if found.klass is None:
        return "—"
    return f"[bold {ink_on(found.colour)} on {found.colour}] {found.numeral} [/] {found.state}"


# ---------------------------------------------------------------------------------------------------------------- a table


def _table(
    book: Book, path: Path, edition: WaterEdition, kind: str | None, *, rounding: str, csv: bool, out: Path | None, as_json: bool
) -> None:
    from yangban.readings.water_sheets import check_output, read_samples, save, write_csv

    if out is not None:
        check_output(out)
    sheet = read_samples(path, kind=kind)
    results = [_classed(row, edition, rounding) for row in _with_progress(sheet.rows)]
    places = _decimals(edition)
    if as_json:
        print_json([_row_dict(sheet, result, edition) for result in results])
    elif csv:
        write_csv(sys.stdout, sheet, results, decimals=places)
    elif out is not None:
        save(out, sheet, results, decimals=places, remarks=_remarks(book, edition, results, rounding))
        typer.echo(f"已写入 {out}：{len(results)} 行")
    else:
        _print_table(sheet, results)
    _print_summary(sheet, results, edition, rounding)


def _classed(row: Sample, edition: WaterEdition, rounding: str) -> Classed:
    from yangban.assess.water.sample import classify
    from yangban.readings.water_sheets import Classed

    if row.kind is None:
        return Classed(row, edition.id, None, "没有说明是河流还是湖库")
    found = classify(row.values, row.kind, edition, rounding=rounding)
    return Classed(row, edition.id, found, found.reason)


def _with_progress(rows: Sequence[Sample]) -> Iterable[Sample]:
    if len(rows) < 2000 or not sys.stderr.isatty():
        return rows
    from rich.progress import track

    return track(rows, description="判定水质类别", console=console(stderr=True), transient=True)


def _row_dict(sheet: SampleSheet, result: Classed, edition: WaterEdition) -> dict[str, Any]:
    from yangban.readings.cells import distinct

    cells = zip(distinct(sheet.headers), result.row.cells, strict=True)
    came = {
        "row": result.row.number,
        "input": {name: cell if isinstance(cell, str) else f"{cell:f}" for name, cell in cells},
        "notes": [str(note) for note in result.row.notes],
    }
    if result.found is None:
        return {**came, "edition": result.edition, "class": None, "status": result.status, "reason": result.reason}
    return {**came, **_as_dict(result.found, edition, result.row.below)}


def _remarks(book: Book, edition: WaterEdition, results: Sequence[Classed], rounding: str) -> list[tuple[str, str]]:
    """The lines of the workbook's second sheet: which documents were applied and what the words mean."""
    limits, method, statistics = (book.document(name) for name in (edition.id, "assess-2011", "statistics-2020"))
    leaned = sorted({rule for result in results if result.found is not None for rule in result.found.unverified})
    states = "；".join(f"{edition.state(k).numeral} {edition.state(k).word}" for k in range(1, 7))
    return [
        ("类别的限值", f"{limits.number}《{limits.title}》表1"),
        ("评价方法", f"{method.number}《{method.title}》：单因子评价法，水温、总氮、粪大肠菌群不参与；未监测的项目不参与"),
        ("水质状况", states),
        ("修约", f"按 {statistics.number} 逐项修约后评价" if rounding == "item" else "不修约，按监测值评价"),
        ("低于检出限", f"按检出限的一半参与评价（{statistics.number}）"),
        *[("未核实的规则", "、".join(leaned))] * bool(leaned),
    ]


def _print_table(sheet: SampleSheet, results: Sequence[Classed]) -> None:
    from rich.markup import escape

    from yangban.readings.cells import ink_on
    from yangban.readings.water_sheets import output_headers

    shown = min(3, min(sheet.columns.values()))
    table = three_line_table()
    for name in ("行", *output_headers(sheet)[:shown], "类别", "状况", "定类因子", "状态"):
        table.add_column(escape(name), justify="right" if name in {"行", "类别"} else "left", overflow="fold")
    for result in results[:_ROWS_ON_SCREEN]:
        found = result.found
        cells = [escape(cell) if isinstance(cell, str) else f"{cell:f}" for cell in result.row.cells[:shown]]
        status = STATUS_WORDS[result.status] + (f"：{result.reason}" if result.reason else "")
        if found is None or found.klass is None:
            table.add_row(str(result.row.number), *cells, "—", "", "", status)
            continue
        swatch = f"[bold {ink_on(found.colour)} on {found.colour}] {found.numeral} [/]"
        table.add_row(str(result.row.number), *cells, swatch, found.state, printed_zh(found.deciding), status)
    screen = console()
    screen.print(table)
    if len(results) > _ROWS_ON_SCREEN:
        screen.print(f"……共 {len(results)} 条结果，以上是前 {_ROWS_ON_SCREEN} 条；用 --out 结果.xlsx 或 --csv 得到全部")


def _print_summary(sheet: SampleSheet, results: Sequence[Classed], edition: WaterEdition, rounding: str) -> None:
    """Say on the error stream what was read, by which rules, and what was not used as it stands."""
    read = "、".join(f"{sheet.headers[place]}→{word}({water_item(word).unit})" for word, place in sheet.columns.items())
    counts = Counter(STATUS_WORDS[result.status] for result in results)
    told = "，".join(f"{name} {n}" for name, n in counts.items())
    typer.echo(f"{sheet.source}：{len(sheet.rows)} 行；读取的列 {read}", err=True)
    how = "按项目修约" if rounding == "item" else "不修约"
    typer.echo(f"版本 {edition.id}（{how}）；{told or '没有数据行'}", err=True)
    notes = list(sheet.all_notes())
    for note in notes[:_NOTES_ON_SCREEN]:
        typer.echo(f"说明：{note}", err=True)
    if len(notes) > _NOTES_ON_SCREEN:
        typer.echo(f"……另有 {len(notes) - _NOTES_ON_SCREEN} 处，见结果的“说明”列", err=True)
