"""``yangban aqi``: the index of one day, or of a spreadsheet of days, under any editions.

The single day is answered without Polars: this module, the rule and the book load only what they need.
"""

from __future__ import annotations

import re
import sys
import unicodedata
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Final

import typer

from yangban.base.errors import InputError, UnknownEdition, UnknownUnit, UsageError
from yangban.base.pollutants import AIR_SIX, HOURLY_WORDS, heading, labels_zh, pollutant
from yangban.base.units import factor
from yangban.cli.common import STATUS_WORDS, JsonOption, console, print_json, three_line_table

if TYPE_CHECKING:
    from yangban.assess.air.index import DayIndex
    from yangban.readings.sheets import DaySheet, Result, Row
    from yangban.standards import AirEdition, Book

app = typer.Typer(add_completion=False)

IN_FORCE: Final = "in-force"
_VALUE: Final = re.compile(r"([+-]?(?:\d{1,15}(?:\.\d{0,15})?|\.\d{1,15}))\s*(\D.*)?")
_ROWS_ON_SCREEN: Final = 30
_NOTES_ON_SCREEN: Final = 8


@app.command()
def aqi(
    values: Annotated[
        list[str] | None,
        typer.Argument(metavar="[pm25=75 o3_8h=161 …]", help="浓度，可带单位（co=900ug/m3）；不带则为 µg/m³，CO 为 mg/m³  Concentrations."),
    ] = None,
    edition: Annotated[
        str | None,
        typer.Option("--edition", help="标准版本，可用逗号并列：2012、2026、hj633-2026、in-force（默认：观测日有效的版本）  Edition(s)."),
    ] = None,
    source: Annotated[Path | None, typer.Option("--input", "-i", help="表格 .csv .xlsx .parquet，一行一天  A spreadsheet of days.")] = None,
    csv: Annotated[bool, typer.Option("--csv", help="把加了列的表格以 CSV 输出到屏幕  The table with its new columns as CSV.")] = False,
    out: Annotated[Path | None, typer.Option("--out", "-o", help="写入文件 .xlsx .csv .parquet  Write to a file.")] = None,
    json: JsonOption = False,
    hourly: Annotated[bool, typer.Option("--hourly", help="小时值而不是日值  Hours instead of days.")] = False,
) -> None:
    """由浓度计算空气质量指数：一天，或一张表格（中文、英文表头均可）。

    The air quality index of one day (pm25 pm10 so2 no2 co o3_8h), or of every row of a spreadsheet.
    """
    from yangban.standards import load_book

    if sum((csv, json, out is not None)) > 1:
        raise UsageError("--csv、--json、--out 只能选一个 choose one of --csv, --json and --out")
    if source is None and (csv or out is not None):
        raise UsageError("--csv 和 --out 用于表格，请同时给出 --input 文件 they go with --input")
    if source is not None and values:
        raise UsageError(f"不能同时给出 --input 和 {values[0]!r} give either --input or values")
    if source is None and not values:
        raise UsageError(f"请给出浓度，例如 yangban aqi pm25=75 o3_8h=161；可用的名称：{_known(hourly)}；或用 --input 给出表格")
    book = load_book()
    if source is None:
        _one(book, parse_values(values or (), hourly=hourly), edition, as_json=json, hourly=hourly)
    else:
        _table(book, source, edition, csv=csv, out=out, as_json=json, hourly=hourly)


def _known(hourly: bool) -> str:
    return " ".join(HOURLY_WORDS if hourly else AIR_SIX)


def parse_values(pairs: Iterable[str], *, hourly: bool = False) -> dict[str, Decimal]:
    """Concentrations by word, in the units of the standards, from texts such as ``pm25=75`` and ``co=900ug/m3``.

    Raises :class:`~yangban.base.errors.UsageError` that lists the known words.

    >>> parse_values(["PM2.5=75", "co=900ug/m3"])
    {'pm25': Decimal('75'), 'co': Decimal('0.9')}
    """
    found: dict[str, Decimal] = {}
    for pair in pairs:
        name, equals, text = pair.partition("=")
        meant = heading(name)
        if not equals:
            raise UsageError(f"看不懂 {pair!r}：应写成 名称=数值，例如 pm25=75；可用的名称：{_known(hourly)}")
        if meant is not None and meant.unclear(hourly=hourly):
            raise UsageError(f"{pair!r}：日评价用臭氧日最大8小时平均，请写 o3_8h=…；小时值请加 --hourly")
        word = None if meant is None else meant.word(hourly=hourly)
        if word is None or word not in (HOURLY_WORDS if hourly else AIR_SIX):
            raise UsageError(f"不认识的污染物 unknown pollutant {name!r}；可用的名称：{_known(hourly)}")
        if word in found:
            raise UsageError(f"{word} 给出了两次 given twice")
        found[word] = _number(pair, text, word)
    return found


def _number(pair: str, text: str, word: str) -> Decimal:
    parts = _VALUE.fullmatch(unicodedata.normalize("NFKC", text).strip())
    if not parts:
        raise UsageError(f"{pair!r}：“{text}”不是数字 not a number；没有数据的项目请不写")
    value = Decimal(parts[1])
    if value < 0:
        raise UsageError(f"{pair!r}：浓度不能为负 a concentration is never negative；没有数据的项目请不写")
    if not parts[2]:
        return value
    try:
        times = factor(parts[2], pollutant(word).unit)
    except UnknownUnit as problem:
        raise UsageError(f"{pair!r}：单位不能换算为 {pollutant(word).unit}（{problem}）") from None
    return value * times.numerator / times.denominator


# ---------------------------------------------------------------------------------------------------------------- rules


def _chooser(book: Book, text: str | None) -> Callable[[date | None], tuple[AirEdition, ...]]:
    """A function from a day of observation to the editions asked for; without a day ``in-force`` means today.

    Families that share one index (the two phases of GB 3095-2026) give one result.
    """
    words = [word.strip() for word in (text or IN_FORCE).replace("，", ",").split(",") if word.strip()]
    if not words:
        raise UsageError("--edition 是空的 is empty")
    fixed = {word: book.air(word) for word in words if word != IN_FORCE}
    known: dict[date, AirEdition] = {}

    def choose(day: date | None) -> tuple[AirEdition, ...]:
        on = day or date.today()
        if IN_FORCE in words and on not in known:
            known[on] = book.air_on(on)
        chosen = [known[on] if word == IN_FORCE else fixed[word] for word in words]
        return tuple({each.index: each for each in reversed(chosen)}.values())[::-1]

    return choose


def _judge(values: Mapping[str, Decimal], edition: AirEdition, *, hourly: bool) -> tuple[DayIndex, tuple[str, ...], tuple[str, ...]]:
    """The index, the words that the edition's report lists, and the given words that it has no use for."""
    from yangban.assess.air.index import day_aqi, hour_aqi, hour_averaging

    if not hourly:
        return day_aqi(values, edition), AIR_SIX, ()
    asked = hour_averaging(edition)
    items = tuple(word for word in HOURLY_WORDS if word in asked)
    return (
        hour_aqi({word: value for word, value in values.items() if word in items}, edition),
        items,
        tuple(word for word in values if word not in items),
    )


def _as_dict(index: DayIndex, items: Sequence[str]) -> dict[str, Any]:
    level = index.level
    return {
        "edition": index.edition,
        "concentrations": {word: f"{value:f}" for word, value in index.concentrations.items()},
        "iaqi": {word: index.iaqi.get(word) for word in items},
        "aqi": index.aqi,
        "level": None if level is None else level.grade,
        "category": None if level is None else level.category,
        "primary": list(index.primary),
        "exceeding": list(index.exceeding),
        "status": index.status,
        "reason": index.reason,
        "unverified": list(index.unverified),
    }


# ---------------------------------------------------------------------------------------------------------------- one day


def _one(book: Book, values: Mapping[str, Decimal], text: str | None, *, as_json: bool, hourly: bool) -> None:
    editions = _chooser(book, text)(None)
    judged = [(each, *_judge(values, each, hourly=hourly)) for each in editions]
    if as_json:
        print_json([_as_dict(index, items) for _, index, items, _ in judged])
        return
    screen = console()
    for edition, index, items, left in judged:
        today = f"（今天 {date.today().isoformat()} 有效的版本）" if text in {None, IN_FORCE} else ""
        _print_one(screen, book, edition, index, items, today=today, hourly=hourly)
        if left:
            screen.print(f"[dim]未用：{labels_zh(left)}（{edition.index.upper()} 的小时报不用）[/dim]")


def _print_one(screen: Any, book: Book, edition: AirEdition, index: DayIndex, items: Sequence[str], *, today: str, hourly: bool) -> None:

    document = book.document(edition.index)
    screen.print(f"[bold]AQI {'小时' if hourly else '日'}值  {document.number}[/bold]{today}")
    table = three_line_table()
    table.add_column("污染物")
    table.add_column("采用浓度", justify="right")
    table.add_column("分指数", justify="right")
    table.add_column("")
    for word in items:
        if word in index.concentrations:
            marks = [text for text, words in (("首要", index.primary), ("超标", index.exceeding)) if word in words]
            shown = f"{index.concentrations[word]:f} {pollutant(word).unit}"
            score = index.iaqi.get(word)
            table.add_row(pollutant(word).label_zh, shown, "—" if score is None else str(score), " ".join(marks))
        else:
            table.add_row(pollutant(word).label_zh, "无数据", "—", "", style="dim")
    screen.print(table)
    screen.print(f"AQI         {_swatch(index)}")
    if index.aqi is not None:
        screen.print(f"首要污染物  {labels_zh(index.primary) or '无（AQI 为优时没有首要污染物）'}")
    status = "有效" if index.status == "ok" else "数据不足，不得作为 AQI 公布"
    screen.print(f"状态        {status}{f'：{index.reason}' if index.reason else ''}")
    screen.print(f"依据        {document.number} {document.title} {_clauses(book, edition)}".rstrip())
    if index.unverified:
        screen.print(f"未核实规则  {'、'.join(index.unverified)}")


def _swatch(index: DayIndex) -> str:
    """The AQI with its level in words on the level's colour; the words stand alone where there is no colour."""
    from yangban.readings.cells import ink_on

    if index.aqi is None or index.level is None:
        return "—"
    return f"[bold {ink_on(index.level.colour)} on {index.level.colour}] {index.aqi} [/] {index.level.grade} {index.level.category}"


def _clauses(book: Book, edition: AirEdition) -> str:
    """The clauses of the index's document from which break-points come."""
    rules = book.document(edition.index).rules
    return "、".join(dict.fromkeys(rule.clause for rule in rules if rule.key.startswith("breakpoints.")))


# ---------------------------------------------------------------------------------------------------------------- a table


def _table(book: Book, source: Path, text: str | None, *, csv: bool, out: Path | None, as_json: bool, hourly: bool) -> None:
    from yangban.readings.sheets import check_output, read_days, save, write_csv

    if out is not None:
        check_output(out)
        if out.exists() and source.exists() and out.samefile(source):
            raise InputError(f"{out}: 不能覆盖输入文件本身；请换一个输出文件名")
    choose = _chooser(book, text)
    sheet = read_days(source, hourly=hourly)
    results: list[Result] = []
    answers: list[dict[str, Any]] = []
    used: dict[str, AirEdition] = {}
    leaned: set[str] = set()
    words: dict[str, None] = {} if hourly else dict.fromkeys(AIR_SIX)
    for row in _with_progress(sheet.rows):
        try:
            editions = choose(row.day)
        except UnknownEdition:
            results.append(_not_applicable(row))
            answers.append(_input_cells(sheet, row) | {"edition": None, "status": "not_applicable", "reason": results[-1].reason})
            continue
        for edition in editions:
            index, items, _ = _judge(row.values, edition, hourly=hourly)
            used[edition.index] = edition
            words.update(dict.fromkeys(items))
            leaned.update(index.unverified)
            results.append(_result(row, index))
            if as_json:
                answers.append(_input_cells(sheet, row) | _as_dict(index, items))
    if as_json:
        print_json(answers)
    elif csv:
        write_csv(sys.stdout, sheet, results, tuple(words))
    elif out is not None:
        save(out, sheet, results, tuple(words), remarks=_remarks(book, used.values(), leaned, dated=_is_dated(sheet, text)))
        typer.echo(f"已写入 {out}：{len(sheet.rows)} 行，{len(results)} 条结果")
    else:
        _print_table(sheet, results)
    _print_summary(sheet, results, used, text, absent=[word for word in words if word not in sheet.columns])


def _with_progress(rows: Sequence[Row]) -> Iterable[Row]:
    if len(rows) < 2000 or not sys.stderr.isatty():
        return rows
    from rich.progress import track

    return track(rows, description="计算 AQI", console=console(stderr=True), transient=True)


def _is_dated(sheet: DaySheet, text: str | None) -> bool:
    return sheet.dated and IN_FORCE in (text or IN_FORCE)


def _result(row: Row, index: DayIndex) -> Result:
    from yangban.readings.sheets import Result

    level = index.level
    return Result(
        row=row,
        edition=index.edition,
        iaqi=index.iaqi,
        aqi=index.aqi,
        level="" if level is None else level.grade,
        category="" if level is None else level.category,
        colour="" if level is None else level.colour,
        primary=index.primary,
        status=index.status,
        reason=index.reason,
    )


def _not_applicable(row: Row) -> Result:
    from yangban.readings.sheets import Result

    reason = f"{row.day} 没有有效的标准版本；如仍要计算，请用 --edition 指定"
    return Result(row, "", {}, None, "", "", "", (), "not_applicable", reason)


def _input_cells(sheet: DaySheet, row: Row) -> dict[str, Any]:
    from yangban.readings.cells import distinct

    names = distinct(sheet.headers)
    cells = {name: cell if isinstance(cell, str) else f"{cell:f}" for name, cell in zip(names, row.cells, strict=True)}
    return {"row": row.number, "input": cells, "notes": [str(note) for note in row.notes]}


def _remarks(book: Book, editions: Iterable[AirEdition], leaned: Iterable[str], *, dated: bool) -> list[tuple[str, str]]:
    """The lines of the workbook's second sheet: which documents were applied, what the words and colours mean."""
    lines: list[tuple[str, str]] = []
    for edition in editions:
        document = book.document(edition.index)
        until = f"至 {edition.end.isoformat()}" if edition.end else "起"
        lines.append((edition.index, f"{document.number}《{document.title}》；用于观测日 {edition.start.isoformat()} {until}"))
        levels = "；".join(f"{level.low}—{level.high or ''} {level.grade} {level.category}" for level in edition.levels())
        lines.append((f"{edition.index} 级别", levels))
        rule = edition.rule("completeness.index.complete_or_above")
        told = f"项目不全且 AQI 不大于 {rule.value} 的行标为“数据不足”，其 AQI 仅供参考，不得公布（{document.number} {rule.clause}）"
        lines.append((f"{edition.index} 公布条件", told))
    lines.append(("版本的选择", "按每行的日期取当日有效的版本" if dated else "按命令指定，或计算当天有效的版本"))
    lines.append(("浓度", "先按标准修约（CO 一位小数，其余整数，四舍六入五成双），再算分指数；分指数向上取整"))
    lines.append(("AQI 的颜色", "采用标准规定的级别颜色；同一行的“类别”以文字写明"))
    if names := sorted(leaned):
        lines.append(("未核实的规则", "、".join(names)))
    return lines


def _print_table(sheet: DaySheet, results: Sequence[Result]) -> None:
    from rich.markup import escape

    from yangban.readings.sheets import output_headers

    shown = min(3, min(sheet.columns.values()))
    came = output_headers(sheet, ())[:shown]
    table = three_line_table()
    for name in ("行", *came, "版本", "AQI", "类别", "首要污染物", "状态"):
        table.add_column(escape(name), justify="right" if name in {"行", "AQI"} else "left", overflow="fold")
    for result in results[:_ROWS_ON_SCREEN]:
        cells = [escape(cell) if isinstance(cell, str) else f"{cell:f}" for cell in result.row.cells[:shown]]
        status = STATUS_WORDS[result.status] + (f"：{result.reason}" if result.reason else "")
        table.add_row(str(result.row.number), *cells, result.edition, _coloured(result), result.category, labels_zh(result.primary), status)
    screen = console()
    screen.print(table)
    if len(results) > _ROWS_ON_SCREEN:
        screen.print(f"……共 {len(results)} 条结果，以上是前 {_ROWS_ON_SCREEN} 条；用 --out 结果.xlsx 或 --csv 得到全部")


def _coloured(result: Result) -> str:
    from yangban.readings.cells import ink_on

    if result.aqi is None:
        return "—"
    return f"[bold {ink_on(result.colour)} on {result.colour}] {result.aqi} [/]" if result.colour else str(result.aqi)


def _print_summary(
    sheet: DaySheet, results: Sequence[Result], used: Mapping[str, AirEdition], text: str | None, *, absent: Sequence[str]
) -> None:
    """Say on the error stream what was read, under which editions, and what was not used."""
    read = "、".join(f"{sheet.headers[place]}→{word}({pollutant(word).unit})" for word, place in sheet.columns.items())
    how = "按各行日期有效的版本" if _is_dated(sheet, text) else "今天有效的版本" if text in {None, IN_FORCE} else "指定的版本"
    counts = Counter(STATUS_WORDS[result.status] for result in results)
    told = "，".join(f"{name} {n}" for name, n in counts.items())
    typer.echo(f"{sheet.source}：{len(sheet.rows)} 行；读取的列 {read}", err=True)
    typer.echo(f"版本 {'、'.join(used) or '无'}（{how}）；{told or '没有数据行'}", err=True)
    if absent:
        typer.echo(f"表中没有这些列：{labels_zh(absent)}", err=True)
    notes = list(sheet.all_notes())
    for note in notes[:_NOTES_ON_SCREEN]:
        typer.echo(f"未采用：{note}", err=True)
    if len(notes) > _NOTES_ON_SCREEN:
        typer.echo(f"……另有 {len(notes) - _NOTES_ON_SCREEN} 处，见结果的“说明”列", err=True)
