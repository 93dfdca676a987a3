"""``yangban standards``: read the book of standards and check files for it."""

from __future__ import annotations

import json
from collections.abc import Iterable
from datetime import date
from pathlib import Path
from typing import Any, Final

import typer
from rich.console import Console, Group
from rich.markup import escape
from rich.panel import Panel
from rich.table import Table
from rich.text import Text

from yangban.base.errors import UnknownEdition
from yangban.base.water_items import water_item
from yangban.standards import Book, Document, Edition, Rule, load_book
from yangban.standards.load import EditionEntry
from yangban.standards.model import CLASSES, CONFIDENCES, WATERS, plain_value
from yangban.standards.resolve import check as check_book

app = typer.Typer(add_completion=False, no_args_is_help=True, help="标准之书：列出、查看、检查  The book of standards")

_POLLUTANTS: Final = {
    "pm25": "PM2.5", "pm10": "PM10", "so2": "SO2", "no2": "NO2", "co": "CO", "o3": "O3", "o3_8h": "O3（8小时）", "tsp": "TSP", "nox": "NOx",
    "pb": "铅 Pb", "bap": "苯并[a]芘 BaP", "cd": "镉 Cd", "hg": "汞 Hg", "as": "砷 As", "cr6": "六价铬 Cr(VI)", "fluoride": "氟化物",
}  # fmt: skip
_AVERAGINGS: Final = {
    "annual": "年平均", "growing_season": "植物生长季", "quarter": "季平均", "month": "月平均", "day": "日平均", "hour": "1小时平均",
    "day_max_1h": "日最大1小时", "day_max_8h": "日最大8小时", "running_8h": "8小时滑动", "running_24h": "24小时滑动",
}  # fmt: skip
_NUMERALS: Final = ("Ⅰ", "Ⅱ", "Ⅲ", "Ⅳ", "Ⅴ", "劣Ⅴ")
_WATERS: Final = {"river": "河流", "lake": "湖库"}
_KINDS: Final = {
    "standard": "质量标准", "amendment": "修改单", "index": "指数规定", "method": "评价规范", "ranking": "排名规定",
    "supplement": "补充规定", "practice": "通行做法", "overlay": "地方加严",
}  # fmt: skip
_MARKS: Final = {"official": "●", "verified": "●", "one-source": "○", "unverified": "△", "unknown": "？"}
_STYLES: Final = {"official": "green", "verified": "green", "one-source": "yellow", "unverified": "magenta", "unknown": "red"}
_UNITS: Final = {
    "1": "", "decimals": "位小数", "min": "分钟", "h": "小时", "d": "天", "month": "个月", "a": "年", "station": "个点位",
    "place": "个城市", "section": "个断面",
    "CNY/m³": "元/m³", "CNY/m²": "元/m²", "CNY/t": "元/t", "CNY/kWh": "元/kWh", "sampling": "次监测", "period": "个时段",
}  # fmt: skip
_DOUBTFUL: Final = ("one-source", "unverified", "unknown")
_LEGEND: Final = "● 官方文本或多源核实　○ 单一来源　△ 未核实，待读正式文本　？ 未知，空位待填"

_AS_JSON = typer.Option(False, "--json", help="以 JSON 输出  Print JSON.")
_NAME = typer.Argument(help="文件编号或版本，如 gb3095-2012、2026-transitional、gb3838-2002  A document or an edition.", metavar="ID")
_FILES = typer.Argument(
    None, help="还要检查的文件（地方加严等）  Further files to check.", exists=True, dir_okay=False, metavar="[FILE...]"
)


_MEDIA: Final = {"sound": "声环境", "ecology": "生态"}


def _edition(book: Book, family: str) -> tuple[EditionEntry, Edition] | None:
    """The edition of a family, whatever its medium."""
    for entry in (*book.editions, *book.water_editions):
        if entry.family == family:
            return entry, book.air(family) if entry in book.editions else book.water(family)
    for medium in _MEDIA:
        for entry in book.medium_editions(medium):
            if entry.family == family:
                return entry, book.medium(medium, family)
    return None


@app.command("list")
def list_(as_json: bool = _AS_JSON) -> None:
    """列出标准版本和文件  List editions and documents."""
    book = load_book()
    if as_json:
        _print_json([{**_head(document), **_counts(document)} for document in book.documents.values()])
        return
    editions = _table("标准版本（按监测日期选用）", "!要素", "!版本", "名称", "!监测日期", "合用的文件")
    media = (("空气", book.editions), ("地表水", book.water_editions), *((word, book.medium_editions(m)) for m, word in _MEDIA.items()))
    for medium, entries in media:
        for entry in entries:
            _row(editions, medium, entry.family, entry.title, _span(entry.start, entry.end), "  ".join(entry.documents))
    documents = _table("标准文件", "文件", "!施行与核对", "!可信度", ">条目", ">未核实", ">空位")
    documents.show_lines = True
    for document in book.documents.values():
        counts = _counts(document)
        end = f"至 {document.ended}" if document.ended else "现行"
        _row(
            documents,
            Text(document.id, style="bold") + Text(f"\n{document.number}\n{document.title}"),
            f"{_known_day(document.effective, document.precision)} 起\n{end}\n核对 {document.checked}",
            _mark(document.confidence),
            str(counts["rules"]),
            str(counts["unverified"] or ""),
            str(counts["unknown"] or ""),
        )
    _console().print(editions, "", documents, _LEGEND, sep="\n")


@app.command()
def show(name: str = _NAME, as_json: bool = _AS_JSON) -> None:
    """查看一份文件或一个版本  Show a document or an edition."""
    book = load_book()
    found = _edition(book, name.strip())
    if found is not None:
        entry, edition = found
        documents = [book.documents[one] for one in edition.documents]
        rules = _rules_of(edition, documents)
        if as_json:
            keys = ("id", "title", "title_en", "start", "end", "documents", "note")
            made = {"family": entry.family, **{key: plain_value(getattr(edition, key)) for key in keys}}
            _print_json({**made, "rules": [_rule(rule) for rule in rules]})
            return
        head = f"监测日期　{_span(edition.start, edition.end)}\n合用文件　{'、'.join(edition.documents)}\n说明　　　{edition.note}"
        _console().print(Panel(escape(head), title=escape(edition.title), title_align="left"), *_tables(rules), _LEGEND, sep="\n")
        return
    document = _document(book, name)
    if as_json:
        _print_json({**_head(document), **_counts(document), "rules": [_rule(rule) for rule in document.rules]})
        return
    _console().print(_card(document), *_tables(document.rules), _LEGEND, sep="\n")


@app.command()
def check(files: list[Path] = _FILES, as_json: bool = _AS_JSON) -> None:
    """检查整本标准之书和给定的文件，有问题则退出码为1  Check the book and the given files."""
    report = check_book(files or [])
    pairs = [(one.file, problem) for one in report for problem in one.problems]
    rules = [rule for one in report if one.document is not None for rule in one.document.rules]
    doubtful = [rule for rule in rules if rule.confidence in _DOUBTFUL]
    if as_json:
        made = {
            "files": [{"file": one.file, "ok": not one.problems} for one in report],
            "problems": [{"file": file, "key": problem.key, "problem": problem.problem} for file, problem in pairs],
        }
        _print_json({**made, "doubtful": [{"id": rule.id, "confidence": rule.confidence} for rule in doubtful]})
    else:
        console = _console()
        if doubtful:
            console.print(_doubts(doubtful))
        for one in report:
            console.print(Text("✗ 有误  " if one.problems else "✓ 无误  ", style="red" if one.problems else "green") + Text(one.file))
            for problem in one.problems:
                console.print(Text(f"    {problem.key}: {problem.problem}"))
        console.print(f"共检查 {len(report)} 个文件，发现 {len(pairs)} 处问题。")
    if pairs:
        raise typer.Exit(1)


def _document(book: Book, name: str) -> Document:
    """A document by id; the error of an unknown one names the editions too."""
    try:
        return book.document(name)
    except UnknownEdition as problem:
        families = ", ".join(
            entry.family for entry in (*book.editions, *book.water_editions, *(e for m in _MEDIA for e in book.medium_editions(m)))
        )
        raise UnknownEdition(f"{problem}; editions are {families}") from None


def _rules_of(edition: Edition, documents: Iterable[Document]) -> list[Rule]:
    """What holds in an edition: each key once, from the document that wins."""
    keys = dict.fromkeys(rule.key for document in documents for rule in document.rules if edition.covers(rule))
    return [edition.rule(key) for key in keys]


def _card(document: Document) -> Panel:
    """The head of a document."""
    lines = [
        ("文号", f"{document.number}　{document.title_en}"),
        ("发布", f"{document.issuer}　{document.issued or '日期未查到'}"),
        ("施行", f"{_known_day(document.effective, document.precision)} 至 {document.ended or '现行'}"),
        ("核对", f"{document.checked}　{_MARKS[document.confidence]} {CONFIDENCES[document.confidence]}"),
        ("来源", "；".join(document.source)),
        ("说明", document.note or "—"),
    ]
    return Panel(
        Text("\n".join(f"{word}　{text}" for word, text in lines)), title=escape(f"{document.title}（{document.id}）"), title_align="left"
    )


def _tables(rules: Iterable[Rule]) -> list[Any]:
    """The tables of a document, those that it has."""
    sections: dict[str, list[Rule]] = {}
    for rule in rules:
        section = rule.key.partition(".")[0]
        sections.setdefault(section if section in _SECTIONS else "rule", []).append(rule)
    return [Group("", _SECTIONS[section](sections[section])) for section in _SECTIONS if section in sections]


def _limits(rules: list[Rule]) -> Table:
    title, columns = _dated("浓度限值", rules)
    table = _table(title, "!项目", "平均时间", ">一级", ">二级", "!单位", "条款", *columns, "!可信度")
    rows: dict[tuple[str, str, date], dict[str, Rule]] = {}
    for rule in rules:
        _, pollutant, averaging, level = rule.key.split(".")
        rows.setdefault((pollutant, averaging, rule.effective), {})[level] = rule
    for (pollutant, averaging, _), levels in rows.items():
        rule = next(iter(levels.values()))
        cells = [_number(levels[level].value) if level in levels else "—" for level in ("level1", "level2")]
        cells += [rule.unit, rule.clause, *(_dates(rule) for _ in columns)]
        _row(table, _POLLUTANTS[pollutant], _AVERAGINGS[averaging], *cells, _mark(rule.confidence))
    return table


def _class_limits(rules: list[Rule]) -> Table:
    """Limits of water by class, one row for rivers and lakes where they share them."""
    title, columns = _dated("地表水限值（按类别）", rules)
    heads = (*(f">{_NUMERALS[number - 1]}类" for number in CLASSES), "!单位", "条款", *columns, "!可信度")
    table = _table(title, "!项目", "!水体", *heads)
    lower = load_book().water().lower_limit_items
    rows: dict[tuple[str, date], dict[str, dict[int, Rule]]] = {}
    for rule in rules:
        _, item, kind, number = rule.key.split(".")
        rows.setdefault((item, rule.effective), {}).setdefault(kind, {})[int(number)] = rule
    for (item, _), kinds in rows.items():
        lines: dict[tuple[Any, ...], list[str]] = {}
        for kind in WATERS:
            if kind in kinds:
                shown = tuple((number, rule.value, rule.document) for number, rule in sorted(kinds[kind].items()))
                lines.setdefault(shown, []).append(kind)
        for found in lines.values():
            classes = kinds[found[0]]
            rule = next(iter(classes.values()))
            name = f"{water_item(item).printed} {'≥' if item in lower else '≤'}"
            cells = [_number(classes[number].value) if number in classes else "—" for number in CLASSES]
            cells += [rule.unit, rule.clause, *(_dates(rule) for _ in columns)]
            _row(table, name, "、".join(_WATERS[kind] for kind in found), *cells, _mark(rule.confidence))
    return table


def _source_limits(rules: list[Rule]) -> Table:
    title, columns = _dated("饮用水地表水源补充项目限值", rules)
    table = _table(title, "!项目", ">限值", "!单位", "条款", *columns, "!可信度")
    for rule in rules:
        dates = (_dates(rule) for _ in columns)
        name = f"{water_item(rule.key.split('.')[1]).printed} ≤"
        _row(table, name, _number(rule.value), rule.unit, rule.clause, *dates, _mark(rule.confidence))
    return table


def _states(rules: list[Rule]) -> Table:
    table = _table("水质类别与水质状况", "!类别", "水质状况", "条款", "可信度")
    for rule in rules:
        _row(table, rule.value.numeral, f"{rule.value.word} {rule.value.word_en}", rule.clause, _mark(rule.confidence))
    return table


def _state_colours(rules: list[Rule]) -> Table:
    table = _table("水质类别的颜色", "!类别", "颜色", "RGB", "条款", "可信度", "说明")
    for rule in rules:
        name, rgb = rule.value
        colour = Text("███ ", style="#{:02x}{:02x}{:02x}".format(*rgb)) + Text(name)
        numeral = _NUMERALS[int(rule.key.split(".")[1]) - 1]
        _row(table, numeral, colour, ",".join(map(str, rgb)), rule.clause, _mark(rule.confidence), rule.note)
    return table


def _references(rules: list[Rule]) -> Table:
    table = _table("参考浓度限值（不具约束力）", "项目", "平均时间", ">限值", "单位", "条款", "可信度", "说明")
    for rule in rules:
        _, pollutant, averaging = rule.key.split(".")
        values = " / ".join(_number(value) for value in rule.value)
        _row(table, _POLLUTANTS[pollutant], _AVERAGINGS[averaging], values, rule.unit, rule.clause, _mark(rule.confidence), rule.note)
    return table


def _breakpoints(rules: list[Rule]) -> Table:
    indices = sorted({index for rule in rules for index, _ in rule.value})
    table = _table("分指数（IAQI）分段点", "!项目", "平均时间", *(f">{index}" for index in indices), "!单位", "条款", "可信度")
    for rule in rules:
        _, pollutant, averaging = rule.key.split(".")
        at = dict(rule.value)
        cells = [_number(at[index]) if index in at else "—" for index in indices]
        _row(table, _POLLUTANTS[pollutant], _AVERAGINGS[averaging], *cells, rule.unit, rule.clause, _mark(rule.confidence))
    return table


def _levels(rules: list[Rule]) -> Table:
    table = _table("级别与颜色", ">AQI", "级别", "类别", "颜色", "RGB", "CMYK", "条款", "可信度")
    for rule in rules:
        level = rule.value
        span = f"{level.low}–{level.high}" if level.high is not None else f">{level.low - 1}"
        colour = Text("███ ", style=level.colour) + Text(level.colour_name)
        rgb, cmyk = (",".join(map(str, parts)) for parts in (level.rgb, level.cmyk))
        _row(table, span, level.grade, f"{level.category} {level.category_en}", colour, rgb, cmyk, rule.clause, _mark(rule.confidence))
    return table


def _advice(rules: list[Rule]) -> Table:
    table = _table("健康提示", ">级别", "对健康的影响", "建议", "条款", "可信度")
    for rule in rules:
        _row(table, str(rule.value.level), rule.value.effect, rule.value.advice, rule.clause, _mark(rule.confidence))
    return table


def _sensitive(rules: list[Rule]) -> Table:
    table = _table("敏感人群", "项目", "人群", "条款", "可信度", "说明")
    for rule in rules:
        _row(table, _POLLUTANTS[rule.value.pollutant], "、".join(rule.value.groups), rule.clause, _mark(rule.confidence), rule.note)
    return table


def _doubts(rules: Iterable[Rule]) -> Table:
    """Which entries a person should still read in the official text."""
    table = _table("尚待核对的条目", "文件", "可信度", ">条数", "键")
    found: dict[tuple[str, str], list[str]] = {}
    for rule in rules:
        found.setdefault((rule.document, rule.confidence), []).append(rule.key)
    for (document, confidence), keys in found.items():
        _row(table, document, _mark(confidence), str(len(keys)), "  ".join(dict.fromkeys(keys)))
    return table


def _plain_rules(rules: list[Rule]) -> Table:
    title, columns = _dated("规则", rules)
    table = _table(title, "规则与键", "值", "条款", *columns, "!可信度")
    table.show_lines = True
    for column in table.columns[1:]:
        column.max_width = 20 if column.header == "值" else 14
    for rule in rules:
        value = "（空位）" if rule.value is None else f"{_value(rule.value)} {_UNITS.get(rule.unit, rule.unit)}".strip()
        dates = (_dates(rule) for _ in columns)
        words = Text(f"{rule.note}\n" if rule.note else "") + Text(rule.key, style="dim")
        _row(table, words, value, rule.clause, *dates, _mark(rule.confidence))
    return table


def _dated(title: str, rules: list[Rule]) -> tuple[str, tuple[str, ...]]:
    """Where a table shows its dates: in the title when all entries share them, else in a column of its own."""
    spans = {_dates(rule) for rule in rules}
    return (f"{title}（{spans.pop()}）", ()) if len(spans) == 1 else (title, ("适用日期",))


_SECTIONS: Final = {
    "limit": _limits,
    "reference": _references,
    "breakpoints": _breakpoints,
    "level": _levels,
    "advice": _advice,
    "sensitive": _sensitive,
    "class_limit": _class_limits,
    "source_limit": _source_limits,
    "state": _states,
    "state_colour": _state_colours,
    "rule": _plain_rules,
}


def _table(title: str, *columns: str) -> Table:
    """A table; the head of a column of numbers starts with ``>``, that of one whose cells stay on one line with ``!``."""
    from yangban.cli.common import three_line_table

    table: Table = three_line_table(title)
    for column in columns:
        number = column.startswith(">")
        table.add_column(column.lstrip(">!"), justify="right" if number else "left", overflow="fold", no_wrap=column[0] in ">!")
    return table


def _row(table: Table, *cells: str | Text) -> None:
    """Add a row of plain text: a word in brackets, as in 苯并[a]芘, is no mark-up."""
    table.add_row(*(Text(cell) if isinstance(cell, str) else cell for cell in cells))


def _value(value: Any) -> str:
    """A rule's value as a person reads it."""
    if isinstance(value, bool):
        return "是" if value else "否"
    if isinstance(value, tuple):
        nested = any(isinstance(part, tuple) for part in value)
        return ("\n" if nested else "，").join(
            " ".join(_value(cell) for cell in part) if isinstance(part, tuple) else _value(part) for part in value
        )
    return _number(value)


def _number(value: Any) -> str:
    return str(plain_value(value))


def _mark(confidence: str) -> Text:
    return Text(f"{_MARKS[confidence]} {CONFIDENCES[confidence]}", style=_STYLES[confidence])


def _span(start: date | str, end: date | None) -> str:
    return f"{start} 至 {end}" if end else f"{start} 起"


def _dates(rule: Rule) -> str:
    """The days on which a rule holds; no more exact than the document's own first day is known."""
    document = load_book().documents.get(rule.document)
    if document is None or rule.effective != document.effective or document.precision == "day":
        return _span(rule.effective, rule.ended)
    day = rule.effective
    return _span(f"{day.year}年" if document.precision == "year" else f"{day.year}年{day.month}月", rule.ended)


def _known_day(day: date, precision: str) -> str:
    """A date only as exact as it is known."""
    return {"year": f"{day.year}年（日期未查到）", "month": f"{day.year}年{day.month}月（日期未查到）"}.get(precision, str(day))


def _counts(document: Document) -> dict[str, int]:
    return {
        "rules": len(document.rules),
        "unverified": sum(rule.confidence == "unverified" for rule in document.rules),
        "unknown": sum(rule.confidence == "unknown" for rule in document.rules),
    }


def _head(document: Document) -> dict[str, Any]:
    keys = (
        "id", "title", "title_en", "number", "kind", "issuer", "issued", "effective", "precision", "ended", "checked", "confidence",
        "source", "note",
    )  # fmt: skip
    return {key: plain_value(getattr(document, key)) for key in keys}


def _rule(rule: Rule) -> dict[str, Any]:
    keys = ("id", "key", "value", "unit", "clause", "source", "confidence", "effective", "ended", "note")
    return {key: plain_value(getattr(rule, key)) for key in keys}


def _print_json(value: Any) -> None:
    typer.echo(json.dumps(value, ensure_ascii=False, indent=2))


def _console() -> Console:
    """The screen; a pipe or a file has no width of its own and gets one that does not break the tables."""
    console = Console()
    return console if console.is_terminal else Console(width=200)
