"""Compendia: what stands in them, who may make them, and that what is made is kept with the versions of its cases."""

from __future__ import annotations

import io
from typing import Any

import docx
import pytest
from django.core.exceptions import PermissionDenied

from web.cases.conftest import picture_file
from yangban.base.errors import NotAllowed, Stale, UsageError
from yangban.web.accounts.models import today
from yangban.web.cases import books, files, library
from yangban.web.cases.models import Book, BookMade
from yangban.web.jobs.models import Job
from yangban.web.public.models import PublishedFigure

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("own_workspace")]


@pytest.fixture
def shelf(publish: Any, crew: Any, bodies: Any) -> Book:
    """Two published cases, one with a picture and a Figure, in a book of two volumes."""
    one, two = publish(title="第一例"), publish(title="第二例")
    figure = PublishedFigure.objects.filter(indicator="air.good_day_ratio", subject="360100", period="2023").select_related("release")[0]
    library.add_figure(crew["editor"], one, figure, seen=1)
    one.refresh_from_db()
    library.add_picture(crew["editor"], one, picture_file(), alt="湿地", caption="现场", seen=2)
    one.refresh_from_db()
    library.step(crew["checker"], one, "publish", seen=3)
    row = books.start(crew["editor"], bodies["office"], title="资料汇编", subtitle="", year=today().year)
    parts = books.parts_of(f"# 上册\n## 水\n{one.number} 第一例\n# 下册\n{two.number}")
    return books.change(crew["editor"], row, title=row.title, subtitle="", foreword="说明", parts=parts, seen=row.step)


def test_a_book_begins_with_the_cases_of_the_year_by_place(shelf: Book, crew: Any, bodies: Any) -> None:
    row = books.start(crew["editor"], bodies["office"], title="新", subtitle="", year=today().year)
    assert [chapter["title"] for chapter in row.parts[0]["chapters"]] == ["南昌市"]
    assert len(books.numbers_of(row.parts)) == 2
    assert books.start(crew["editor"], bodies["office"], title="空", subtitle="", year=2001).parts == []


def test_lines_and_parts_are_the_same_thing(shelf: Book) -> None:
    text = books.text_of(shelf.parts, books.titles(books.numbers_of(shelf.parts)))
    assert books.parts_of(text) == shelf.parts
    assert "第一例" in text


@pytest.mark.parametrize(
    ("text", "word"),
    [("## 章\nAL1", "先写卷"), ("#", "卷名"), ("# " + "长" * 41, "卷名")],
)
def test_lines_that_make_no_book_are_told_with_their_number(text: str, word: str) -> None:
    with pytest.raises(UsageError, match=f"第 1 行.*{word}"):
        books.parts_of(text)


def test_what_stands_against_it_is_said_before(shelf: Book, crew: Any) -> None:
    numbers = books.numbers_of(shelf.parts)
    bad = books.parts_of(f"# 上\n{numbers[0]}\n{numbers[0]}\nAL1999-0001\n## 空章")
    told = "；".join(books.problems(bad))
    for word in ("重复", "AL1999-0001", "空章"):
        assert word in told
    Book.objects.filter(pk=shelf.pk).update(parts=bad)
    shelf.refresh_from_db()
    with pytest.raises(NotAllowed):
        books.ask(crew["editor"], shelf)


def test_two_who_order_at_once_get_one_winner(shelf: Book, crew: Any) -> None:
    said = {"title": "甲", "subtitle": "", "foreword": "", "parts": shelf.parts, "seen": shelf.step}
    books.change(crew["editor"], shelf, **said)
    with pytest.raises(Stale):
        books.change(crew["editor"], shelf, **said)


def test_only_an_editor_of_the_place_makes_it(shelf: Book, crew: Any, person: Any) -> None:
    for other in (crew["writer"], crew["checker"], person("editor", "360400")):
        with pytest.raises(PermissionDenied):
            books.ask(other, shelf)


def test_the_book_is_made_and_kept_with_its_versions(shelf: Book, crew: Any, django_capture_on_commit_callbacks: Any) -> None:
    with django_capture_on_commit_callbacks(execute=True):
        job = books.ask(crew["editor"], shelf)
    job.refresh_from_db()
    assert job.state == Job.State.DONE, job.message
    made = BookMade.objects.get(book=shelf)
    assert [each["version"] for each in made.cases] == [3, 1]
    with files.book(made.digest) as file:  # type: ignore[union-attr]
        content = file.read()
    document = docx.Document(io.BytesIO(content))
    headings = [each.text for each in document.paragraphs if each.style.name.startswith("Heading")]
    assert headings == ["上册", "水", "第一例", "下册", "第二例", "索　引"]
    cells = [cell.text for table in document.tables for row in table.rows for cell in row.cells]
    assert "南昌市 优良天数比例" in cells
    assert any("第 0001 号发布（合成数据）" in cell for cell in cells)
    assert "含合成数据，不是真实结果" in document.sections[0].header.paragraphs[0].text
    # A job that was killed and runs again leaves one entry.
    books.make(job, lambda *_: None)  # type: ignore[arg-type]
    assert BookMade.objects.filter(book=shelf).count() == 1


def test_a_picture_that_is_gone_is_named(shelf: Book, settings: Any, tmp_path: Any) -> None:
    settings.MEDIA_ROOT = tmp_path / "nowhere"
    with pytest.raises(UsageError, match=r"图片.*湿地"):
        books.composed(shelf)
