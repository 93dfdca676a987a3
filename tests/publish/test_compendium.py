"""The Word book of cases: what stands in it, in which order, and that its contents name the pages on which a word processor puts it."""

from __future__ import annotations

import io
import random
import re
import shutil
import subprocess
import zipfile
from datetime import date
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import docx
import pytest
from PIL import Image as Drawing

from yangban.publish.compendium import HEIGHT, WIDTH, Chapter, Compendium, Image, MadeBook, Piece, Result, Volume, make_book
from yangban.publish.paging import Block, fall, lines_of, steady_fit

W = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
LETTERS = "生态环境保护治理修复水质空气森林湿地村民部门资金项目监测数据结果经验做法问题措施成效推广示范建设绿色低碳发展源头管控系统协同"


def picture(width: int, height: int, colour: str) -> Image:
    out = io.BytesIO()
    Drawing.new("RGB", (width, height), colour).save(out, "JPEG")
    return Image(out.getvalue(), width, height, "一片颜色", "图题")


def sentence(chance: random.Random, length: int) -> str:
    made = ""
    while len(made) < length:
        made += "".join(chance.choice(LETTERS) for _ in range(chance.randint(6, 30)))
        made += chance.choice(["，", "，", "；", "。", "29 µg/m³", "“两山”", "（PM2.5）", "2023年"])
    return made + "。"


def piece(chance: random.Random, n: int, pictures: list[Image]) -> Piece:
    def part() -> str:
        return "\n".join(sentence(chance, chance.randint(40, 240)) for _ in range(chance.randint(1, 4)))

    names = ("背景与问题", "主要做法", "取得成效", "可复制经验")
    return Piece(
        number=f"AL2026-{n:04d}", title=f"第{n}号" + sentence(chance, chance.randint(6, 30))[:-1],
        place=chance.choice(["南昌市", "崇义县"]), organisation="某局（示例）",
        tags=(chance.choice(["湿地", "矿山"]), "示例"), summary=sentence(chance, 60),
        sections=tuple((name, part()) for name in names), images=tuple(chance.sample(pictures, chance.randint(0, 4))),
        results=tuple(Result("南昌市 优良天数比例", "92.3 %", "2023年", "GB 3095-2012，第 0001 号发布") for _ in range(n % 4)),
    )  # fmt: skip


def book(count: int, seed: int = 1) -> Compendium:
    chance = random.Random(seed)
    sizes = ((800, 600, "teal"), (800, 450, "olive"), (600, 800, "navy"), (640, 640, "gray"), (900, 600, "green"))
    pictures = [picture(*size) for size in sizes]
    pieces = tuple(piece(chance, n, pictures) for n in range(1, count + 1))
    half = count // 2
    return Compendium(
        title="美丽建设在行动 资料汇编", subtitle="2026年", publisher="某厅（示例）", day=date(2026, 11, 26), foreword="说明。",
        volumes=(
            Volume("上册", (Chapter("湿地", pieces[: half // 2]), Chapter("矿山", pieces[half // 2 : half]))),
            Volume("下册", (Chapter("", pieces[half:]),)),
        ),
        mark="示例",
    )  # fmt: skip


@pytest.fixture(scope="module")
def made() -> MadeBook:
    return make_book(book(12))


def test_the_book_has_its_parts_in_order(made: MadeBook) -> None:
    document = docx.Document(io.BytesIO(made.content))
    styles = [each.style.name for each in document.paragraphs if each.text.strip()]
    order = [styles.index(name) for name in ("封面题名", "目录题", "TOC 1", "Heading 1", "Heading 2", "Heading 3", "索引题")]
    assert order == sorted(order)
    headings = [(int(each.style.name[-1]), each.text) for each in document.paragraphs if each.style.name.startswith("Heading")]
    assert headings == [(entry.level, entry.text) for entry in made.contents]
    assert [text for level, text in headings if level == 1] == ["上册", "下册", "索　引"]
    assert [text for level, text in headings if level == 2] == ["湿地", "矿山"]
    assert len([level for level, _ in headings if level == 3]) == 12


def test_contents_are_a_field_filled_in_with_links_and_pages(made: MadeBook) -> None:
    with zipfile.ZipFile(io.BytesIO(made.content)) as file:
        tree = ElementTree.fromstring(file.read("word/document.xml"))
        settings = file.read("word/settings.xml").decode()
    assert 'w:updateFields w:val="true"' in settings
    codes = ["".join(each.itertext()).strip() for each in tree.iter(f"{W}instrText")]
    assert sum(code.startswith("TOC ") for code in codes) == 1
    marks = {each.get(f"{W}name") for each in tree.iter(f"{W}bookmarkStart")}
    assert {entry.anchor for entry in made.contents} <= marks
    assert {code.split()[1] for code in codes if code.startswith("PAGEREF")} <= marks
    begun = [each.get(f"{W}fldCharType") for each in tree.iter(f"{W}fldChar")]
    assert begun.count("begin") == begun.count("separate") == begun.count("end")
    lines = ["".join(text.text or "" for text in link.iter(f"{W}t")) for link in tree.iter(f"{W}hyperlink")]
    assert lines == [f"{entry.text}{entry.page}" for entry in made.contents]
    starts = [(each.get(f"{W}fmt"), each.get(f"{W}start")) for each in tree.iter(f"{W}pgNumType")]
    assert starts[:2] == [("lowerRoman", "1"), ("decimal", "1")]


def test_pictures_say_what_they_show(made: MadeBook) -> None:
    with zipfile.ZipFile(io.BytesIO(made.content)) as file:
        text = file.read("word/document.xml").decode()
        media = [name for name in file.namelist() if name.startswith("word/media/")]
    assert len(media) == 5  # the same picture is kept once
    # Those of the cases, and the one on the cover.
    assert text.count('descr="一片颜色"') == text.count("<pic:blipFill>") == sum(len(each.images) for each in book(12).pieces) + 1


def test_the_index_leads_from_each_tag_and_place_to_its_pages(made: MadeBook) -> None:
    pages = [entry.page for entry in made.contents if entry.level == 3]
    for word in ("湿地", "矿山", "南昌市", "崇义县", "示例"):
        expected = [page for page, each in zip(pages, book(12).pieces, strict=True) if word in (*each.tags, each.place)]
        assert list(made.index[word]) == expected


def test_the_same_cases_make_the_same_bytes(made: MadeBook) -> None:
    assert make_book(book(12)).content == made.content


def test_text_that_looks_like_markup_stays_text() -> None:
    bad = Piece("AL1", "<w:br/>&amp;", "“x”", "]]>", ("<b>",), "\u0009&", (("一", "<script>alert(1)</script>"),))
    made = make_book(
        Compendium(
            title="书", subtitle="", publisher="局", day=date(2026, 1, 1), foreword="", volumes=(Volume("卷", (Chapter("", (bad,)),)),)
        )
    )
    document = docx.Document(io.BytesIO(made.content))
    assert "<script>alert(1)</script>" in [each.text for each in document.paragraphs]


@pytest.mark.skipif(shutil.which("soffice") is None or shutil.which("pdftotext") is None, reason="LibreOffice or poppler is not installed")
def test_a_word_processor_puts_every_case_on_the_page_that_the_contents_name(made: MadeBook, tmp_path: Path) -> None:
    (tmp_path / "book.docx").write_bytes(made.content)
    command = [
        "soffice",
        f"-env:UserInstallation=file://{tmp_path}/profile",
        "--headless",
        "--convert-to",
        "pdf",
        "--outdir",
        str(tmp_path),
    ]
    subprocess.run([*command, str(tmp_path / "book.docx")], check=True, capture_output=True, timeout=240)
    text = subprocess.run(
        ["pdftotext", "-layout", str(tmp_path / "book.pdf"), "-"], check=True, capture_output=True, encoding="utf-8"
    ).stdout
    where: dict[str, str] = {}
    last = ""
    for page in text.split("\f")[:-1]:
        lines = [line.strip() for line in page.splitlines() if line.strip()]
        if lines and (number := re.fullmatch(r"—\s*(\d+)\s*—", lines[-1])):
            last = number[1]
            where[number[1]] = re.sub(r"\s", "", page)
    assert last == str(made.pages)
    wrong = [entry for entry in made.contents if re.sub(r"\s", "", entry.text)[:10] not in where[str(entry.page)]]
    assert wrong == []


class TestPaging:
    @pytest.mark.parametrize(
        ("text", "lines"),
        [("", 1), ("一" * 27, 1), ("一" * 28, 2), ("一" * 27 + "。", 1), ("一" * 27 + "。”", 2), ("一" * 26 + "（二", 2), ("a" * 200, 4)],
    )  # fmt: skip
    def test_lines_break_where_chinese_typesetting_breaks_them(self, text: str, lines: int) -> None:
        """27 characters of 16 points fit into 156 mm; one mark may hang out, two may not; a bracket opens the next line."""
        assert lines_of(text, size=16, width=WIDTH) == lines

    def test_blocks_fall_on_pages(self) -> None:
        assert fall([Block(28, lines=22)], HEIGHT).pages == 1
        assert fall([Block(28, lines=23)], HEIGHT).pages == 2
        # A heading does not stay behind alone.
        fit = fall([Block(28, lines=21), Block(28, together=True), Block(28, lines=3)], HEIGHT)
        assert (fit.pages, fit.last) == (2, 112)
        # A row of pictures moves as a whole.
        assert fall([Block(28, lines=20), Block(200)], HEIGHT).pages == 2

    def test_the_surest_way_is_taken(self) -> None:
        ways: list[Any] = [0, 10, 300]
        way, fit = steady_fit(ways, lambda above: [Block(28, lines=22, before=above)], HEIGHT, safe=40)
        assert (way, fit.pages) == (300, 2)
