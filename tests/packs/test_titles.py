"""Titles and pilots of the pack: what the article and the notes say, nothing made up; wrong entries are named."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from yangban.base.errors import BookError
from yangban.packs import titles


def test_counts_are_those_of_the_article_and_names_those_of_the_sources() -> None:
    """The article: 10 bases and 28 areas; notes 3.7 name six bases up to 2021, one of them from memory; no area is named anywhere."""
    held = titles.titles()
    assert {(each.family, each.number) for each in held.counts} >= {("two-mountains", 10), ("demonstration-area", 28)}
    bases = {each.place: (each.batch, each.confidence) for each in held.named if each.family == "two-mountains"}
    assert bases == {
        "360925": (1, "one-source"), "361130": (2, "one-source"), "360881": (3, "one-source"), "360725": (3, "verified"),
        "360222": (4, "unverified"), "361028": (5, "verified"),
    }  # fmt: skip
    assert held.unnamed("two-mountains", "360000") == 4
    assert held.unnamed("demonstration-area", "360000") == 28
    assert [each.subject for each in held.named if each.family == "beautiful-water"] == ["阳明湖"]


def test_pilots_that_are_only_inferred_say_so() -> None:
    """The article names 崇义 and 资溪 and says that there are six; notes 3.7: the other four are an inference."""
    held = {each.place: each for each in titles.pilots() if each.kind == "county"}
    assert {code for code, each in held.items() if each.confidence == "verified"} == {"360725", "361028"}
    assert len(held) == 6
    (city,) = [each for each in titles.pilots() if each.kind == "city"]
    assert city.place == "360700"
    assert {each["value"] for each in city.facts} >= {"36家", "20项"}


@pytest.mark.parametrize(
    ("file", "old", "new", "problem"),
    [
        ("naming.toml", 'place = "360925"', 'place = "靖安"', "naming.toml: named 1: place: "),
        ("naming.toml", 'place = "360925"\n', "", "naming.toml: named 1: names neither"),
        ("naming.toml", "number = 10", "number = -1", "naming.toml: count 1: number"),
        ("naming.toml", "number = 10", "number = 5", "is 5, but 6 are named"),
        ("naming.toml", 'confidence = "unverified"', 'confidence = "sure"', "named 5: confidence"),
        ("naming.toml", "batch = 1", "batches = 1", "unknown key batches"),
        ("pilots.toml", 'word = "county-zixi"', 'word = "county-chongyi"', "is given twice"),
        ("pilots.toml", 'kind = "county"', 'kind = "town"', "expected city or county"),
        ("pilots.toml", 'value = "36家"', "", "pilot 1: fact 1: misses value"),
        ("pilots.toml", 'region = "360000"', 'region = 360000"', "is not TOML"),
    ],
)
def test_each_fault_is_named(tmp_path: Path, monkeypatch: Any, file: str, old: str, new: str, problem: str) -> None:
    folder = tmp_path / "jiangxi"
    folder.mkdir()
    for name in ("naming.toml", "pilots.toml"):
        text = (Path(titles.__file__).parent / "jiangxi" / name).read_text(encoding="utf-8")
        if name == file:
            assert old in text
            text = text.replace(old, new, 1)
        (folder / name).write_text(text, encoding="utf-8")
    monkeypatch.setattr(titles, "pack_folders", lambda: (folder,))
    titles.titles.cache_clear()
    titles.pilots.cache_clear()
    try:
        with pytest.raises(BookError, match=problem):
            titles.titles() if file == "naming.toml" else titles.pilots()
    finally:
        titles.titles.cache_clear()
        titles.pilots.cache_clear()
