"""Letters, circulars and reports of an office as Word files, on the paper of GB/T 9704-2012.

What is said comes as plain data (:class:`Paper`); this module only sets it: the red head with number and rule, the title, whom it is sent
to, paragraphs, three-line tables, the signature with its day. Paper, margins, fonts and styles are those of the bulletins.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, Final

from yangban.publish.bulletin.layout import RANKING, Column
from yangban.publish.bulletin.make_templates import HEADING_FONT, TITLE_FONT, _Maker
from yangban.publish.bulletin.needs import need
from yangban.publish.bulletin.package import steady
from yangban.publish.bulletin.paper import chinese_number

_RED: Final = "C00000"
_HEAD_POINTS: Final = 30.0
"""Size of the red head, smaller where the name is long: it stands on one line. GB/T 9704 leaves the size to the office."""
_TEXT_POINTS: Final = 436.0
"""Width of the text, 156 mm, with a hair to spare."""


@dataclass(frozen=True)
class Say:
    """A paragraph."""

    text: str


@dataclass(frozen=True)
class Heading:
    """A heading, numbered 一、二、三 by its order."""

    text: str


@dataclass(frozen=True)
class Grid:
    """A table: columns, rows by the keys of the columns, a caption above and a note below."""

    caption: str
    columns: tuple[Column, ...]
    rows: tuple[Mapping[str, str], ...]
    note: str = ""


Block = Say | Heading | Grid


@dataclass(frozen=True, kw_only=True)
class Paper:
    """A document of an office. ``head`` is the name in red; ``mark`` stands on every page of a draft or of one that is made up."""

    head: str
    number: str
    title: str
    to: str
    blocks: tuple[Block, ...]
    signed: str
    day: date
    copies: tuple[str, ...] = ()
    mark: str = ""
    footer: str = ""


def word_bytes(paper: Paper) -> bytes:
    """The document as the bytes of a Word file; the same data give the same bytes."""
    return steady(_Office(need("docx", package="python-docx"), paper).document())


def table_bytes(*, title: str, mark: str, grid: Grid) -> bytes:
    """One table under a title, on a page set crosswise, as the bytes of a Word file."""
    return steady(_Crosswise(need("docx", package="python-docx"), title=title, mark=mark, grid=grid).document())


class _Office(_Maker):
    """Sets one document with the page, the styles and the fonts of the bulletins."""

    def __init__(self, docx: Any, paper: Paper) -> None:
        super().__init__(docx, RANKING)
        self._paper = paper
        # Tables of words are read, not looked up: larger than the columns of numbers in a bulletin.
        self._sizes = {**self._sizes, "table": 10.5}

    def document(self) -> Any:
        made = super().document()
        made.core_properties.title, made.core_properties.subject = self._paper.title, self._paper.number
        return made

    def _head_and_foot(self) -> None:
        super()._head_and_foot()
        section = self._doc.sections[0]
        for paragraph, text in ((section.header.paragraphs[0], self._paper.mark), (section.footer.paragraphs[-1], self._paper.footer)):
            for run in paragraph.runs[1:]:
                run._r.getparent().remove(run._r)
            paragraph.runs[0].text = text

    def _body(self) -> None:
        for paragraph in list(self._doc.paragraphs):
            paragraph._p.getparent().remove(paragraph._p)
        paper = self._paper
        self._red_head()
        self._line(paper.title, "公文标题").paragraph_format.space_after = self._pt(14)
        if paper.to:
            self._flush(f"{paper.to}：")
        headings = tables = 0
        last: Any = None
        for block in paper.blocks:
            if isinstance(block, Say):
                last = self._line(block.text)
            elif isinstance(block, Heading):
                headings += 1
                self._line(f"{chinese_number(headings)}、{block.text}", "Heading 1")
            else:
                tables += 1
                self._table(block, tables)
        if last is not None and isinstance(paper.blocks[-1], Say):
            # No page with a signature and no text (GB/T 9704, 7.3.5.4).
            last.paragraph_format.keep_with_next = last.paragraph_format.keep_together = True
        self._signature()

    def _red_head(self) -> None:
        colour = need("docx.shared", package="python-docx").RGBColor.from_string(_RED)
        head = self._line("", "公文标题")
        run = head.add_run(self._paper.head)
        points = int(min(_HEAD_POINTS, _TEXT_POINTS / max(1, len(self._paper.head))) * 2) / 2
        run.font.size, run.font.color.rgb = self._pt(points), colour
        self._east(run, TITLE_FONT)
        head.paragraph_format.line_spacing = self._pt(points * 1.5)
        head.paragraph_format.space_before = self._pt(0)
        number = self._line(self._paper.number or "（文号待编）")
        number.alignment = 1
        number.paragraph_format.first_line_indent = self._pt(0)
        number.paragraph_format.space_before, number.paragraph_format.space_after = self._pt(20), self._pt(18)
        self._no_indent(number)
        rule = self._border("bottom", 18)
        rule.set(self._qn("w:color"), _RED)
        rule.set(self._qn("w:space"), "6")
        self._ruled(number, rule)

    def _ruled(self, paragraph: Any, *rules: Any) -> None:
        borders = self._element("w:pBdr")
        for rule in rules:
            borders.append(rule)
        properties = paragraph._p.get_or_add_pPr()
        # The schema wants the rule before spacing and indentation.
        later = [self._qn(f"w:{name}") for name in ("spacing", "ind", "jc")]
        first = next((child for child in properties if child.tag in later), None)
        if first is None:
            properties.append(borders)
        else:
            first.addprevious(borders)

    def _flush(self, text: str) -> Any:
        line = self._line(text)
        self._no_indent(line)
        return line

    def _no_indent(self, paragraph: Any) -> None:
        indent = paragraph._p.get_or_add_pPr().get_or_add_ind()
        indent.set(self._qn("w:firstLineChars"), "0")
        indent.set(self._qn("w:firstLine"), "0")

    def _table(self, grid: Grid, number: int) -> None:
        self._line(f"表{number}　{grid.caption}", "表题")
        table = self._doc.add_table(rows=1 + len(grid.rows), cols=len(grid.columns))
        table.autofit = False
        table.alignment = 1
        self._rules(table)
        widths = [self._mm(column.width) for column in grid.columns]
        for place, width in enumerate(widths):
            table.columns[place].width = width
        lines = [{column.key: column.heading for column in grid.columns}, *grid.rows]
        for number_of_row, (row, line) in enumerate(zip(table.rows, lines, strict=True)):
            heading = number_of_row == 0
            for cell, column, width in zip(row.cells, grid.columns, widths, strict=True):
                self._cell(cell, line[column.key], width=width, align=column.align, heading=heading)
            properties = row._tr.get_or_add_trPr()
            properties.append(self._element("w:cantSplit"))
            if heading:
                properties.append(self._element("w:tblHeader"))
        self._line(grid.note, "表注")

    def _cell(self, cell: Any, text: str, *, width: Any, align: str, heading: bool) -> None:
        cell.width, cell.vertical_alignment = width, 1
        paragraph = cell.paragraphs[0]
        paragraph.style = self._doc.styles["表文"]
        paragraph.alignment = {"left": 0, "center": 1, "right": 2}[align]
        run = paragraph.add_run(text)
        if heading:
            self._east(run, HEADING_FONT)
            paragraph.paragraph_format.keep_with_next = True
            self._under(cell)

    def _signature(self) -> None:
        paper = self._paper
        day = f"{paper.day.year}年{paper.day.month}月{paper.day.day}日"
        # The day stands four characters from the right edge, the name centred over it (GB/T 9704, 7.3.5).
        for text, before in ((paper.signed, 28.0), (day, 0.0)):
            line = self._line(text)
            self._no_indent(line)
            line.alignment = 2
            line.paragraph_format.space_before = self._pt(before)
            line.paragraph_format.keep_with_next = text is paper.signed
            over = max(0, len(paper.signed) - 5) // 2 if text is day else 0
            line._p.get_or_add_pPr().get_or_add_ind().set(self._qn("w:rightChars"), str(100 * (2 + over)))
            line._p.pPr.ind.set(self._qn("w:right"), str((2 + over) * 320))
        if paper.copies:
            line = self._flush(f"抄送：{'，'.join(paper.copies)}。")
            line.paragraph_format.space_before = self._pt(56)
            for run in line.runs:
                run.font.size = self._pt(14)
            self._ruled(line, self._border("top", 8), self._border("bottom", 8))


class _Crosswise(_Office):
    """A table on a page set crosswise."""

    def __init__(self, docx: Any, *, title: str, mark: str, grid: Grid) -> None:
        super().__init__(
            docx, Paper(head="", number="", title=title, to="", blocks=(grid,), signed="", day=date.min, mark=mark, footer=title)
        )  # fmt: skip
        self._grid_only = grid

    def _page(self) -> None:
        super()._page()
        section = self._doc.sections[0]
        section.orientation = 1
        section.page_width, section.page_height = section.page_height, section.page_width
        section.left_margin = section.right_margin = self._mm(24)
        section.top_margin = section.bottom_margin = self._mm(26)
        section.footer_distance = self._mm(12)

    def _body(self) -> None:
        for paragraph in list(self._doc.paragraphs):
            paragraph._p.getparent().remove(paragraph._p)
        self._line(self._paper.title, "公文标题")
        self._table(self._grid_only, 1)


def counted(words: Sequence[tuple[str, int]]) -> str:
    """Counts in words, zero ones left out.

    >>> counted([("红色", 2), ("黄色", 0), ("绿色", 5)])
    '红色2项、绿色5项'
    """
    return "、".join(f"{name}{number}项" for name, number in words if number) or "没有"
