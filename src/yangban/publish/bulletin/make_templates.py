"""Make the Word templates: ``python -m yangban.publish.bulletin.make_templates [FOLDER]``.

A template is an ordinary Word file with the places for text marked as docxtpl reads them; a bureau may change it in Word and pass it to
``yangban report --template``. Paper and margins are those of GB/T 9704-2012 for official documents: A4, 37 mm above, 35 below, 28 left,
26 right; title in 方正小标宋简体 of size 二号, headings in 黑体, text in 仿宋_GB2312, both of size 三号. For machines without these
fonts the font table names those that stand in for them. The same program makes the same bytes.
"""

from __future__ import annotations

import re
import sys
from pathlib import Path
from typing import Any, Final

from yangban.publish.bulletin.layout import KINDS, LAYOUTS, TIGHT, Column, Grid, Picture, Say
from yangban.publish.bulletin.needs import need
from yangban.publish.bulletin.package import steady

FOLDER: Final = Path(__file__).parent / "templates"

TITLE_FONT: Final = "方正小标宋简体"
TEXT_FONT: Final = "仿宋_GB2312"
HEADING_FONT: Final = "黑体"
NOTE_FONT: Final = "楷体_GB2312"
LATIN_FONT: Final = "Times New Roman"
STAND_INS: Final = {
    TITLE_FONT: "FZXiaoBiaoSong-B05S,华文中宋,STZhongsong,宋体,SimSun,Noto Serif CJK SC,Source Han Serif SC",
    TEXT_FONT: "仿宋,FangSong,华文仿宋,STFangsong,FandolFang,Noto Serif CJK SC",
    HEADING_FONT: "SimHei,华文黑体,STHeiti,Noto Sans CJK SC,Source Han Sans SC",
    NOTE_FONT: "楷体,KaiTi,华文楷体,STKaiti,FandolKai,Noto Serif CJK SC",
    LATIN_FONT: "Liberation Serif",
}
"""Fonts that stand in for the official ones, in the order in which Word and WPS try them."""

_MARGINS: Final = {"top_margin": 37, "bottom_margin": 35, "left_margin": 28, "right_margin": 26}
_SIZES: Final = {"title": 22.0, "heading": 16.0, "text": 16.0, "caption": 11.0, "table": 9.0, "note": 9.0, "foot": 8.0}
_TIGHT_SIZES: Final = {"title": 18.0, "heading": 11.0, "text": 10.5, "caption": 10.0, "table": 9.0, "note": 8.0, "foot": 8.0}
_LINE: Final = 28.0
_TIGHT_LINE: Final = 14.5
_FONTS_PART: Final = "/word/fontTable.xml"
_THEME_PART: Final = "/word/theme/theme1.xml"


def make(kind: str) -> bytes:
    """The template of one kind of bulletin, as the bytes of a Word file."""
    docx = need("docx", package="python-docx")
    return steady(_Maker(docx, kind).document())


class _Maker:
    """Builds one template, part by part."""

    def __init__(self, docx: Any, kind: str) -> None:
        self._docx = docx
        self._kind = kind
        self._tight = kind in TIGHT
        self._sizes = _TIGHT_SIZES if self._tight else _SIZES
        self._doc = docx.Document()
        self._pt = need("docx.shared", package="python-docx").Pt
        self._mm = need("docx.shared", package="python-docx").Mm
        self._qn = need("docx.oxml.ns", package="python-docx").qn
        self._element = need("docx.oxml", package="python-docx").OxmlElement

    def document(self) -> Any:
        self._page()
        self._styles()
        self._fonts()
        self._head_and_foot()
        self._body()
        properties = self._doc.core_properties
        properties.title, properties.subject, properties.language = "{{ title }}", "{{ subtitle }}", "zh-CN"
        properties.author = properties.comments = properties.keywords = ""
        for stamp in ("dcterms:created", "dcterms:modified", "cp:lastModifiedBy", "cp:revision"):
            for found in properties._element.findall(self._qn(stamp)):
                properties._element.remove(found)
        return self._doc

    def _page(self) -> None:
        section = self._doc.sections[0]
        section.page_width, section.page_height = self._mm(210), self._mm(297)
        for side, millimetres in _MARGINS.items():
            setattr(section, side, self._mm(millimetres))
        if self._tight:
            section.top_margin, section.bottom_margin = self._mm(22), self._mm(22)
        section.header_distance, section.footer_distance = self._mm(12), self._mm(10 if self._tight else 24)

    def _styles(self) -> None:
        styles, sizes = self._doc.styles, self._sizes
        for language in styles.element.iter(self._qn("w:lang")):
            # Else a program may set Chinese text with the punctuation of another place.
            language.set(self._qn("w:eastAsia"), "zh-CN")
        line = _TIGHT_LINE if self._tight else _LINE
        above, below, row = (2, 1, 1.2) if self._tight else (8, 3, 1.4)
        self._style(styles["Normal"], TEXT_FONT, sizes["text"], line=line)
        self._style(
            styles["Heading 1"],
            HEADING_FONT,
            sizes["heading"],
            line=line,
            before=2 if self._tight else 6,
            after=0 if self._tight else 2,
            keep=True,
            indent=not self._tight,
        )
        for name, font, size, options in (
            ("公文标题", TITLE_FONT, sizes["title"], {"line": sizes["title"] * 1.6, "before": 0 if self._tight else 14, "centre": True}),
            ("公文副题", NOTE_FONT, sizes["caption"] + 1, {"line": 20, "after": 8, "centre": True}),
            ("公文正文", TEXT_FONT, sizes["text"], {"line": line, "indent": True}),
            (
                "表题",
                HEADING_FONT,
                sizes["caption"],
                {"line": sizes["caption"] * 1.5, "before": above, "after": below, "centre": True, "keep": True},
            ),
            ("图", TEXT_FONT, sizes["caption"], {"before": 8, "centre": True, "keep": True}),
            ("图题", HEADING_FONT, sizes["caption"], {"line": 18, "before": 2, "after": 8, "centre": True}),
            ("表文", TEXT_FONT, sizes["table"], {"line": sizes["table"] * row}),
            ("表注", NOTE_FONT, sizes["note"], {"line": sizes["note"] * 1.4, "before": 1, "after": 1 if self._tight else 6}),
            ("说明", TEXT_FONT, sizes["note"] + 1.5, {"line": (sizes["note"] + 1.5) * 1.6, "indent": True}),
            ("页脚", TEXT_FONT, sizes["foot"], {"line": 12, "centre": True}),
            ("页眉标记", HEADING_FONT, 12.0, {"line": 18, "centre": True}),
        ):
            self._style(styles.add_style(name, 1), font, size, **options)

    def _style(
        self, style: Any, font: str, size: float, *, line: float | None = None, before: float = 0, after: float = 0,
        centre: bool = False, keep: bool = False, indent: bool = False,
    ) -> None:  # fmt: skip
        form = style.paragraph_format
        form.space_before, form.space_after = self._pt(before), self._pt(after)
        form.widow_control = True
        form.keep_with_next = keep
        form.line_spacing = self._pt(line) if line else 1.0
        form.alignment = 1 if centre else None
        style.font.size, style.font.name = self._pt(size), LATIN_FONT
        style.font.bold = style.font.italic = False
        style.font.color.rgb = need("docx.shared", package="python-docx").RGBColor(0, 0, 0)
        fonts = style.element.get_or_add_rPr().get_or_add_rFonts()
        for theme in ("asciiTheme", "hAnsiTheme", "eastAsiaTheme", "cstheme"):
            fonts.attrib.pop(self._qn(f"w:{theme}"), None)
        for which, name in (("ascii", LATIN_FONT), ("hAnsi", LATIN_FONT), ("cs", LATIN_FONT), ("eastAsia", font)):
            fonts.set(self._qn(f"w:{which}"), name)
        if indent:
            # Two characters, as official documents begin a paragraph.
            shift = self._element("w:ind")
            shift.set(self._qn("w:firstLineChars"), "200")
            shift.set(self._qn("w:firstLine"), str(round(size * 2 * 20)))
            style.element.get_or_add_pPr().append(shift)

    def _fonts(self) -> None:
        """The font table with the fonts that stand in, and a theme whose Chinese fonts are such as every Chinese system has."""
        entries = []
        for name, others in STAND_INS.items():
            charset, family = ("00", "roman") if name == LATIN_FONT else ("86", "swiss" if name == HEADING_FONT else "roman")
            entries.append(
                f'<w:font w:name="{name}"><w:altName w:val="{others}"/><w:charset w:val="{charset}"/>'
                f'<w:family w:val="{family}"/><w:pitch w:val="variable"/></w:font>'
            )
        space = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"
        table = f'<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n<w:fonts xmlns:w="{space}">{"".join(entries)}</w:fonts>'
        for part in self._doc.part.package.iter_parts():
            if part.partname == _FONTS_PART:
                part._blob = table.encode()
            elif part.partname == _THEME_PART:
                part._blob = re.sub(rb'(script="Hans" typeface=")[^"]*', rb"\1" + "仿宋".encode(), part.blob)

    def _head_and_foot(self) -> None:
        section = self._doc.sections[0]
        head = section.header.paragraphs[0]
        head.style = self._doc.styles["页眉标记"]
        head.add_run("{{ mark }}").bold = True
        foot = section.footer.paragraphs[0]
        foot.style = self._doc.styles["页脚"]
        for text, code in (("第 ", "PAGE"), (" 页　共 ", "NUMPAGES"), (" 页", "")):
            foot.add_run(text)
            if code:
                self._page_field(foot, code)
        note = section.footer.add_paragraph("{{ footer }}", style="页脚")
        note.paragraph_format.space_before = self._pt(2)

    def _page_field(self, paragraph: Any, code: str) -> None:
        for kind, text in (("begin", ""), ("", code), ("separate", ""), ("text", "1"), ("end", "")):
            run = paragraph.add_run()
            if kind == "text":
                run.text = text
                continue
            element = self._element("w:instrText" if not kind else "w:fldChar")
            if kind:
                element.set(self._qn("w:fldCharType"), kind)
            else:
                element.text = f" {text} "
            run._r.append(element)

    def _body(self) -> None:
        for paragraph in list(self._doc.paragraphs):
            paragraph._p.getparent().remove(paragraph._p)
        self._line("{{ title }}", "公文标题")
        self._line("{{ subtitle }}", "公文副题")
        for section in LAYOUTS[self._kind]:
            if section.title:
                self._line(f"{{%p if heading.{section.id} %}}")
                self._line(f"{{{{ heading.{section.id} }}}}", "Heading 1")
                self._line("{%p endif %}")
            for item in section.items:
                if isinstance(item, Say):
                    self._say(item, section.id)
                elif isinstance(item, Grid):
                    self._grid(item)
                elif isinstance(item, Picture):
                    self._picture(item)

    def _line(self, text: str, style: str = "公文正文") -> Any:
        return self._doc.add_paragraph(text, style=style)

    def _say(self, item: Say, section: str) -> None:
        self._line(f"{{%p for line in say.{item.id} %}}")
        line = self._line("{{ line }}", "说明" if section == "method" else "公文正文")
        if item.lead:
            line.paragraph_format.keep_with_next = True
        self._line("{%p endfor %}")

    def _picture(self, item: Picture) -> None:
        self._line(f"{{%p if chart.{item.id} %}}")
        self._line(f"{{{{ chart.{item.id}.picture }}}}", "图")
        self._line(f"{{{{ chart.{item.id}.label }}}}　{{{{ chart.{item.id}.caption }}}}", "图题")
        self._line("{%p endif %}")

    def _grid(self, item: Grid) -> None:
        name = f"table.{item.id}"
        self._line(f"{{%p if {name} %}}")
        self._line(f"{{{{ {name}.label }}}}　{{{{ {name}.caption }}}}", "表题")
        cells: list[tuple[str, str, Column | None]] = []
        for column in item.columns:
            if column.each:
                cells += [
                    (f"{{%tc for head in {name}.heads.{column.key} %}}", f"{{%tc for cell in row.{column.key} %}}", None),
                    ("{{ head }}", "{{ cell }}", column),
                    ("{%tc endfor %}", "{%tc endfor %}", None),
                ]
            else:
                cells.append((column.heading, f"{{{{ row.{column.key} }}}}", column))
        table = self._doc.add_table(rows=4, cols=len(cells))
        table.autofit = False
        table.alignment = 1
        self._rules(table)
        for n, (head, content, of) in enumerate(cells):
            width = self._mm(of.width if of else 1)
            table.columns[n].width = width
            for row, text in ((0, head), (2, content)):
                cell = table.cell(row, n)
                cell.width, cell.vertical_alignment = width, 1
                paragraph = cell.paragraphs[0]
                paragraph.style = self._doc.styles["表文"]
                for part, piece in enumerate(text.split("\n")):
                    run = paragraph.add_run(piece)
                    if row == 0:
                        self._east(run, HEADING_FONT)
                        run.font.size = self._pt(self._sizes["table"] - 1)
                    if part < text.count("\n"):
                        run.add_break()
                paragraph.alignment = {"left": 0, "center": 1, "right": 2}[of.align if of else "center"]
                paragraph.paragraph_format.keep_with_next = row == 0 or item.whole
                if row == 0:
                    self._under(cell)
        self._loop(table.rows[1], f"{{%tr for row in {name}.rows %}}")
        self._loop(table.rows[3], "{%tr endfor %}")
        for row in (table.rows[0], table.rows[2]):
            properties = row._tr.get_or_add_trPr()
            properties.append(self._element("w:cantSplit"))
            if row._tr is table.rows[0]._tr:
                properties.append(self._element("w:tblHeader"))
        self._line(f"{{{{ {name}.note }}}}", "表注")
        self._line("{%p endif %}")

    def _loop(self, row: Any, tag: str) -> None:
        row.cells[0].paragraphs[0].add_run(tag)

    def _east(self, run: Any, font: str) -> None:
        fonts = run._r.get_or_add_rPr().get_or_add_rFonts()
        fonts.set(self._qn("w:eastAsia"), font)

    def _rules(self, table: Any) -> None:
        """Thick rules above and below; cells close together."""
        properties = table._tbl.tblPr
        borders = self._element("w:tblBorders")
        for side in ("top", "bottom"):
            borders.append(self._border(side, 12))
        properties.append(borders)
        margins = self._element("w:tblCellMar")
        for side, twips in (("top", 20), ("left", 45), ("bottom", 20), ("right", 45)):
            edge = self._element(f"w:{side}")
            edge.set(self._qn("w:w"), str(twips))
            edge.set(self._qn("w:type"), "dxa")
            margins.append(edge)
        properties.append(margins)

    def _under(self, cell: Any) -> None:
        """The thin rule under the headings."""
        borders = self._element("w:tcBorders")
        borders.append(self._border("bottom", 6))
        properties = cell._tc.get_or_add_tcPr()
        # The schema wants the borders before the vertical alignment.
        align = properties.find(self._qn("w:vAlign"))
        if align is None:
            properties.append(borders)
        else:
            align.addprevious(borders)

    def _border(self, side: str, eighths: int) -> Any:
        edge = self._element(f"w:{side}")
        for key, content in (("val", "single"), ("sz", str(eighths)), ("space", "0"), ("color", "000000")):
            edge.set(self._qn(f"w:{key}"), content)
        return edge


def main(folder: Path = FOLDER) -> None:
    """Write all templates."""
    folder.mkdir(parents=True, exist_ok=True)
    for kind in KINDS:
        (folder / f"{kind}.docx").write_bytes(make(kind))


if __name__ == "__main__":
    main(Path(sys.argv[1]) if len(sys.argv) > 1 else FOLDER)
