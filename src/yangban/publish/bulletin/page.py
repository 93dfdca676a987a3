"""A bulletin as one HTML page: no script, nothing from elsewhere, light and dark, and it prints."""

from __future__ import annotations

import re
from decimal import Decimal
from html import escape
from typing import Final

from yangban.publish.bulletin.charts import GREEN, INK, PALE, QUIET, RULE, draw
from yangban.publish.bulletin.layout import Column, Grid, Picture, Say
from yangban.publish.bulletin.paper import Bulletin, Cell, Chart, Row, Table

_STYLE: Final = """
:root{color-scheme:light dark;--ink:#1f2a2e;--quiet:#5b666b;--paper:#fff;--rule:#d5dadc;--green:#1f6f5c;--pale:#a9c9c0}
@media(prefers-color-scheme:dark){:root{--ink:#e8ecec;--quiet:#a3aeb1;--paper:#14191b;--rule:#3a4448;--green:#5fbfa5;--pale:#2f5a4e}}
*{box-sizing:border-box}
body{margin:0 auto;max-width:52rem;padding:2rem 1rem 3rem;background:var(--paper);color:var(--ink);
font:1rem/1.75 "PingFang SC","Microsoft YaHei","Noto Sans SC","Noto Sans CJK SC",sans-serif}
h1{font-size:1.6rem;line-height:1.4;margin:.5rem 0 0}
h2{font-size:1.2rem;margin:2.2rem 0 .4rem;break-after:avoid}
p{margin:.5rem 0;max-width:40em}
.quiet,footer,figcaption small{color:var(--quiet);font-size:.875rem}
.mark{border:2px solid var(--ink);padding:.3rem .8rem;font-weight:700;display:inline-block}
.wide{overflow-x:auto}
table{border-collapse:collapse;border-top:2px solid var(--ink);border-bottom:2px solid var(--ink);font-size:.875rem;
font-variant-numeric:tabular-nums;width:100%}
caption{caption-side:top;text-align:left;font-weight:600;padding:.8rem 0 .3rem}
th{font-weight:600;border-bottom:1px solid var(--ink);vertical-align:bottom;white-space:nowrap}
th,td{padding:.2rem .45rem}
.left{text-align:left}.right{text-align:right}.center{text-align:center}
tbody tr:nth-child(even){background:color-mix(in srgb,var(--rule) 30%,transparent)}
figure{margin:1.2rem 0;break-inside:avoid}
figure svg{width:100%;height:auto}
figure svg text{font-family:inherit!important}
figcaption{font-weight:600}
code{font-size:.8em;overflow-wrap:anywhere}
@media print{:root{--ink:#000;--quiet:#444;--paper:#fff;--rule:#ccc;--green:#1f6f5c}@page{size:A4;margin:25mm 20mm}
body{max-width:none;padding:0;font-size:10.5pt}.mark{position:fixed;top:-14mm;right:0}thead{display:table-header-group}tr{break-inside:avoid}
.wide{overflow:visible}details{display:none}}
"""
_COLOURS: Final = {INK: "var(--ink)", QUIET: "var(--quiet)", RULE: "var(--rule)", GREEN: "var(--green)", PALE: "var(--pale)"}
_INNER_STYLE: Final = re.compile(r"<style[^>]*>.*?</style>", re.DOTALL)
_METADATA: Final = re.compile(r"<metadata>.*?</metadata>", re.DOTALL)
_SIZE: Final = re.compile(r'<svg ([^>]*?)\s?height="[^"]*"([^>]*?)\s?width="[^"]*"|<svg ([^>]*?)\s?width="[^"]*"([^>]*?)\s?height="[^"]*"')


def page_text(bulletin: Bulletin) -> str:
    """The bulletin as an HTML page; all content is escaped."""
    labels, headings = bulletin.labels, bulletin.headings
    body = [f"<h1>{escape(bulletin.title)}</h1>", f'<p class="quiet">{escape(bulletin.subtitle)}</p>']
    if bulletin.mark:
        body.insert(0, f'<p class="mark">{escape(bulletin.mark)}</p>')
    for section in bulletin.sections:
        if section.id in headings:
            body.append(f'<h2 id="{section.id}">{escape(headings[section.id])}</h2>')
        for item in section.items:
            if isinstance(item, Say):
                body += [f"<p>{escape(line)}</p>" for line in bulletin.say.get(item.id, ())]
            elif isinstance(item, Grid) and item.id in bulletin.tables:
                body.append(_table(item, bulletin.tables[item.id], labels[item.id]))
            elif isinstance(item, Picture) and item.id in bulletin.charts:
                body.append(_figure(bulletin.charts[item.id], labels[item.id]))
    body.append(f"<footer>{escape(bulletin.footer)}</footer>")
    return (
        f'<!doctype html>\n<html lang="{bulletin.language}">\n<head>\n<meta charset="utf-8">\n'
        f'<meta name="viewport" content="width=device-width, initial-scale=1">\n<title>{escape(bulletin.title)}</title>\n'
        f"<style>{_STYLE}</style>\n</head>\n<body>\n" + "\n".join(body) + "\n</body>\n</html>\n"
    )


def columns_of(grid: Grid, table: Table) -> list[tuple[str, Column]]:
    """The headings of a table's columns as they stand, repeated ones for each edition."""
    found: list[tuple[str, Column]] = []
    for column in grid.columns:
        found += [(head, column) for head in table.heads.get(column.key, ())] if column.each else [(column.heading, column)]
    return found


def cells_of(grid: Grid, row: Row) -> list[Cell]:
    """The cells of a row in the order of :func:`columns_of`."""
    found: list[Cell] = []
    for column in grid.columns:
        held = row[column.key]
        found += held if isinstance(held, tuple) else (held,)
    return found


def _lines(text: str) -> str:
    return "<br>".join(map(escape, text.split("\n")))


def _table(grid: Grid, table: Table, label: str) -> str:
    columns = columns_of(grid, table)
    head = "".join(f'<th scope="col" class="{column.align}">{_lines(text)}</th>' for text, column in columns)
    rows = []
    for row in table.rows:
        cells = zip(cells_of(grid, row), columns, strict=True)
        rows.append("<tr>" + "".join(f'<td class="{column.align}">{_lines(cell.text)}</td>' for cell, (_, column) in cells) + "</tr>")
    note = f'<p class="quiet">{escape(table.note)}</p>' if table.note else ""
    return (
        f'<div class="wide"><table><caption>{label}　{escape(table.caption)}</caption><thead><tr>{head}</tr></thead>'
        f"<tbody>{''.join(rows)}</tbody></table></div>{note}"
    )


def _figure(chart: Chart, label: str) -> str:
    drawn = draw(chart, form="svg").decode()
    drawn = _METADATA.sub("", _INNER_STYLE.sub("", drawn[drawn.index("<svg") :]))
    drawn = _SIZE.sub(lambda m: f"<svg {m[1] or m[3]}{m[2] or m[4]}", drawn, count=1)
    for colour, variable in _COLOURS.items():
        drawn = drawn.replace(colour, variable)
    told = escape(f"{chart.caption}（{chart.measure}）", quote=True)
    drawn = drawn.replace("<svg ", f'<svg role="img" aria-label="{told}" ', 1)
    return f"<figure>{drawn}<figcaption>{label}　{escape(chart.caption)}</figcaption>{_values(chart)}</figure>"


def chart_rows(chart: Chart) -> tuple[tuple[str, ...], list[list[Cell]]]:
    """What a chart draws, as headings and rows, for those who read numbers."""
    if chart.stacks:
        return ("地区", *(word for word, _ in chart.levels)), [
            [Cell(stack.name), *(Cell(f"{d:f}", d, "0.0" if d.as_tuple().exponent else "0") for d in stack.days)] for stack in chart.stacks
        ]
    series = [chart.bars, chart.second] if chart.second else [chart.bars]
    rows = []
    for n, bar in enumerate(chart.bars):
        cells = [each[n] for each in series]
        rows.append([Cell(bar.name), *(_cell(c.value, c.usable) for c in cells)])
    return ("", *(chart.names or ("数值",))), rows


def _cell(value: Decimal | None, usable: bool) -> Cell:
    if value is None:
        return Cell("无结果")
    decimals = -int(value.as_tuple().exponent)
    mark = "" if usable else "*"
    return Cell(f"{value:f}{mark}", value, ("0" if decimals <= 0 else f"0.{'0' * decimals}") + (f'"{mark}"' if mark else ""))


def _values(chart: Chart) -> str:
    heads, rows = chart_rows(chart)
    head = "".join(f'<th scope="col" class="{"right" if n else "left"}">{escape(h)}</th>' for n, h in enumerate(heads))
    body = "".join(
        "<tr>" + "".join(f'<td class="{"right" if n else "left"}">{escape(c.text)}</td>' for n, c in enumerate(row)) + "</tr>"
        for row in rows
    )
    return (
        f'<details><summary class="quiet">图中数值：{escape(chart.measure)}</summary><div class="wide"><table>'
        f"<thead><tr>{head}</tr></thead><tbody>{body}</tbody></table></div></details>"
    )
