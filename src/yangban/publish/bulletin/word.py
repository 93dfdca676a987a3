"""A bulletin as a Word file: a template, ours or a bureau's own, filled in."""

from __future__ import annotations

import io
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

from yangban.base.errors import InputError
from yangban.publish.bulletin.charts import WIDTH_MM, draw
from yangban.publish.bulletin.layout import LAYOUTS, Grid, Picture, Say
from yangban.publish.bulletin.make_templates import FOLDER
from yangban.publish.bulletin.needs import need
from yangban.publish.bulletin.package import steady
from yangban.publish.bulletin.paper import Bulletin

_PAGE: Final = 8849
"""Width of the text in twentieths of a point: 156 mm (GB/T 9704), and a hair for rounding."""
_LARGEST: Final = 20_000_000
"""Bytes beyond which a template is no template."""


def word_bytes(bulletin: Bulletin, *, template: Path | None = None) -> bytes:
    """The bulletin as the bytes of a Word file; the same bulletin and template give the same bytes.

    Raises :class:`~yangban.base.errors.InputError` for a template that is no Word file or asks for something that there is not.
    """
    docxtpl = need("docxtpl", package="docxtpl")
    jinja = need("jinja2", package="jinja2")
    sandbox = need("jinja2.sandbox", package="jinja2")
    path = template or FOLDER / f"{bulletin.kind}.docx"
    document = _opened(docxtpl, path)
    # A template is a file from somewhere: its expressions may read what they are given and nothing else.
    environment = sandbox.SandboxedEnvironment(autoescape=True, undefined=jinja.StrictUndefined)
    try:
        document.render(_context(docxtpl, document, bulletin), environment, autoescape=True)
    except (jinja.TemplateError, jinja.exceptions.SecurityError) as problem:
        asked = "、".join(sorted({*(f"say.{n}" for n in _names(bulletin, Say)), *(f"table.{n}" for n in _names(bulletin, Grid))}))
        raise InputError(
            f"{path}：模板不能填写：{problem}；可用的名称有 title、subtitle、mark、footer、heading.*、{asked}；"
            "the template cannot be filled in"
        ) from None
    _widen(document.docx)
    _describe(document.docx, bulletin)
    return steady(document.docx)


def _opened(docxtpl: Any, path: Path) -> Any:
    if not path.is_file():
        raise InputError(f"{path}：没有这个模板文件；no such template")
    if path.stat().st_size > _LARGEST:
        raise InputError(f"{path}：模板过大（{path.stat().st_size} 字节，最多 {_LARGEST}）；the template is too large")
    try:
        document = docxtpl.DocxTemplate(io.BytesIO(path.read_bytes()))
        document.init_docx()
    except Exception as problem:  # Whatever the libraries under it raise for a file that is none of theirs.
        raise InputError(f"{path}：不是 Word 文件（.docx）：{problem}；expected a Word template such as the shipped one") from None
    return document


def _names(bulletin: Bulletin, kind: type) -> list[str]:
    return [item.id for section in LAYOUTS[bulletin.kind] for item in section.items if isinstance(item, kind)]


def _context(docxtpl: Any, document: Any, bulletin: Bulletin) -> Mapping[str, Any]:
    """What a template may name; what this bulletin does not say is empty, so that a template need not know."""
    labels, headings = bulletin.labels, bulletin.headings
    tables: dict[str, Any] = dict.fromkeys(_names(bulletin, Grid))
    for name, table in bulletin.tables.items():
        tables[name] = {
            "label": labels[name],
            "caption": table.caption,
            "rows": [dict(row) for row in table.rows],
            "note": table.note,
            "heads": dict(table.heads),
        }
    charts: dict[str, Any] = dict.fromkeys(_names(bulletin, Picture))
    millimetres = need("docx.shared", package="python-docx").Mm
    for name, chart in bulletin.charts.items():
        picture = docxtpl.InlineImage(document, io.BytesIO(draw(chart)), width=millimetres(WIDTH_MM))
        charts[name] = {"label": labels[name], "caption": chart.caption, "picture": picture}
    return {
        "title": bulletin.title,
        "subtitle": bulletin.subtitle,
        "mark": bulletin.mark,
        "footer": bulletin.footer,
        "heading": {section.id: headings.get(section.id, "") for section in LAYOUTS[bulletin.kind]},
        "say": {name: bulletin.say.get(name, ()) for name in _names(bulletin, Say)},
        "table": tables,
        "chart": charts,
    }


def _widen(document: Any) -> None:
    """Give the grid of every table the widths of its cells: repeated columns have changed their number."""
    qualified = need("docx.oxml.ns", package="python-docx").qn
    width = qualified("w:w")
    for table in document.tables:
        cells = table._tbl.tr_lst[0].tc_lst if table._tbl.tr_lst else []
        widths = [cell.tcPr.find(qualified("w:tcW")).get(width) for cell in cells if cell.tcPr is not None]
        grid = table._tbl.tblGrid
        if len(widths) != len(cells) or any(cell.grid_span != 1 for cell in cells):
            continue  # A template of a bureau's own with merged headings keeps the grid that Word gave it.
        for old in list(grid):
            grid.remove(old)
        for each in _fitting([int(each) for each in widths]):
            grid.append(grid.makeelement(qualified("w:gridCol"), {width: str(each)}))


def _fitting(widths: list[int]) -> list[int]:
    """The widths in twentieths of a point, narrowed together where they would leave the page.

    >>> _fitting([100, 200]), sum(_fitting([9000, 9000])) <= _PAGE
    ([100, 200], True)
    """
    total = sum(widths)
    return widths if total <= _PAGE else [each * _PAGE // total for each in widths]


def _describe(document: Any, bulletin: Bulletin) -> None:
    """Give each picture its caption as alternative text, for readers who cannot see it."""
    order = [
        bulletin.charts[item.id] for s in bulletin.sections for item in s.items if isinstance(item, Picture) and item.id in bulletin.charts
    ]
    for shape, chart in zip(document.inline_shapes, order, strict=False):
        shape._inline.docPr.set("descr", f"{chart.caption}（{chart.measure}）")
        shape._inline.docPr.set("title", chart.caption)
