"""A compendium of cases as a Word book: cover, contents with page numbers, volumes and chapters, cases with pictures, an index.

Paper, margins and fonts are those of the bulletins. The contents are such as Word makes by itself, with its entries filled in from
:mod:`yangban.publish.paging`, so that a program that does not update fields prints the right numbers too. The same data give the same
bytes.
"""

from __future__ import annotations

import io
import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any, Final

from yangban.publish.bulletin.make_templates import HEADING_FONT, NOTE_FONT, TEXT_FONT, TITLE_FONT
from yangban.publish.bulletin.needs import need
from yangban.publish.bulletin.package import steady
from yangban.publish.official_word import Paper, _Office
from yangban.publish.paging import Block, lines_of, steady_fit

_MM: Final = 72 / 25.4
_TEXT_MM: Final = (156, 225)
"""Width and height of the text on A4 in millimetres, as GB/T 9704-2012 has them for official documents."""
WIDTH: Final = _TEXT_MM[0] * _MM
"""Width of the text in points."""
HEIGHT: Final = _TEXT_MM[1] * _MM
"""Height of the text in points."""
_SAFE: Final = 40.0
_BODY: Final = (16.0, 28.0)
_SMALL: Final = (10.5, 18.0)
_RED: Final = "C00000"
_ONE_LINE: Final = 12
_SHARED: Final = re.compile("([“”‘’…—]+)")


@dataclass(frozen=True)
class Image:
    """A picture: JPEG bytes, pixels, what it shows, and its caption."""

    content: bytes
    width: int
    height: int
    alt: str
    caption: str = ""


@dataclass(frozen=True)
class Result:
    """A released Figure beside a case: what, how much, and from which release and edition."""

    what: str
    value: str
    period: str
    root: str


@dataclass(frozen=True)
class Piece:
    """A case in the book."""

    number: str
    title: str
    place: str
    organisation: str
    tags: tuple[str, ...]
    summary: str
    sections: tuple[tuple[str, str], ...]
    results: tuple[Result, ...] = ()
    images: tuple[Image, ...] = ()
    note: str = ""


@dataclass(frozen=True)
class Chapter:
    """Cases under one heading; a chapter without a title has none."""

    title: str
    pieces: tuple[Piece, ...]


@dataclass(frozen=True)
class Volume:
    """A volume: a title page and chapters."""

    title: str
    chapters: tuple[Chapter, ...]


@dataclass(frozen=True, kw_only=True)
class Compendium:
    """A book. ``mark`` stands on every page of one that is made up or a draft."""

    title: str
    subtitle: str
    publisher: str
    day: date
    foreword: str
    volumes: tuple[Volume, ...]
    mark: str = ""

    @property
    def pieces(self) -> tuple[Piece, ...]:
        """All cases in their order."""
        return tuple(piece for volume in self.volumes for chapter in volume.chapters for piece in chapter.pieces)


@dataclass(frozen=True)
class Entry:
    """A line of the contents: its level, text, mark in the document, and page."""

    level: int
    text: str
    anchor: str
    page: int


@dataclass(frozen=True)
class MadeBook:
    """The book: its bytes, its contents, and how many pages the text has."""

    content: bytes
    contents: tuple[Entry, ...]
    pages: int
    index: dict[str, tuple[int, ...]] = field(default_factory=dict)


@dataclass(frozen=True)
class _Way:
    """One way to set a case: space above its title, and how large its pictures are."""

    above: float
    scale: float


_WAYS: Final = tuple(_Way(above, scale) for scale in (1.0, 0.9, 0.8, 0.7, 0.6) for above in (0.0, 24.0, 48.0, 72.0, 96.0, 120.0))


def make_book(book: Compendium) -> MadeBook:
    """Set the book."""
    maker = _Book(need("docx", package="python-docx"), book)
    document = maker.document()
    return MadeBook(steady(document), tuple(maker.contents), maker.page - 1, maker.index)


class _Book(_Office):
    """Sets a book, part by part, and counts its pages on the way."""

    def __init__(self, docx: Any, book: Compendium) -> None:
        super().__init__(
            docx,
            Paper(
                head="",
                number="",
                title=book.title,
                to="",
                blocks=(),
                signed=book.publisher,
                day=book.day,
                mark=book.mark,
                footer=book.title,
            ),
        )
        self._book = book
        self.page = 1
        self.contents: list[Entry] = []
        self.index: dict[str, tuple[int, ...]] = {}
        self._marks = 0
        self._held: dict[str, Any] = {}

    # ---------------------------------------------------------------------------------------------------------------------- styles

    def _styles(self) -> None:
        super()._styles()
        styles = self._doc.styles
        made: tuple[tuple[str, str, float, dict[str, Any]], ...] = (
            ("封面题名", TITLE_FONT, 36.0, {"line": 56.0, "centre": True}),
            ("封面文字", NOTE_FONT, 18.0, {"line": 32.0, "centre": True}),
            ("案例题名", TITLE_FONT, 20.0, {"line": 34.0, "centre": True, "keep": True}),
            ("案例出处", NOTE_FONT, 12.0, {"line": 22.0, "centre": True, "keep": True}),
            ("案例摘要", NOTE_FONT, 14.0, {"line": 26.0, "indent": True}),
            ("案例正文", TEXT_FONT, _BODY[0], {"line": _BODY[1], "indent": True}),
            ("案例小题", HEADING_FONT, _BODY[0], {"line": _BODY[1], "before": 8, "keep": True, "indent": True}),
            ("案例表题", HEADING_FONT, 11.0, {"line": 18.0, "before": 6, "keep": True}),
            ("索引题", HEADING_FONT, 14.0, {"line": 26.0, "before": 8, "keep": True}),
            ("索引条", TEXT_FONT, 11.0, {"line": 19.0}),
            ("目录题", TITLE_FONT, 22.0, {"line": 40.0, "after": 12, "centre": True}),
        )
        for name, font, size, options in made:
            self._style(styles.add_style(name, 1), font, size, **options)
        headings: tuple[tuple[str, str, float, dict[str, Any]], ...] = (
            ("Heading 1", TITLE_FONT, 26.0, {"line": 48.0, "centre": True, "keep": True}),
            ("Heading 2", HEADING_FONT, 16.0, {"line": 30.0, "centre": True, "keep": True}),
            ("Heading 3", TITLE_FONT, 20.0, {"line": 34.0, "centre": True, "keep": True}),
        )
        for name, font, size, options in headings:
            for old in styles[name].element.iter(self._qn("w:ind")):
                old.getparent().remove(old)
                break
            self._style(styles[name], font, size, **options)
        for level, font, before in ((1, HEADING_FONT, 10.0), (2, HEADING_FONT, 4.0), (3, TEXT_FONT, 0.0)):
            entry = styles.add_style(f"TOC {level}", 1)
            self._style(entry, font, 14.0 if level == 1 else 12.0, line=24.0 if level == 1 else 21.0, before=before)
            entry.paragraph_format.left_indent = self._pt((level - 1) * 14)
            tabs = entry.paragraph_format.tab_stops
            tabs.add_tab_stop(self._mm(_TEXT_MM[0]), 2, 1)
        for name in ("案例正文", "案例摘要"):
            styles[name].paragraph_format.widow_control = False

    # ------------------------------------------------------------------------------------------------------------------ head and foot

    def _head_and_foot(self) -> None:
        """The cover has neither; contents have Roman numbers; the text has — 1 —."""
        section = self._doc.sections[0]
        self._mark(section)

    def _mark(self, section: Any) -> None:
        head = section.header.paragraphs[0]
        head.style = self._doc.styles["页眉标记"]
        head.add_run(self._book.mark)

    def _foot(self, section: Any) -> None:
        section.footer.is_linked_to_previous = False
        foot = section.footer.paragraphs[0]
        for run in list(foot.runs):
            run._r.getparent().remove(run._r)
        foot.style = self._doc.styles["页脚"]
        foot.alignment = 1
        for text, code in (("— ", "PAGE"), (" —", "")):
            run = foot.add_run(text)
            run.font.size = self._pt(14)
            if code:
                self._page_field(foot, code)
        for run in foot.runs:
            run.font.size = self._pt(14)

    def _next_section(self, *, kind: int = 2, first: int | None = None, form: str = "decimal", columns: int = 1) -> Any:
        """A section on a new page; ``first`` is the number of its first page."""
        section = self._doc.add_section(kind)
        properties = section._sectPr
        for old in properties.findall(self._qn("w:pgNumType")):
            properties.remove(old)
        numbers = self._element("w:pgNumType")
        numbers.set(self._qn("w:fmt"), form)
        if first is not None:
            numbers.set(self._qn("w:start"), str(first))
        held = properties.find(self._qn("w:cols"))
        if held is None:
            held = self._element("w:cols")
            properties.append(held)
        held.set(self._qn("w:num"), str(columns))
        held.set(self._qn("w:space"), "480")
        # The schema wants the numbers before the columns.
        held.addprevious(numbers)
        return section

    # ------------------------------------------------------------------------------------------------------------------------- body

    def _body(self) -> None:
        for paragraph in list(self._doc.paragraphs):
            paragraph._p.getparent().remove(paragraph._p)
        self._settings()
        self._cover()
        self._foot(self._next_section(first=1, form="lowerRoman"))
        self._foreword()
        self._line("目　录", "目录题").paragraph_format.page_break_before = bool(self._book.foreword.strip())
        place = self._line("")
        text = self._next_section(first=1)
        self._foot(text)
        for n, volume in enumerate(self._book.volumes):
            self._volume(volume, n)
        self._foot(self._next_section(columns=1))
        self._index_pages()
        self._fill_contents(place)

    def _settings(self) -> None:
        """Word brings page numbers up to date when it opens the book; they are right before that too."""
        settings = self._doc.settings.element
        update = self._element("w:updateFields")
        update.set(self._qn("w:val"), "true")
        # Word's schema has this before the default tab stop.
        later = [
            self._qn(f"w:{each}")
            for each in (
                "hdrShapeDefaults",
                "footnotePr",
                "endnotePr",
                "compat",
                "rsids",
                "themeFontLang",
                "clrSchemeMapping",
                "shapeDefaults",
                "decimalSymbol",
                "listSeparator",
            )
        ]
        first = next((child for child in settings if child.tag in later), None)
        if first is None:
            settings.append(update)
        else:
            first.addprevious(update)

    def _cover(self) -> None:
        book = self._book
        cover = next((piece.images[0] for piece in book.pieces if piece.images), None)
        top = self._line(book.subtitle or " ", "封面文字")
        top.paragraph_format.space_before = self._pt(36 if cover else 90)
        name = self._line(book.title, "封面题名")
        name.paragraph_format.space_before = self._pt(18)
        parts = book.title.split() if len(book.title) > _ONE_LINE else [book.title]
        for run in list(name.runs):
            run._r.getparent().remove(run._r)
        size = min(36.0, int(WIDTH / max(map(len, parts))))
        for n, part in enumerate(parts):
            run = name.add_run(part)
            run.font.size = self._pt(size)
            if n < len(parts) - 1:
                run.add_break()
        rule = self._border("bottom", 18)
        rule.set(self._qn("w:color"), _RED)
        rule.set(self._qn("w:space"), "14")
        self._ruled(name, rule)
        if cover is not None:
            self._pictures((Image(cover.content, cover.width, cover.height, cover.alt),), _Way(0, 1), room=(WIDTH, 88 * _MM), before=30.0)
        under = self._line(book.publisher, "封面文字")
        lines = sum(lines_of(part, size=size, width=WIDTH) for part in parts)
        under.paragraph_format.space_before = self._pt(max(12, (78 if cover else 330) - 56 * (lines - 1)))
        self._line(f"{book.day.year}年{book.day.month}月", "封面文字")

    def _foreword(self) -> None:
        paragraphs = [line for line in self._book.foreword.split("\n") if line.strip()]
        if not paragraphs:
            return
        self._line("编　者　说　明", "目录题")
        for text in paragraphs:
            self._text(text.strip(), "案例正文")

    def _text(self, text: str, style: str) -> Any:
        made = self._line("", self._named(style))
        self._runs(made, text)
        return made

    def _runs(self, paragraph: Any, text: str) -> list[Any]:
        """The text with the marks that Chinese and Latin share set as Chinese ones, in every program."""
        made = []
        for n, part in enumerate(_SHARED.split(text)):
            if part:
                run = paragraph.add_run(part)
                if n % 2:
                    run._r.get_or_add_rPr().get_or_add_rFonts().set(self._qn("w:hint"), "eastAsia")
                made.append(run)
        return made

    def _named(self, style: str) -> Any:
        """A style, looked up once."""
        if style not in self._held:
            self._held[style] = self._doc.styles[style]
        return self._held[style]

    def _heading(self, text: str, level: int) -> Any:
        """A heading that the contents name."""
        self._marks += 1
        anchor = f"_Toc{self._marks:06d}"
        made = self._text(text, f"Heading {level}")
        start, end = self._element("w:bookmarkStart"), self._element("w:bookmarkEnd")
        for element in (start, end):
            element.set(self._qn("w:id"), str(self._marks))
        start.set(self._qn("w:name"), anchor)
        made.runs[0]._r.addprevious(start)
        made._p.append(end)
        self.contents.append(Entry(level, text, anchor, self.page))
        return made

    def _volume(self, volume: Volume, n: int) -> None:
        made = self._heading(volume.title, 1)
        made.paragraph_format.page_break_before = n > 0
        made.paragraph_format.space_before = self._pt(220)
        # The names of chapters below the title, as a reader opens the volume.
        for chapter in volume.chapters:
            if chapter.title:
                self._line(chapter.title, "封面文字")
        self.page += 1
        for chapter in volume.chapters:
            for k, piece in enumerate(chapter.pieces):
                self._piece(piece, chapter.title if k == 0 else "")

    # ------------------------------------------------------------------------------------------------------------------------ a case

    def _piece(self, piece: Piece, chapter: str) -> None:
        way, fit = steady_fit(_WAYS, lambda each: self._blocks(piece, chapter, each), HEIGHT, safe=_SAFE)
        if chapter:
            head = self._heading(chapter, 2)
            head.paragraph_format.page_break_before = True
            title = self._heading(piece.title, 3)
        else:
            title = self._heading(piece.title, 3)
            title.paragraph_format.page_break_before = True
        title.paragraph_format.space_before = self._pt(way.above)
        self._text(f"{piece.place}　{piece.organisation}", "案例出处")
        last = self._text(piece.summary, "案例摘要")
        last.paragraph_format.space_before = last.paragraph_format.space_after = self._pt(8)
        for n, (name, text) in enumerate(piece.sections):
            self._text(f"{'一二三四五六七八九'[n]}、{name}", "案例小题")
            for line in text.split("\n"):
                if line.strip():
                    self._text(line.strip(), "案例正文")
            if n == 1 and piece.images:
                self._pictures(piece.images, way)
            if n == 2 and piece.results:
                self._results(piece.results)
        end = self._text(self._tail(piece), "表注")
        end.paragraph_format.space_before = self._pt(12)
        end.paragraph_format.space_after = self._pt(0)
        for word in (*piece.tags, piece.place):
            self.index[word] = tuple(dict.fromkeys((*self.index.get(word, ()), self.page)))
        self.page += fit.pages

    def _tail(self, piece: Piece) -> str:
        return f"编号 {piece.number}。标签：{'、'.join(piece.tags)}。{piece.note}"

    def _blocks(self, piece: Piece, chapter: str, way: _Way) -> list[Block]:
        """The same case as blocks, to be counted: every height here is one that :meth:`_piece` sets."""
        size, line = _BODY
        blocks = [Block(30.0, lines_of(chapter, size=16, width=WIDTH), together=True)] if chapter else []
        blocks.append(Block(34.0, lines_of(piece.title, size=20, width=WIDTH), before=way.above, together=True))
        blocks.append(Block(22.0, lines_of(f"{piece.place}　{piece.organisation}", size=12, width=WIDTH), together=True))
        blocks.append(Block(26.0, lines_of(piece.summary, size=14, width=WIDTH, first=28), before=8))
        after = 8.0
        for n, (name, text) in enumerate(piece.sections):
            blocks.append(Block(line, lines_of(f"一、{name}", size=size, width=WIDTH, first=32), before=8 + after, together=True))
            after = 0.0
            blocks += [Block(line, lines_of(each.strip(), size=size, width=WIDTH, first=32)) for each in text.split("\n") if each.strip()]
            if n == 1 and piece.images:
                blocks += [block for row in self._rows(piece.images, way) for block in row]
            if n == 2 and piece.results:
                blocks.append(Block(18.0, before=6, together=True))
                blocks += [Block(height, together=k < len(piece.results)) for k, height in enumerate(self._heights(piece.results))]
                after = 8.0
        blocks.append(Block(12.6, lines_of(self._tail(piece), size=9, width=WIDTH), before=12 + after))
        return blocks

    # -------------------------------------------------------------------------------------------------------- pictures and results

    def _room(self, count: int, way: _Way) -> tuple[float, float]:
        return (124 * _MM * way.scale, 84 * _MM * way.scale) if count == 1 else (75 * _MM, 58 * _MM * way.scale)

    def _pairs(self, images: Sequence[Image]) -> list[Sequence[Image]]:
        return [images[n : n + 2] for n in range(0, len(images), 2)]

    def _rows(self, images: Sequence[Image], way: _Way) -> list[list[Block]]:
        made = []
        for pair in self._pairs(images):
            height = max(_size(each, self._room(len(pair), way))[1] for each in pair)
            # A small line above every row: tables that touch would become one.
            made.append([Block(6.0, together=True), Block(height + 14, together=True), Block(_caption_height(pair))])
        return [*made, [Block(6.0)]]

    def _pictures(
        self, images: Sequence[Image], way: _Way, *, room: tuple[float, float] | None = None, before: float = 0.0
    ) -> None:  # fmt: skip
        for pair in self._pairs(images):
            self._gap(6.0, before=before, keep=True)
            table = self._doc.add_table(rows=2, cols=len(pair))
            table.autofit, table.alignment = False, 1
            space = room or self._room(len(pair), way)
            sizes = [_size(each, space) for each in pair]
            for column, (image, (wide, high)) in enumerate(zip(pair, sizes, strict=True)):
                cell = table.cell(0, column)
                cell.width, cell.vertical_alignment = self._mm(_TEXT_MM[0] / len(pair)), 3
                paragraph = cell.paragraphs[0]
                paragraph.style, paragraph.alignment = self._named("图"), 1
                paragraph.paragraph_format.space_before = self._pt(0)
                paragraph.paragraph_format.keep_with_next = True
                shape = paragraph.add_run().add_picture(io.BytesIO(image.content), width=self._pt(wide), height=self._pt(high))
                shape._inline.docPr.set("descr", image.alt)
                under = table.cell(1, column)
                under.width = self._mm(_TEXT_MM[0] / len(pair))
                caption = under.paragraphs[0]
                caption.style, caption.alignment = self._named("图题"), 1
                caption.paragraph_format.space_before = caption.paragraph_format.space_after = self._pt(0)
                self._runs(caption, image.caption)
            self._exact(table.rows[0], max(high for _, high in sizes) + 14)
            self._exact(table.rows[1], _caption_height(pair))
        self._gap(6.0)

    def _gap(self, points: float, *, before: float = 0.0, keep: bool = False) -> None:
        made = self._line("", "表注")
        form = made.paragraph_format
        form.line_spacing, form.space_before, form.space_after = self._pt(points), self._pt(before), self._pt(0)
        form.keep_with_next = keep

    def _exact(self, row: Any, points: float) -> None:
        row.height, row.height_rule = self._pt(points), 2
        row._tr.get_or_add_trPr().append(self._element("w:cantSplit"))

    _COLUMNS: Final = ((48, "left"), (32, "right"), (22, "center"), (54, "left"))

    def _heights(self, results: Sequence[Result]) -> list[float]:
        size, line = _SMALL
        made = [line + 6]
        for each in results:
            texts = (each.what, each.value, each.period, each.root)
            count = max(lines_of(text, size=size, width=wide * _MM - 5) for text, (wide, _) in zip(texts, self._COLUMNS, strict=True))
            made.append(line * count + 6)
        return made

    def _results(self, results: Sequence[Result]) -> None:
        self._text("附：已发布的结果", "案例表题")
        table = self._doc.add_table(rows=1 + len(results), cols=4)
        table.autofit, table.alignment = False, 1
        self._rules(table)
        for n, (wide, _) in enumerate(self._COLUMNS):
            table.columns[n].width = self._mm(wide)
        lines = [("结果", "数值", "时段", "依据"), *((each.what, each.value, each.period, each.root) for each in results)]
        for row, texts, height in zip(table.rows, lines, self._heights(results), strict=True):
            for cell, text, (wide, align) in zip(row.cells, texts, self._COLUMNS, strict=True):
                cell.width, cell.vertical_alignment = self._mm(wide), 1
                paragraph = cell.paragraphs[0]
                paragraph.style = self._named("表文")
                paragraph.alignment = {"left": 0, "center": 1, "right": 2}[align]
                paragraph.paragraph_format.line_spacing = self._pt(_SMALL[1])
                paragraph.paragraph_format.keep_with_next = row._tr is not table.rows[-1]._tr
                run = paragraph.add_run(text)
                run.font.size = self._pt(_SMALL[0])
                if row._tr is table.rows[0]._tr:
                    self._east(run, HEADING_FONT)
                    self._under(cell)
            self._exact(row, height)
        self._gap(8.0)

    # --------------------------------------------------------------------------------------------------------- contents and index

    def _index_pages(self) -> None:
        places = dict.fromkeys(piece.place for piece in self._book.pieces)
        tags = dict.fromkeys(word for piece in self._book.pieces for word in piece.tags)
        anchors = {entry.page: entry.anchor for entry in self.contents if entry.level == 3}
        self._heading("索　引", 1)
        self._doc.paragraphs[-1].paragraph_format.space_before = self._pt(0)
        two = self._next_section(kind=0, columns=2)
        two.footer.is_linked_to_previous = True
        for name, words in (("按地区", sorted(places)), ("按标签", sorted(tags))):
            self._line(name, "索引题")
            for word in words:
                made = self._text(f"{word}\u3000", "索引条")
                made.paragraph_format.left_indent, made.paragraph_format.first_line_indent = self._pt(22), self._pt(-22)
                for n, page in enumerate(self.index.get(word, ())):
                    if n:
                        made.add_run(", ")
                    self._page_of(made, anchors[page], page)
        self.page += 1

    def _page_of(self, paragraph: Any, anchor: str, page: int, *, into: Any = None) -> None:
        """The page of a mark as a field, with the number that it has."""
        for kind, text in (("begin", ""), ("", f" PAGEREF {anchor} \\h "), ("separate", ""), ("text", str(page)), ("end", "")):
            run = paragraph.add_run()
            if kind == "text":
                run.text = text
            else:
                element = self._element("w:instrText" if not kind else "w:fldChar")
                if kind:
                    element.set(self._qn("w:fldCharType"), kind)
                else:
                    element.set(self._qn("xml:space"), "preserve")
                    element.text = text
                run._r.append(element)
            if into is not None:
                into.append(run._r)

    def _fill_contents(self, place: Any) -> None:
        """The contents where their place was kept: one field over all lines, each a link with its page."""
        before = place
        for n, entry in enumerate(self.contents):
            made = self._line("", self._named(f"TOC {entry.level}"))
            before._p.addnext(made._p)
            before = made
            if n == 0:
                for kind, text in (("begin", ""), ("", ' TOC \\o "1-3" \\h \\z \\u '), ("separate", "")):
                    self._field_part(made, kind, text)
            link = self._element("w:hyperlink")
            link.set(self._qn("w:anchor"), entry.anchor)
            link.set(self._qn("w:history"), "1")
            made._p.append(link)
            for run in self._runs(made, entry.text):
                link.append(run._r)
            link.append(made.add_run("\t")._r)
            self._page_of(made, entry.anchor, entry.page, into=link)
        self._field_part(before, "end", "")
        place._p.getparent().remove(place._p)

    def _field_part(self, paragraph: Any, kind: str, text: str) -> None:
        element = self._element("w:instrText" if not kind else "w:fldChar")
        if kind:
            element.set(self._qn("w:fldCharType"), kind)
        else:
            element.set(self._qn("xml:space"), "preserve")
            element.text = text
        paragraph.add_run()._r.append(element)


def _size(image: Image, room: tuple[float, float]) -> tuple[float, float]:
    """Width and height in points of a picture in a room."""
    share = min(room[0] / image.width, room[1] / image.height)
    return image.width * share, image.height * share


def _caption_height(pair: Sequence[Image]) -> float:
    wide = WIDTH / len(pair) - 12
    return 18.0 * max((lines_of(each.caption, size=11, width=wide) for each in pair if each.caption), default=0) + 6


__all__ = ["Chapter", "Compendium", "Entry", "Image", "MadeBook", "Piece", "Result", "Volume", "make_book"]
