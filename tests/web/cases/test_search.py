"""Cases are found in Chinese and English, words of two characters and of one among them; alike in both databases.

The expected cases of each question are read off the texts by eye. `python tests/postgres.py pytest tests/web/cases` asks PostgreSQL.
"""

from __future__ import annotations

import re
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from yangban.govern import case_text
from yangban.web.cases import library, search
from yangban.web.cases.models import Case, CaseVersion

pytestmark = pytest.mark.django_db


@pytest.fixture
def shelf(publish: Any) -> dict[str, int]:
    """Four cases, each saying its own words in one place."""
    plain = {"summary_en": "", "title_en": "", "situation": "无", "practice": "做", "result": "好", "lesson": "学", "summary": "短"}
    said = {
        "title": (("水",), {"title": "湿地保护", "title_en": "Wetlands"}),
        "tag": (("湿地",), {"title": "鱼塘"}),
        "body": (
            ("水",),
            {"title": "河长制", "situation": "原是湿地，后来填了。", "practice": "退耕还湿。", "summary": "PM2.5降到29"},
        ),
        "apart": (("林",), {"title": "保护湿润的土地", "title_en": "Carbon sinks", "situation": "湿，地", "result": "GEP 核算"}),
    }
    rows = {name: publish(tags=tags, **{**plain, **texts}) for name, (tags, texts) in said.items()}
    return {name: row.pk for name, row in rows.items()}


@pytest.mark.parametrize(
    ("question", "expected"),
    [
        ("湿地", ["title", "tag", "body"]),
        ("湿地保护", ["title"]),
        ("湿", ["apart", "title", "tag", "body"]),
        ("地", None),
        ("wetland", ["title"]),
        ("WETLANDS", ["title"]),
        ("ＰＭ2.5", ["body"]),
        ("29", ["body"]),
        ("gep", ["apart"]),
        ("湿地 河长", ["body"]),
        ("湿地 没有的词", []),
        ("东湖区", ["title", "tag", "body", "apart"]),
        ("润的土", ["apart"]),
        ("的 地", ["apart"]),
        ('"湿地" OR title:x* NEAR(', []),
        ("'; DROP TABLE cases_case; --", []),
    ],
)
def test_what_is_asked_is_found_and_nothing_else(shelf: dict[str, int], question: str, expected: list[str] | None) -> None:
    names = {pk: name for name, pk in shelf.items()}
    found = [names[pk] for pk in search.found(question) or []]
    if expected is None:
        assert set(found) == {"title", "tag", "body", "apart"}
    elif question in {"湿地"}:
        assert found == expected  # in a title before a tag before a text
    else:
        assert set(found) == set(expected)


def test_nothing_asked_is_no_search(shelf: dict[str, int]) -> None:
    assert search.found("") is None
    assert search.found("，。 !?") is None


def test_what_is_withdrawn_is_not_found(shelf: dict[str, int], crew: Any) -> None:
    row = Case.objects.get(pk=shelf["title"])
    library.step(crew["checker"], row, "withdraw", seen=row.version, words="过时")
    assert shelf["title"] not in (search.found("湿地") or [])


def test_the_published_version_is_found_and_not_the_one_being_edited(shelf: dict[str, int], crew: Any) -> None:
    row = Case.objects.get(pk=shelf["tag"])
    said = {key: getattr(library.newest(row), key) for key in library.TEXTS}
    library.write(crew["editor"], row, {**said, "title": "候鸟"}, ["湿地"], seen=1)
    assert search.found("候鸟") == []
    library.step(crew["checker"], row, "publish", seen=2)
    assert search.found("候鸟") == [row.pk]
    assert search.found("鱼塘") == []


TEXT = st.text(alphabet="湿地保护水a b1，。\n'\"\\:&|!()<>*", max_size=40)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(text=TEXT, question=TEXT)
def test_the_database_finds_what_reading_finds(text: str, question: str) -> None:
    """A question matches when each of its runs stands in the text; asked of the database and of the text by eye."""
    search.put(9_999, CaseVersion(title=text, tags=[], pictures=[]), [])
    runs = re.findall(r"[湿地保护水]+|[ab1]+", question)[: case_text.MOST_WORDS]
    words = re.findall(r"[ab1]+", text)

    def stands(run: str) -> bool:
        if run[0] not in "ab1":
            return run in text
        return any(word.startswith(run) if len(run) > 1 else word == run for word in words)

    found = search.found(question)
    assert (found is None) == (not runs)
    if runs:
        assert (9_999 in (found or [])) == all(map(stands, runs))


def test_snippets_show_the_place_and_mark_the_word() -> None:
    text = "前" * 200 + "这里有湿地和白鹭。" + "后" * 200
    pieces = case_text.snippet([text], case_text.wanted("湿地"))
    assert ("湿地", True) in pieces
    assert sum(len(piece) for piece, _ in pieces) <= 92
    assert "".join(piece for piece, _ in pieces).strip("…") in text
    assert case_text.snippet(["<b>湿地</b>"], case_text.wanted("湿地")) == (("<b>", False), ("湿地", True), ("</b>", False))


def test_differences_put_together_give_both_texts() -> None:
    old, new = "投入三千万元。\n只此一家。\n末尾", "投入四千万元。\n末尾\n新的一段"
    lines = case_text.differences(old, new)
    before = "\n".join("".join(text for tag, text in line if tag != "new") for line in lines if any(tag != "new" for tag, _ in line))
    after = "\n".join("".join(text for tag, text in line if tag != "gone") for line in lines if any(tag != "gone" for tag, _ in line))
    assert (before, after) == (old, new)
